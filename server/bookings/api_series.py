"""The JSON routes of series."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.bookings import book_series as booking
from server.bookings import preview as previewing
from server.bookings import series as reading
from server.bookings.api import IdempotencyKey
from server.bookings.recurrence import NoSuchTime
from server.bookings.series import Made, NewSeries, Preview, SeriesView
from server.errors import (
    IdempotencyMismatch,
    NotFound,
    OutsideOpeningHours,
    RuleRefused,
    SlotTaken,
    Unauthenticated,
)
from server.idempotency import Once
from server.organizations.actor import Actor
from server.organizations.api import SECURED
from server.problems import refusals

REFUSALS = (Unauthenticated, NotFound, SlotTaken, OutsideOpeningHours, RuleRefused, NoSuchTime)


@post("/series", tags=["series"], security=SECURED, responses=refusals(*REFUSALS, IdempotencyMismatch))
async def book(by: NamedDependency[Actor], data: JSONBody[NewSeries], idempotency_key: IdempotencyKey = None) -> Made:
    """Book every occurrence of a recurrence rule, or none; with `skip` those that can be had."""
    once = Once.of(by.member_id, idempotency_key, data) if idempotency_key else None
    return await booking.book_series(data, by, once)


@post(
    "/series/preview",
    tags=["series"],
    security=SECURED,
    status_code=200,
    responses=refusals(Unauthenticated, NotFound),
)
async def preview(by: NamedDependency[Actor], data: JSONBody[NewSeries]) -> Preview:
    """List the occurrences of a recurrence rule, each with whether it would be booked. Takes nothing."""
    return await previewing.preview(data, by)


@get("/series/{id:uuid}", tags=["series"], security=SECURED, responses=refusals(Unauthenticated, NotFound))
async def series(by: NamedDependency[Actor], id: FromPath[UUID]) -> SeriesView:
    """Read a series and all that became bookings of it."""
    return await reading.view(id, by)


ROUTES = [book, preview, series]
