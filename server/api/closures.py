"""The JSON routes of closures."""

from uuid import UUID

from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.bookings.closures import close
from server.bookings.schemas import Affected, Closure, Closures, NewClosure
from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound, RuleRefused, SlotTaken, Unauthenticated, WrongState
from server.core.problem_details import refusals
from server.core.recurrence import NoSuchTime


@post(
    "/resources/{resource_id:uuid}/closures",
    tags=["Resources"],
    opt=open_to("manager", "manage", resource_id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, SlotTaken, WrongState, RuleRefused, NoSuchTime),
)
async def create_closure(
    by: NamedDependency[Actor], resource_id: FromPath[UUID], data: JSONBody[NewClosure]
) -> Response[Closure | Closures | Affected]:
    """Take out time, as the owner: all units, or some; again and again by a rule; also where there are bookings."""
    made = await close.close(resource_id, data, by)
    return Response(made, status_code=200 if isinstance(made, Affected) else 201)


@delete(
    "/resources/{resource_id:uuid}/closures/{id:uuid}",
    tags=["Resources"],
    opt=open_to("manager", "manage", resource_id="resource", id="closure"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def remove_closure(by: NamedDependency[Actor], resource_id: FromPath[UUID], id: FromPath[UUID]) -> None:
    """Give back the time of a closure, or with the `group_id` of all that a rule made and that are not over."""
    await close.reopen(resource_id, id, by)


ROUTES = [create_closure, remove_closure]
