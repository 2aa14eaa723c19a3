"""The JSON routes of holds, and of the owner's proposals of another time."""

from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.bookings.holds import hold, holds
from server.bookings.holds.hold import NewHold
from server.bookings.holds.holds import Hold
from server.bookings.lifecycle import give_back_hold, propose, propose_answer
from server.bookings.lifecycle.propose import Proposal
from server.bookings.schemas import Because, Booking
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


@post(
    "/holds",
    tags=["Bookings"],
    opt=open_to("booker", "book", resource_id="resource"),
    responses=refusals(Unauthenticated, NotFound, SlotTaken, OutsideOpeningHours, RuleRefused),
)
async def create_hold(by: NamedDependency[Actor], data: JSONBody[NewHold]) -> Hold:
    """Keep a time for a few minutes. Booking with its `hold_id` turns it into the booking."""
    return await hold.hold(data, by)


@get(
    "/holds",
    tags=["Bookings"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated),
)
async def list_holds(by: NamedDependency[Actor]) -> list[Hold]:
    """List your holds that stand: those you took, offers from the wait list, and proposals for your bookings."""
    return await holds.own(by)


@delete(
    "/holds/{id:uuid}",
    tags=["Bookings"],
    opt=open_to("booker", "book", while_suspended=True, id="hold"),
    responses=refusals(Unauthenticated, NotFound),
)
async def release_hold(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Give back a hold that you took."""
    await give_back_hold.give_back(id, by)


@post(
    "/bookings/{id:uuid}/propose",
    tags=["Bookings"],
    opt=open_to("manager", "manage", id="booking"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, SlotTaken, WrongState, OutsideOpeningHours, RuleRefused),
)
async def propose_time(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Proposal]) -> Hold:
    """Propose another time for a booking, as the owner. It is kept until the guest answers."""
    return await propose.propose(id, data, by)


@post(
    "/bookings/{id:uuid}/accept-proposal",
    tags=["Bookings"],
    opt=open_to("booker", "book", id="booking"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, WrongState),
)
async def accept_proposal(by: NamedDependency[Actor], id: FromPath[UUID]) -> Response[Booking]:
    """Accept the time that the owner proposed: the booking moves there and is confirmed."""
    return _tagged(await propose_answer.accept(id, by))


@post(
    "/bookings/{id:uuid}/refuse-proposal",
    tags=["Bookings"],
    opt=open_to("booker", "book", while_suspended=True, id="booking"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, WrongState),
)
async def refuse_proposal(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Because | None] = None
) -> Response[Booking]:
    """Refuse the time that the owner proposed: the booking stays as it was."""
    return _tagged(await propose_answer.refuse(id, by, data.reason if data else ""))


def _tagged(booking: Booking) -> Response[Booking]:
    return Response(booking, headers={"ETag": http.etag(booking.version)})


ROUTES = [create_hold, list_holds, release_hold, propose_time, accept_proposal, refuse_proposal]
