"""The pages that find resources and show one."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from server.access.permissions import open_to
from server.bookings.capacity.occupancy_read import next_free
from server.core import days, http
from server.core.actor import Actor
from server.core.errors import Invalid
from server.core.http import Request
from server.core.regions import names, region_name
from server.core.spans import Span
from server.core.translations import N_
from server.search import counts, form
from server.search.facets import facets
from server.search.found import Found, Look
from server.search.near import near_point
from server.search.no_match import help_with
from server.search.search import shown_all
from server.site.book import together_form
from server.site.book.results import results
from server.site.book.texts import FILTERS
from server.site.book.week_ahead import week_ahead
from server.web.kinds import NAMES
from server.web.refusal_texts import refusal
from server.web.render import language, own_zone, page

PAGE = 24
REFUSED = 12  # shown of what cannot be booked then
LENGTHS = (30, 60, 120, 240, 480, 1440)  # minutes to choose from; an address may say any other


def regions() -> list[tuple[str, str]]:
    """The provinces to choose from."""
    return [(code, name) for code, name in names().items() if code.endswith("0000")]


def choices() -> dict[str, Any]:
    """What the search form offers."""
    return {"kinds": NAMES, "regions": regions(), "lengths": LENGTHS}


def asked_by(request: Request) -> form.Asked:
    return form.read(request.query_params, own_zone(request), datetime.now(UTC))


@get("/resources", opt=open_to("anyone", "read"))
async def find(request: Request, viewer: NamedDependency[Actor | None]) -> Response[str]:
    """Find resources; everything that was asked stands in the address."""
    asked = await with_near(asked_by(request), viewer)
    wanted, cursor = asked.wanted, request.query_params.get("cursor")
    shown = await results(wanted, viewer, http.after(cursor), PAGE)
    found, refused = shown.page, shown.refused
    ids = [one.id for one in found.items]
    first = (wanted.exactly or wanted.within or Span(datetime.now(UTC), datetime.now(UTC))).starts_at
    zone = ZoneInfo(asked.time_zone)
    return page(
        request,
        "book/find.html",
        asked=asked,
        found=found,
        free=await next_free(ids, viewer),
        week=await week_ahead(ids, first.astimezone(zone).date(), zone, viewer, wanted.units, wanted.minutes),
        counted=shown.counted,
        refused=[] if cursor else await _refused(refused[:REFUSED], viewer, language(request)),
        facets=await facets(wanted, viewer, common=shown.common),
        help=None if found.items or cursor else await help_with(asked, refused, viewer),
        filters=FILTERS,
        region=region_name(wanted.region),
        owner=await counts.owner_name(wanted.owner) if wanted.owner else "",
        onward=_onward(asked),
        today=days.today(asked.time_zone),
        tomorrow=days.today(asked.time_zone) + timedelta(days=1),
        can_save=viewer is not None,
        beside=together_form.ids(request.query_params.get("with", "")),
        **choices(),
    )


async def with_near(asked: form.Asked, viewer: Actor | None) -> form.Asked:
    """Add from where to measure, which may have to be read of what owners entered."""
    text, distance = asked.entered["near"], asked.entered["within_km"]
    sort = asked.wanted.sort
    try:
        within = float(distance) if distance.replace(".", "", 1).isdigit() and 0 < float(distance) <= 2000 else None
        near = await near_point(text, within, viewer) if text else None
        errors = asked.errors
    except Invalid:
        near = None
        errors = asked.errors | {"near": N_("Enter a place as 31.3,120.6, or the code of a region with known places.")}
    if near is None and sort == "distance":
        sort = "relevance"
    wanted = msgspec.structs.replace(asked.wanted, near=near, sort=sort)
    return msgspec.structs.replace(asked, wanted=wanted, errors=errors)


async def _refused(looks: list[Look], viewer: Actor | None, locale: str) -> list[tuple[Found, str]]:
    """What matches and cannot be booked then, each with the reason that a booking would be told."""
    reasons = {one.id: one.refusal for one in looks}
    told = []
    for resource in await shown_all(looks, viewer):
        reason = reasons[resource.id]
        told.append((resource, refusal(reason, locale, resource.time_zone) if reason else ""))
    return told


def _onward(asked: form.Asked) -> str:
    """What the page of a resource is told of the time that was asked for, in the address."""
    if not asked.entered["on"] or asked.wanted.exactly is None:
        return ""
    start, end = (moment.isoformat() for moment in asked.wanted.exactly)
    return "?" + urlencode({"from": start, "to": end})


ROUTES = [find]
