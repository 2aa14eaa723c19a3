"""The JSON routes of reports: hours by month, people who used one's resources, tables to take away."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from server.access.permissions import open_to
from server.core import sheets
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, LinkSpent, NotFound, Unauthenticated
from server.core.http import Limit, Offset, Page
from server.core.problem_details import refusals
from server.reports import export, hours
from server.reports.export import Export
from server.reports.people import Guest, people
from server.reports.schemas import Format, HoursReport, NewExport, hours_report
from server.resources import own
from server.web.downloads import ANY, download_table

READS = refusals(Unauthenticated, Forbidden, NotFound)
OF_ONE = open_to("manager", "read", resource_id="resource")
Month = Annotated[
    str | None,
    QueryParameter(pattern=r"\A2[01][0-9]{2}-(0[1-9]|1[0-2])\Z", required=False, description="the last one; this one"),
]


@get("/reports/hours", tags=["Reports"], opt=OF_ONE, responses=READS)
async def read_hours_report(
    by: NamedDependency[Actor], resource_id: FromQuery[UUID | None] = None, month: Month = None
) -> HoursReport:
    """Count the hours of twelve months, of the resources that you run or of one: open, booked, used, not kept."""
    return hours_report(await _counted(by, resource_id, month))


@get(
    "/reports/hours/table",
    tags=["Reports"],
    opt=OF_ONE,
    media_type=ANY,
    responses=READS,
)
async def download_hours_report(
    by: NamedDependency[Actor],
    resource_id: FromQuery[UUID | None] = None,
    month: Month = None,
    format: FromQuery[Format] = "xlsx",
) -> Response[bytes]:
    """Download the same as a table."""
    found = await _counted(by, resource_id, month)
    return download_table("hours", format, sheets.write(format, hours.COLUMNS, hours.rows(found)), ANY)


@get("/reports/people", tags=["Reports"], opt=OF_ONE, responses=READS)
async def list_guests(
    by: NamedDependency[Actor],
    resource_id: FromQuery[UUID | None] = None,
    cursor: Offset = None,
    limit: Limit = 50,
) -> Page[Guest]:
    """List who has used the resources that you run, or one of them, the latest first."""
    await _refuse_others(resource_id, by)
    first = int(cursor or 0)
    found, more = await people(by, resource_id, first, limit)
    return Page(found, str(first + limit) if more else None)


@get(
    "/exports",
    tags=["Reports"],
    opt=open_to("manager", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_exports(by: NamedDependency[Actor]) -> list[Export]:
    """List the tables that you asked for, the latest ten."""
    return await export.latest(by)


@post(
    "/exports",
    tags=["Reports"],
    opt=open_to("manager", "manage", while_suspended=True),
    responses=refusals(Unauthenticated, Forbidden),
)
async def create_export(by: NamedDependency[Actor], data: JSONBody[NewExport]) -> Response[Export]:
    """Ask for a table of your resources, the bookings on them, or the people who used them.

    A short one is `ready` at once. A long one is `waiting` until the worker has written it; its link is mailed too.
    """
    asked = await export.keep(data.subject, data.format, by.locale, by)
    return Response(asked, headers={"Location": f"/api/v1/exports/{asked.id}"})


@get(
    "/exports/{id:uuid}",
    tags=["Reports"],
    opt=open_to("manager", "read", id="export"),
    responses=READS,
)
async def read_export(by: NamedDependency[Actor], id: FromPath[UUID]) -> Export:
    """Read how far a table is that you asked for."""
    return await export.one(id, by)


@get(
    "/exports/{id:uuid}/content",
    tags=["Reports"],
    opt=open_to("manager", "read", id="export"),
    media_type=ANY,
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict, LinkSpent),
)
async def download_export(by: NamedDependency[Actor], id: FromPath[UUID]) -> Response[bytes]:
    """Download a table that you asked for: 409 while it is being written, 410 once it has expired."""
    asked = await export.one(id, by)
    if asked.state == "waiting":
        raise Conflict("the table is being written; look again in some seconds", state=asked.state)
    row = await export.content(id, by)
    return download_table(row["subject"], row["format"], row["content"], ANY)


async def _counted(by: Actor, resource_id: UUID | None, month: str | None) -> hours.Report:
    await _refuse_others(resource_id, by)
    last = date.fromisoformat(f"{month}-01") if month else await hours.latest_month(by, resource_id)
    return await hours.report(by, hours.months(last), resource_id)


async def _refuse_others(resource_id: UUID | None, by: Actor) -> None:
    if resource_id is not None:
        await own.own_resource(resource_id, by)


ROUTES = [
    read_hours_report,
    download_hours_report,
    list_guests,
    list_exports,
    create_export,
    read_export,
    download_export,
]
