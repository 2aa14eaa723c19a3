"""The JSON routes of series."""

from uuid import UUID

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.idempotency import Once
from server.access.permissions import open_to
from server.api.bookings import IdempotencyKey
from server.bookings.series import add as adding
from server.bookings.series import book as booking
from server.bookings.series import cancel as cancelling
from server.bookings.series import decide as deciding
from server.bookings.series import move as moving
from server.bookings.series import preview as previewing
from server.bookings.series import series as reading
from server.bookings.series.schemas import AnotherStart, FromThen, Made, NewSeries, Preview, SeriesChange, SeriesView
from server.core.actor import Actor
from server.core.errors import (
    Forbidden,
    IdempotencyMismatch,
    NotFound,
    OutsideOpeningHours,
    RuleRefused,
    SlotTaken,
    Unauthenticated,
    WrongState,
)
from server.core.problem_details import refusals
from server.core.recurrence import NoSuchTime

REFUSALS = (Unauthenticated, NotFound, SlotTaken, OutsideOpeningHours, RuleRefused, NoSuchTime)


@post(
    "/series",
    operation_id="create_series",
    tags=["Series"],
    opt=open_to("booker", "book", resource_id="resource"),
    responses=refusals(*REFUSALS, IdempotencyMismatch),
)
async def book(by: NamedDependency[Actor], data: JSONBody[NewSeries], idempotency_key: IdempotencyKey = None) -> Made:
    """Book every occurrence of a recurrence rule, or none; with `skip` those that can be had."""
    once = Once.of(by.member_id, idempotency_key, data) if idempotency_key else None
    return await booking.book_series(data, by, once)


@post(
    "/series/preview",
    operation_id="preview_series",
    tags=["Series"],
    opt=open_to("booker", "read", resource_id="resource"),
    status_code=200,
    responses=refusals(Unauthenticated, NotFound),
)
async def preview(by: NamedDependency[Actor], data: JSONBody[NewSeries]) -> Preview:
    """List the occurrences of a recurrence rule, each with whether it would be booked. Takes nothing."""
    return await previewing.preview(data, by)


@get(
    "/series/{id:uuid}",
    operation_id="read_series",
    tags=["Series"],
    opt=open_to("booker", "read", id="series"),
    responses=refusals(Unauthenticated, NotFound),
)
async def series(by: NamedDependency[Actor], id: FromPath[UUID]) -> SeriesView:
    """Read a series and all that became bookings of it."""
    return await reading.view(id, by)


@patch(
    "/series/{id:uuid}",
    operation_id="update_series",
    tags=["Series"],
    opt=open_to("booker", "book", id="series"),
    responses=refusals(*REFUSALS, Forbidden, WrongState),
)
async def move(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[SeriesChange]) -> Made:
    """Move or edit what lies ahead of a series, or from one occurrence on; all or, with `skip`, what can be moved.

    What moves while other occurrences stay becomes a series of its own, whose id is in the answer.
    """
    return await moving.move_series(id, data, by)


@post(
    "/series/{id:uuid}/cancel",
    operation_id="cancel_series",
    tags=["Series"],
    opt=open_to("booker", "book", while_suspended=True, id="series"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, RuleRefused),
)
async def cancel(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[FromThen | None] = None) -> Made:
    """Cancel what lies ahead of a series, or from one occurrence on. What has begun stays."""
    data = data or FromThen()
    return await cancelling.cancel_series(id, by, data.from_recurrence_id, data.reason)


@post(
    "/series/{id:uuid}/approve",
    operation_id="approve_series",
    tags=["Series"],
    opt=open_to("manager", "manage", id="series"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def approve(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[FromThen | None] = None) -> Made:
    """Confirm every request of a series that lies ahead, or from one occurrence on."""
    return await deciding.approve_series(id, by, (data or FromThen()).from_recurrence_id)


@post(
    "/series/{id:uuid}/decline",
    operation_id="decline_series",
    tags=["Series"],
    opt=open_to("manager", "manage", id="series"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def decline(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[FromThen | None] = None) -> Made:
    """Say no to every request of a series that lies ahead, or from one occurrence on. What is confirmed stays."""
    data = data or FromThen()
    return await deciding.decline_series(id, by, data.from_recurrence_id, data.reason)


@post(
    "/series/{id:uuid}/add",
    operation_id="add_occurrence",
    tags=["Series"],
    opt=open_to("booker", "book", id="series"),
    responses=refusals(*REFUSALS, Forbidden),
)
async def add(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[AnotherStart]) -> Made:
    """Book an occurrence that was skipped, left out or cancelled."""
    return await adding.add(id, data.starts_at, by)


ROUTES = [book, preview, series, move, cancel, approve, decline, add]
