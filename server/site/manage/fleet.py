"""The page of all resources that an owner runs, week by week."""

from datetime import date, timedelta

from litestar import Response, get
from litestar.di import NamedDependency

from server.access.permissions import open_to
from server.core import days
from server.core.actor import Actor
from server.core.http import Request
from server.core.spans import monday
from server.core.translations import translator
from server.site.manage.fleet_week import MOST, PAGE, Fleet, fleet
from server.web.render import language, page, reader_zone


def day_asked(request: Request, otherwise: date) -> date:
    """The day that the address names, or another."""
    try:
        found = date.fromisoformat(request.query_params.get("day", ""))
    except ValueError:
        return otherwise
    return found if 2000 < found.year < 2199 else otherwise


def said_of_days(found: Fleet, locale: str) -> dict[tuple[int, int], str]:
    """What is said of days, by minutes that are free and requests that wait. Each text is made once."""
    _, ngettext = translator(locale).gettext, translator(locale).ngettext
    texts = {}
    for minutes, requests in {(cell.free_minutes, cell.requests) for row in found.rows for cell in row.cells}:
        known = {"hours": minutes // 60, "minutes": minutes % 60}
        text = _("%(hours)s h %(minutes)s min free") if minutes % 60 else _("%(hours)s hours free")
        said = text % known if minutes else _("nothing free")
        if requests:
            said += ", " + ngettext("%(num)s request", "%(num)s requests", requests) % {"num": requests}
        texts[minutes, requests] = said
    return texts


@get("/manage/calendar", opt=open_to("manager", "read"))
async def calendar(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show the week of all resources that the reader runs: when each is free, and what takes the rest."""
    asked = request.query_params
    today = days.today(reader_zone(request))
    day = day_asked(request, today)
    name = asked.get("q", "").strip()[:200].replace("\x00", "")
    size = MOST if asked.get("rows") == str(MOST) else PAGE
    after = asked.get("after", "")
    first = int(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0
    found = await fleet(by, monday(day), name=name, first=first, size=size)
    later = first + size
    return page(
        request, "manage/fleet.html", fleet=found, day=day, today=today, name=name, first=first, size=size, most=MOST,
        later=later if later < found.total else None, week=timedelta(days=7),
        texts=said_of_days(found, language(request)),
    )  # fmt: skip


ROUTES = [calendar]
