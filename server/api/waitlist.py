"""The JSON routes of the wait list."""

from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.bookings.lifecycle import answer_offer
from server.bookings.lifecycle.answer_offer import Accepting
from server.bookings.schemas import Booking
from server.bookings.waitlist import wait, waitlist
from server.bookings.waitlist.wait import NewWaiting
from server.bookings.waitlist.waitlist import Waiting
from server.core import http
from server.core.actor import Actor
from server.core.errors import NotFound, OutsideOpeningHours, RuleRefused, SlotTaken, Unauthenticated, WrongState
from server.core.problem_details import refusals


@post(
    "/waitlist",
    tags=["Wait list"],
    opt=open_to("booker", "book", resource_id="resource", owner_id="organization"),
    responses=refusals(Unauthenticated, NotFound, RuleRefused),
)
async def join_wait_list(by: NamedDependency[Actor], data: JSONBody[NewWaiting]) -> Waiting:
    """Wait until time becomes free, on one resource or on any of a kind or an owner."""
    return await wait.wait(data, by)


@get(
    "/waitlist",
    tags=["Wait list"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated),
)
async def list_wait_list_places(by: NamedDependency[Actor]) -> list[Waiting]:
    """List your places in the wait list, how many are before you, and what is offered to you."""
    return await waitlist.own(by)


@get(
    "/waitlist/{id:uuid}",
    tags=["Wait list"],
    opt=open_to("booker", "read", id="waiting"),
    responses=refusals(Unauthenticated, NotFound),
)
async def read_wait_list_place(by: NamedDependency[Actor], id: FromPath[UUID]) -> Waiting:
    """Read one place of yours, also after it has ended."""
    return await waitlist.one(id, by)


@delete(
    "/waitlist/{id:uuid}",
    tags=["Wait list"],
    opt=open_to("booker", "book", while_suspended=True, id="waiting"),
    responses=refusals(Unauthenticated, NotFound),
)
async def leave_wait_list(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Wait no longer. What was offered goes to the next in line."""
    await wait.leave(id, by)


@post(
    "/waitlist/{id:uuid}/accept",
    tags=["Wait list"],
    opt=open_to("booker", "book", id="waiting"),
    responses=refusals(Unauthenticated, NotFound, WrongState, SlotTaken, OutsideOpeningHours, RuleRefused),
)
async def accept_wait_list_offer(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Accepting | None] = None
) -> Response[Booking]:
    """Book what is offered."""
    made = await answer_offer.accept(id, data or Accepting(), by)
    return Response(made, status_code=201, headers={"ETag": http.etag(made.version)})


@post(
    "/waitlist/{id:uuid}/pass",
    tags=["Wait list"],
    opt=open_to("booker", "book", while_suspended=True, id="waiting"),
    status_code=200,
    responses=refusals(Unauthenticated, NotFound, WrongState),
)
async def pass_wait_list_offer(by: NamedDependency[Actor], id: FromPath[UUID]) -> Waiting:
    """Leave what is offered to the next in line, and wait on for another time."""
    return await answer_offer.pass_on(id, by)


ROUTES = [
    join_wait_list,
    list_wait_list_places,
    read_wait_list_place,
    leave_wait_list,
    accept_wait_list_offer,
    pass_wait_list_offer,
]
