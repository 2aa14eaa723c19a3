"""The JSON routes of coming and going: check-in, check-out, extension."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from server.access.permissions import open_to
from server.bookings.attendance import check_in, check_out, extend
from server.bookings.attendance.extend import Extension
from server.bookings.capacity import views
from server.bookings.schemas import Booking
from server.core import http
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
from server.core.text import LINE_PATTERN


class Arrival(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who checks in for a guest and is no manager sends the guest's code."""

    __schema_name__ = "CheckIn"
    code: Annotated[str, Meta(max_length=20, pattern=LINE_PATTERN)] = ""


class CheckInCode(msgspec.Struct, frozen=True):
    """What a guest shows at the owner's."""

    code: str


@get(
    "/bookings/{id:uuid}/check-in-code",
    tags=["Attendance"],
    opt=open_to("booker", "read", id="booking"),
    responses=refusals(Unauthenticated, NotFound),
)
async def read_check_in_code(by: NamedDependency[Actor], id: FromPath[UUID]) -> CheckInCode:
    """Read the code of a booking, to be shown on arrival; anyone of the owner's organization can check in with it."""
    return CheckInCode(check_in.code_of((await views.booking(id, by)).id))


@post(
    "/bookings/{id:uuid}/check-in",
    tags=["Attendance"],
    opt=open_to("booker", "book", id="booking"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, WrongState, RuleRefused),
)
async def check_in_booking(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Arrival | None] = None
) -> Response[Booking]:
    """Check in: as a colleague of who booked, as the owner's manager, or as its staff with the guest's code."""
    return _tagged(await check_in.check_in(id, by, data.code if data else ""))


@post(
    "/bookings/{id:uuid}/extend",
    tags=["Attendance"],
    opt=open_to("booker", "book", id="booking"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, WrongState, SlotTaken, RuleRefused, OutsideOpeningHours),
)
async def extend_booking(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Extension]
) -> Response[Booking]:
    """Let a booking in use end later, when nobody comes right after it; otherwise `latest` says how late it could."""
    return _tagged(await extend.extend(id, data.ends_at, by))


@post(
    "/bookings/{id:uuid}/check-out",
    tags=["Attendance"],
    opt=open_to("booker", "book", while_suspended=True, id="booking"),
    status_code=200,
    responses=refusals(Unauthenticated, NotFound, WrongState),
)
async def check_out_booking(by: NamedDependency[Actor], id: FromPath[UUID]) -> Response[Booking]:
    """Check out. The rest of the time is free for others, and `ends_at` says since when."""
    return _tagged(await check_out.check_out(id, by))


def _tagged(booking: Booking) -> Response[Booking]:
    return Response(booking, headers={"ETag": http.etag(booking.version)})


ROUTES = [read_check_in_code, check_in_booking, extend_booking, check_out_booking]
