"""The pages that find resources and show one."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency

from server import http
from server.bookings.next_free import next_free
from server.organizations.access import open_to
from server.organizations.actor import SESSION_KEPT, Actor
from server.resources import counts, search_form
from server.resources.regions import names, region_name
from server.resources.search import search
from server.web.kinds import NAMES
from server.web.look import page

PAGE = 24
LENGTHS = (30, 60, 120, 240, 480, 1440)  # minutes to choose from; an address may say any other


def regions() -> list[tuple[str, str]]:
    """The provinces to choose from."""
    return [(code, name) for code, name in names().items() if code.endswith("0000")]


def choices() -> dict[str, Any]:
    """What the search form offers."""
    return {"kinds": NAMES, "regions": regions(), "lengths": LENGTHS}


def own_zone(request: Request[Any, Any, Any]) -> str | None:
    """The time zone of the reader's account."""
    me = request.scope["state"].get(SESSION_KEPT)
    return me.time_zone if me else None


def asked_by(request: Request[Any, Any, Any]) -> search_form.Asked:
    return search_form.read(request.query_params, own_zone(request), datetime.now(UTC))


@get("/resources", include_in_schema=False, opt=open_to("anyone", "read"))
async def find(request: Request[Any, Any, Any], viewer: NamedDependency[Actor | None]) -> Response[str]:
    """Find resources; everything that was asked stands in the address."""
    asked = asked_by(request)
    wanted, cursor = asked.wanted, request.query_params.get("cursor")
    found = await search(wanted, viewer, http.after(cursor), PAGE)
    counted = await counts.counts(wanted, viewer)
    help = None if found.items or cursor else await _help(asked, viewer)
    return page(
        request,
        "resources/find.html",
        asked=asked,
        found=found,
        free=await next_free([one.id for one in found.items]),
        counted=counted,
        facets=await counts.facets(wanted, viewer),
        help=help,
        region=region_name(wanted.region),
        owner=await counts.owner_name(wanted.owner) if wanted.owner else "",
        onward=_onward(asked),
        **choices(),
    )


async def _help(asked: search_form.Asked, viewer: Actor | None) -> dict[str, Any] | None:
    """Which filter, taken away, finds the most, and its fields; None where nothing would help."""
    found = {name: await counts.found(asked.without(name), viewer) for name in asked.active}
    name = max(found, key=lambda one: found[one], default=None)
    if name is None or not found[name]:
        return None
    return {"name": name, "count": found[name], "fields": dict.fromkeys(search_form.fields_of(name))}


def _onward(asked: search_form.Asked) -> str:
    """What the page of a resource is told of the time that was asked for, in the address."""
    if not asked.entered["on"] or asked.wanted.exactly is None:
        return ""
    start, end = (moment.isoformat() for moment in asked.wanted.exactly)
    return "?" + urlencode({"from": start, "to": end})


ROUTES = [find]
