"""The JSON routes that find resources, and the times when one is free: search and availability."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from server.access.permissions import open_to
from server.bookings.capacity import availability_read
from server.bookings.schemas import Availability
from server.core.actor import Actor
from server.core.errors import Invalid, NotFound, Unauthenticated
from server.core.http import Cursor, Limit, Page, QueryInstant, after
from server.core.instants import instant, span
from server.core.problem_details import refusals
from server.core.regions import REGION_PATTERN
from server.core.spans import Span
from server.core.text import LINE_PATTERN
from server.resources.schemas import Kind
from server.search.found import Found
from server.search.near import near_point
from server.search.query import Approval, Search, Sort
from server.search.search import search

LONGEST_WINDOW = timedelta(days=31)  # of a search for time: each candidate's days are gone through
LONGEST_LOOK = timedelta(days=366)  # at one resource

Text = Annotated[
    str,
    QueryParameter(
        max_length=200,
        pattern=LINE_PATTERN,
        description="words, each a part of what a resource says of itself, or of its owner's name; Chinese "
        "also in pinyin, in full or by the initials of three characters and more",
    ),
]
RegionOrWithin = Annotated[
    str | None,
    QueryParameter(
        pattern=REGION_PATTERN, description="GB/T 2260 code; that of a province finds all within it", required=False
    ),
]
Units = Annotated[int, QueryParameter(ge=1, le=10_000, description="how many at the same time")]
From = Annotated[
    str | None, QueryParameter(name="from", schema_extra={"format": "date-time"}, description="RFC 3339 with offset")
]
Qualified = Annotated[bool, QueryParameter(description="only what you have all qualifications for; needs a token")]
Minutes = Annotated[int | None, QueryParameter(ge=1, le=31 * 1440, required=False)]
Standard = Annotated[
    str | None,
    QueryParameter(max_length=60, pattern=LINE_PATTERN, required=False, description="such as GB/T 228.1, or GB/T 228"),
]
NearText = Annotated[
    str | None,
    QueryParameter(
        max_length=60, pattern=LINE_PATTERN, required=False,
        description="`latitude,longitude` in degrees (WGS 84), or a GB/T 2260 code: then the middle of the places that "
        "owners in that region have entered",
    ),
]  # fmt: skip
WithinKm = Annotated[float | None, QueryParameter(gt=0, le=2000, required=False, description="from `near`")]
MaxPrice = Annotated[
    float | None, QueryParameter(ge=0, required=False, description="per hour; what says no price is left out")
]
CurrencyText = Annotated[str, QueryParameter(pattern=r"\A[A-Z]{3}\Z", description="of `max_price`")]
Refused = Annotated[
    bool, QueryParameter(description="also what cannot be booked at that time, each with its `refusal`")
]
SortText = Annotated[Sort, QueryParameter(description="`distance` needs `near`; `next` is by the next free time")]


@get(
    "/resources",
    tags=["Search"],
    opt=open_to("anyone", "read", owner="organization"),
    responses=refusals(Unauthenticated),
)
async def search_resources(
    viewer: NamedDependency[Actor | None],
    q: Text = "",
    kind: FromQuery[Kind | None] = None,
    region: RegionOrWithin = None,
    owner: FromQuery[UUID | None] = None,
    units: Units = 1,
    qualified: Qualified = False,
    standard: Standard = None,
    near: NearText = None,
    within_km: WithinKm = None,
    max_price: MaxPrice = None,
    currency: CurrencyText = "CNY",
    approval: FromQuery[Approval | None] = None,
    refused: Refused = False,
    sort: SortText = "relevance",
    free_from: QueryInstant = None,
    free_to: QueryInstant = None,
    from_: From = None,
    to: QueryInstant = None,
    minutes: Minutes = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Found]:
    """Find resources, the most relevant first. No token needed.

    With `free_from` and `free_to`: those on which exactly this time can be booked. With `from`, `to` and `minutes`:
    those with any free time that long in between. What is free is told by the rules of booking for the one who asks;
    with `refused` the others are shown too, with the problem that a booking would be answered with.
    Pages of a search for time may be short: go on while there is a
    `next_cursor`.
    """
    if qualified and viewer is None:
        raise Unauthenticated("`qualified` is about you: send `Authorization: Bearer <token>`")
    wanted = Search(
        text=q,
        kind=kind,
        region=region,
        owner=owner,
        units=units,
        qualified=qualified,
        standard=standard,
        near=await near_point(near, within_km, viewer),
        price=None if max_price is None else Decimal(str(max_price)),
        currency=currency,
        approval=approval,
        refused=refused,
        sort=sort,
        exactly=_window(free_from, free_to, "free_from", "free_to"),
        within=_window(from_, to, "from", "to"),
        minutes=minutes or 0,
    )
    if (wanted.within is None) != (minutes is None) or (wanted.exactly and wanted.within):
        raise Invalid("send `free_from` and `free_to`, or `from`, `to` and `minutes`", field="minutes")
    if sort == "distance" and wanted.near is None:
        raise Invalid("say from where: send `near`", field="near")
    return await search(wanted, viewer, after(cursor), limit)


def _window(starts: str | None, ends: str | None, *fields: str) -> Span | None:
    if starts is None and ends is None:
        return None
    if starts is None or ends is None:
        raise Invalid(f"send both `{fields[0]}` and `{fields[1]}`", field=fields[starts is not None])
    window = span(instant(starts, fields[0]), instant(ends, fields[1]))
    if window.length > LONGEST_WINDOW:
        raise Invalid("look at no more than 31 days at a time", field=fields[1])
    return window


@get(
    "/resources/{resource_id:uuid}/availability",
    tags=["Search"],
    opt=open_to("anyone", "read", resource_id="resource"),
    responses=refusals(NotFound, Unauthenticated),
)
async def read_availability(
    viewer: NamedDependency[Actor | None],
    resource_id: FromPath[UUID],
    from_: Annotated[str, QueryParameter(name="from", schema_extra={"format": "date-time"})],
    to: Annotated[str, QueryParameter(schema_extra={"format": "date-time"})],
    minutes: Annotated[int | None, QueryParameter(ge=1, le=366 * 1440, required=False)] = None,
    units: Annotated[int, QueryParameter(ge=1, le=10_000)] = 1,
) -> Availability:
    """Tell when a resource can be booked between two instants, for at least `minutes` and on `units` units."""
    window = span(instant(from_, "from"), instant(to, "to"))
    if window.length > LONGEST_LOOK:
        raise Invalid("ask for at most 366 days", field="to")
    return await availability_read.availability(resource_id, window, viewer, minutes=minutes, units=units)


ROUTES: list[HTTPRouteHandler] = [search_resources, read_availability]
