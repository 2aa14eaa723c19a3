"""The JSON routes of bookings: book, list, read, reschedule, hand over, cancel, approve and decline."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from server.access.permissions import open_to
from server.bookings.capacity import history, views
from server.bookings.capacity.history import Entry
from server.bookings.lifecycle import approve, book, cancel, decline, hand_over, move
from server.bookings.schemas import (
    Because,
    Booking,
    Change,
    Group,
    NewBooking,
)
from server.core import http, instants
from server.core.actor import Actor
from server.core.errors import (
    Forbidden,
    NotFound,
    OutsideOpeningHours,
    PreconditionRequired,
    RuleRefused,
    SlotTaken,
    Stale,
    Unauthenticated,
    WrongState,
)
from server.core.http import Cursor, IfMatch, Limit, Page, QueryInstant
from server.core.problem_details import refusals
from server.core.spans import Span
from server.core.text import Line

Status = Literal["requested", "confirmed", "in_use", "completed", "declined", "cancelled", "expired", "no_show"]


class HandOver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which colleague."""

    __schema_name__ = "BookingHandOver"
    member_id: UUID
    reason: Line = ""


@post(
    "/bookings",
    tags=["Bookings"],
    opt=open_to("booker", "book", resource_id="resource", hold_id="hold"),
    responses=refusals(Unauthenticated, NotFound, SlotTaken, OutsideOpeningHours, RuleRefused),
)
async def create_booking(by: NamedDependency[Actor], data: JSONBody[NewBooking]) -> Response[Booking | Group]:
    """Book a time on one resource, or several together: all or none."""
    made = await book.book(data.wanted(), by)
    if data.items:
        return Response(Group(made[0].group_id, made), status_code=201)
    return Response(made[0], status_code=201, headers={"ETag": http.etag(made[0].version)})


@get(
    "/bookings",
    tags=["Bookings"],
    opt=open_to("booker", "read", resource_id="resource"),
    responses=refusals(Unauthenticated),
)
async def list_bookings(
    by: NamedDependency[Actor],
    resource_id: FromQuery[UUID | None] = None,
    status: FromQuery[Status | None] = None,
    from_: Annotated[str | None, QueryParameter(name="from", schema_extra={"format": "date-time"})] = None,
    to: QueryInstant = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Booking]:
    """List your organization's bookings, and those on resources you run; newest first."""
    window = _window(from_, to)
    rows = await views.bookings(
        by, after=http.after(cursor), resource_id=resource_id, status=status, window=window, limit=limit + 1
    )
    return http.page(rows, limit, key=lambda booking: booking.id)


@get(
    "/bookings/{id:uuid}",
    tags=["Bookings"],
    opt=open_to("booker", "read", id="booking"),
    responses=refusals(Unauthenticated, NotFound),
)
async def read_booking(by: NamedDependency[Actor], id: FromPath[UUID]) -> Response[Booking]:
    """Read one booking; its ETag is what a change expects in If-Match."""
    return _tagged(await views.booking(id, by))


@get(
    "/bookings/{id:uuid}/history",
    tags=["Bookings"],
    opt=open_to("booker", "read", id="booking"),
    responses=refusals(Unauthenticated, NotFound),
)
async def read_booking_history(by: NamedDependency[Actor], id: FromPath[UUID]) -> list[Entry]:
    """Read who did what to a booking, when and why; oldest first."""
    return await history.read(id, by)


@patch(
    "/bookings/{id:uuid}",
    tags=["Bookings"],
    opt=open_to("booker", "book", id="booking"),
    responses=refusals(
        Unauthenticated, Forbidden, NotFound, SlotTaken, WrongState, Stale, OutsideOpeningHours, RuleRefused,
        PreconditionRequired,
    ),
)  # fmt: skip
async def update_booking(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Change], if_match: IfMatch = None
) -> Response[Booking]:
    """Move or edit a booking. When the new time is taken, the booking stays where it was."""
    return _tagged(await move.move(id, data, by, http.expected_version(if_match)))


@post(
    "/bookings/{id:uuid}/cancel",
    tags=["Bookings"],
    opt=open_to("booker", "book", while_suspended=True, id="booking"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, WrongState, Stale, RuleRefused),
)
async def cancel_booking(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Because | None] = None, if_match: IfMatch = None
) -> Response[Booking]:
    """Cancel a booking, as the guest or as the owner."""
    return _tagged(await cancel.cancel(id, by, data.reason if data else "", _optional_version(if_match)))


@post(
    "/bookings/{id:uuid}/approve",
    tags=["Bookings"],
    opt=open_to("manager", "manage", id="booking"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, WrongState, Stale),
)
async def approve_booking(
    by: NamedDependency[Actor], id: FromPath[UUID], if_match: IfMatch = None
) -> Response[Booking]:
    """Approve a request, as the owner."""
    return _tagged(await approve.approve(id, by, _optional_version(if_match)))


@post(
    "/bookings/{id:uuid}/decline",
    tags=["Bookings"],
    opt=open_to("manager", "manage", id="booking"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, WrongState, Stale),
)
async def decline_booking(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Because | None] = None, if_match: IfMatch = None
) -> Response[Booking]:
    """Decline a request, as the owner."""
    return _tagged(await decline.decline(id, by, data.reason if data else "", _optional_version(if_match)))


@post(
    "/bookings/{id:uuid}/hand-over",
    tags=["Bookings"],
    opt=open_to("booker", "book", id="booking", member_id="member"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, WrongState, Stale, RuleRefused),
)
async def hand_over_booking(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[HandOver], if_match: IfMatch = None
) -> Response[Booking]:
    """Hand a booking over to a colleague."""
    return _tagged(await hand_over.hand_over(id, data.member_id, by, data.reason, _optional_version(if_match)))


def _tagged(booking: Booking) -> Response[Booking]:
    return Response(booking, headers={"ETag": http.etag(booking.version)})


def _optional_version(if_match: str | None) -> int | None:
    return http.expected_version(if_match) if if_match else None


def _window(from_: str | None, to: str | None) -> Span | None:
    if from_ is None and to is None:
        return None
    starts_at = instants.instant(from_, "from") if from_ else instants.FIRST
    return instants.span(starts_at, instants.instant(to, "to") if to else instants.LAST)


ROUTES = [
    create_booking,
    list_bookings,
    read_booking,
    read_booking_history,
    update_booking,
    cancel_booking,
    approve_booking,
    decline_booking,
    hand_over_booking,
]
