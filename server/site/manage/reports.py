"""The owner's pages of reports: hours by month as a picture and a table, people, tables to take away."""

from datetime import date
from typing import Any, get_args
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core import links, sheets
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.http import Request
from server.core.translations import N_
from server.reports import export, hours
from server.reports.people import PAGE, people
from server.reports.subjects import Subject
from server.resources import own
from server.site.manage import chart
from server.web.downloads import download_table
from server.web.forms import post, redirect, text_fields
from server.web.render import first_of, language, page, reader_zone

LINES = 25  # resources in the table of the page
TITLES = {"resources": N_("Resources"), "bookings": N_("Bookings"), "people": N_("People who used them")}
EXPORT_STATES = {
    "waiting": N_("being written"),
    "ready": N_("Fetch the table"),
    "refused": N_("not written: you may not have it any more"),
    "expired": N_("expired"),
}
SERIES = {"open": N_("open"), "booked": N_("booked"), "used": N_("used"), "no_show": N_("not kept")}


@get("/manage/reports", opt=open_to("manager", "read"))
async def reports(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show the hours of twelve months, of all resources or of one."""
    chosen = await _resource(request, by)
    last = await _month(request, by, chosen)
    wanted = hours.months(last)
    found = await hours.report(by, wanted, chosen)
    lines = sorted(found.resources, key=lambda line: -line.hours.booked)  # by name where that is the same
    first, names, total = first_of(request), await own.names(by, chosen), await own.how_many(by)
    groups = [
        (f"{month:%Y-%m}" if month.month == 1 or month == wanted[0] else f"{month:%m}",
         [one.open, one.booked, one.used, one.no_show])
        for month, one in found.months.items()
    ]  # fmt: skip
    return page(
        request,
        "manage/reports.html",
        found=found,
        lines=lines[first : first + LINES],
        first=first,
        later=first + LINES if len(lines) > first + LINES else 0,
        beyond=hours.MOST if chosen is None and total > hours.MOST else 0,
        total=total,
        chart=chart.chart(groups),
        size=(chart.WIDTH, chart.HEIGHT, chart.LEFT),
        series=SERIES,
        resources=names,
        chosen=chosen,
        month=f"{last:%Y-%m}",
        earlier=f"{hours.months(last)[0]:%Y-%m}",
    )


@get("/manage/reports/{file:str}", opt=open_to("manager", "read"))
async def table(request: Request, file: FromPath[str], by: NamedDependency[Actor]) -> Response[bytes]:
    """Download the report as a table, `hours.csv` or `hours.xlsx`."""
    name, _, suffix = file.partition(".")
    format = _format(suffix if name == "hours" else "")
    chosen = await _resource(request, by)
    last = await _month(request, by, chosen)
    found = await hours.report(by, hours.months(last), chosen)
    return download_table(f"hours-{last:%Y-%m}", format, sheets.write(format, hours.COLUMNS, hours.rows(found)))


@get("/manage/people", opt=open_to("manager", "read"))
async def used_by(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List who has used one's resources."""
    first, chosen = first_of(request), await _resource(request, by)
    found, more = await people(by, chosen, first)
    later = first + PAGE if more else 0
    names = await own.names(by, chosen)
    return page(request, "manage/people.html", found=found, first=first, later=later, resources=names, chosen=chosen)


@get("/manage/exports", opt=open_to("manager", "read"))
async def exports(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Offer tables, and those that were asked for."""
    latest = [(one, links.token(export.PURPOSE, one.id)) for one in await export.latest(by)]
    owed = request.query_params.get("done") == "owed"
    return page(
        request,
        "manage/exports.html",
        titles=TITLES,
        export_states=EXPORT_STATES,
        latest=latest,
        owed=owed,
        zone=reader_zone(request),
    )


@post("/manage/exports", opt=open_to("manager", "manage", while_suspended=True))
async def ask(request: Request, by: NamedDependency[Actor]) -> Response[Any]:
    """Write a table; a long one is mailed."""
    sent = await text_fields(request)
    subject: Subject = next((one for one in get_args(Subject) if one == sent.get("subject")), "resources")
    format = _format(sent.get("format", "xlsx"))
    content = await export.ask(subject, format, language(request), by)
    if content is None:
        return redirect("/manage/exports?done=owed")
    return download_table(subject, format, content)


@get("/manage/exports/{token:str}", opt=open_to("manager", "read"))
async def fetch(token: FromPath[str], by: NamedDependency[Actor]) -> Response[bytes]:
    """Fetch a table by the link that was mailed."""
    row = await export.fetch(token, by)
    return download_table(row["subject"], row["format"], row["content"])


async def _resource(request: Request, by: Actor) -> UUID | None:
    text = request.query_params.get("resource", "")
    if not text:
        return None
    try:
        return (await own.own_resource(UUID(text), by)).id
    except ValueError:
        raise NotFound("there is no such resource") from None


async def _month(request: Request, by: Actor, resource_id: UUID | None) -> date:
    """The month that the address names, or the one that it is."""
    try:
        found = date.fromisoformat(f"{request.query_params.get('month', '')}-01")
    except ValueError:
        return await hours.latest_month(by, resource_id)
    return found if 2000 < found.year < 2199 else await hours.latest_month(by, resource_id)


def _format(text: str) -> str:
    if text not in sheets.FORMATS:
        raise NotFound("there are tables as csv and as xlsx")
    return text


ROUTES = [reports, table, used_by, exports, ask, fetch]
