"""The JSON routes of series."""

from uuid import UUID

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.bookings.series import add, book, cancel, decide, move, preview, series
from server.bookings.series.schemas import AnotherStart, FromThen, Made, NewSeries, Preview, SeriesChange, SeriesView
from server.core.actor import Actor
from server.core.errors import (
    Forbidden,
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
    tags=["Series"],
    opt=open_to("booker", "book", resource_id="resource"),
    responses=refusals(*REFUSALS),
)
async def create_series(by: NamedDependency[Actor], data: JSONBody[NewSeries]) -> Made:
    """Book every occurrence of a recurrence rule, or none; with `skip` those that can be had."""
    return await book.book_series(data, by)


@post(
    "/series/preview",
    tags=["Series"],
    opt=open_to("booker", "read", once=False, resource_id="resource"),
    status_code=200,
    responses=refusals(Unauthenticated, NotFound),
)
async def preview_series(by: NamedDependency[Actor], data: JSONBody[NewSeries]) -> Preview:
    """List the occurrences of a recurrence rule, each with whether it would be booked. Takes nothing."""
    return await preview.preview(data, by)


@get(
    "/series/{id:uuid}",
    tags=["Series"],
    opt=open_to("booker", "read", id="series"),
    responses=refusals(Unauthenticated, NotFound),
)
async def read_series(by: NamedDependency[Actor], id: FromPath[UUID]) -> SeriesView:
    """Read a series and all that became bookings of it."""
    return await series.view(id, by)


@patch(
    "/series/{id:uuid}",
    tags=["Series"],
    opt=open_to("booker", "book", id="series"),
    responses=refusals(*REFUSALS, Forbidden, WrongState),
)
async def update_series(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[SeriesChange]) -> Made:
    """Move or edit what lies ahead of a series, or from one occurrence on; all or, with `skip`, what can be moved.

    What moves while other occurrences stay becomes a series of its own, whose id is in the answer.
    """
    return await move.move_series(id, data, by)


@post(
    "/series/{id:uuid}/cancel",
    tags=["Series"],
    opt=open_to("booker", "book", while_suspended=True, id="series"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, RuleRefused),
)
async def cancel_series(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[FromThen | None] = None) -> Made:
    """Cancel what lies ahead of a series, or from one occurrence on. What has begun stays."""
    data = data or FromThen()
    return await cancel.cancel_series(id, by, data.from_recurrence_id, data.reason)


@post(
    "/series/{id:uuid}/approve",
    tags=["Series"],
    opt=open_to("manager", "manage", id="series"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def approve_series(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[FromThen | None] = None
) -> Made:
    """Confirm every request of a series that lies ahead, or from one occurrence on."""
    return await decide.approve_series(id, by, (data or FromThen()).from_recurrence_id)


@post(
    "/series/{id:uuid}/decline",
    tags=["Series"],
    opt=open_to("manager", "manage", id="series"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def decline_series(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[FromThen | None] = None
) -> Made:
    """Say no to every request of a series that lies ahead, or from one occurrence on. What is confirmed stays."""
    data = data or FromThen()
    return await decide.decline_series(id, by, data.from_recurrence_id, data.reason)


@post(
    "/series/{id:uuid}/add",
    tags=["Series"],
    opt=open_to("booker", "book", id="series"),
    responses=refusals(*REFUSALS, Forbidden),
)
async def add_occurrence(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[AnotherStart]) -> Made:
    """Book an occurrence that was skipped, left out or cancelled."""
    return await add.add(id, data.starts_at, by)


ROUTES = [
    create_series,
    preview_series,
    read_series,
    update_series,
    cancel_series,
    approve_series,
    decline_series,
    add_occurrence,
]
