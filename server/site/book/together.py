"""The page that finds times at which several resources, chosen ones or any of a kind, are free together."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import DomainError, NotFound
from server.core.http import Request
from server.resources import views
from server.resources.schemas import ResourceOut
from server.search.find_together import FreeTogether, find_together
from server.site.book import together_form
from server.site.book.find import choices
from server.site.book.together_form import DAYS
from server.web.render import page, reader_zone

SHOWN = 12  # common times
ROWS = 3  # kinds to choose, at least


@get("/resources/together", opt=open_to("anyone", "read"))
async def together(request: Request, viewer: NamedDependency[Actor | None]) -> Response[str]:
    """Choose several resources or kinds, and see when one of each is free; everything asked stands in the address."""
    given = request.query_params
    chosen = await _chosen(together_form.ids(given.get("resources", "")), viewer)
    zone = chosen[0].time_zone if chosen else reader_zone(request)
    asked = together_form.read(given, given.getall("kinds", []), len(chosen), ZoneInfo(zone), datetime.now(UTC))
    found: list[FreeTogether] | None = None
    if not asked.errors and ("minutes" in given or len(chosen) + len(asked.kinds) > 1):
        found = await _found([one.id for one in chosen], asked, viewer)
    named = {id for one in found or [] for id in one.resources}
    return page(
        request,
        "book/together.html",
        asked=asked,
        errors=asked if "minutes" in given else None,  # not before something was asked
        chosen=chosen,
        rows=max(ROWS, len(asked.kinds) + 1),
        found=found,
        resources={one.id: one for one in await views.resources(list(named), viewer)} if named else {},
        length=lambda one: timedelta(minutes=max(asked.minutes, one.min_minutes)),
        days=DAYS,
        time_zone=zone,
        can_book=viewer is not None,
        **choices(),
    )


async def _chosen(ids: list[UUID], viewer: Actor | None) -> list[ResourceOut]:
    found = []
    for id in ids:
        try:
            found.append(await views.resource(id, viewer))
        except NotFound:  # it is gone, or never was to be seen
            continue
    return found


async def _found(ids: list[UUID], asked: together_form.Asked, viewer: Actor | None) -> list[FreeTogether]:
    try:
        told = await find_together(
            ids, asked.kinds, asked.window, asked.minutes, asked.units, viewer, region=asked.region
        )
    except DomainError:  # an owner was suspended meanwhile
        return []
    return told.items[:SHOWN]


ROUTES = [together]
