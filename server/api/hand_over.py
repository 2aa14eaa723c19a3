"""The route that hands a booking over."""

from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.bookings.lifecycle.hand_over import hand_over
from server.bookings.schemas import Booking
from server.core import http
from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound, RuleRefused, Stale, Unauthenticated, WrongState
from server.core.http import IfMatch
from server.core.problem_details import refusals
from server.core.text import Line


class HandOver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which colleague."""

    __schema_name__ = "BookingHandOver"
    member_id: UUID
    reason: Line = ""


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
    expected = http.expected_version(if_match) if if_match else None
    booking = await hand_over(id, data.member_id, by, data.reason, expected)
    return Response(booking, headers={"ETag": http.etag(booking.version)})


ROUTES = [hand_over_booking]
