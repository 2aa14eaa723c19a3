"""The JSON routes of foreign calendars."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import AddressRefused, Forbidden, NotFound, TooManyCalendars, Unauthenticated
from server.core.problem_details import refusals
from server.foreign import connect, views
from server.foreign.schemas import ForeignCalendar, ForeignCheck, NewForeignCalendar, Reading

ALL = open_to("manager", "manage", resource_id="resource")
ONE = open_to("manager", "manage", resource_id="resource", id="foreign_calendar")
REFUSALS = refusals(Unauthenticated, Forbidden, NotFound)


@post(
    "/resources/{resource_id:uuid}/foreign-calendars",
    tags=["Calendars"],
    opt=open_to("manager", "manage", once=False, resource_id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, AddressRefused, TooManyCalendars),
)
async def connect_foreign_calendar(
    by: NamedDependency[Actor], resource_id: FromPath[UUID], data: JSONBody[NewForeignCalendar]
) -> ForeignCalendar:
    """Let busy time of a calendar of yours (an ICS address) be taken on a resource. It is read within seconds."""
    return await connect.connect(resource_id, data, by)


@get(
    "/resources/{resource_id:uuid}/foreign-calendars",
    tags=["Calendars"],
    opt=ALL,
    responses=REFUSALS,
)
async def list_foreign_calendars(by: NamedDependency[Actor], resource_id: FromPath[UUID]) -> list[ForeignCalendar]:
    """List the foreign calendars of a resource, when each was last read, and what is wrong."""
    return await views.calendars(resource_id, by)


@get(
    "/resources/{resource_id:uuid}/foreign-calendars/{id:uuid}/check",
    tags=["Calendars"],
    opt=ONE,
    responses=REFUSALS,
)
async def check_foreign_calendar(
    by: NamedDependency[Actor], resource_id: FromPath[UUID], id: FromPath[UUID]
) -> ForeignCheck:
    """Show what one contains now: its next times, zones that nobody knows, and the bookings that it meets."""
    return await views.check(resource_id, id, by)


@post(
    "/resources/{resource_id:uuid}/foreign-calendars/{id:uuid}/read",
    status_code=202,
    tags=["Calendars"],
    opt=ONE,
    responses=REFUSALS,
)
async def refresh_foreign_calendar(
    by: NamedDependency[Actor], resource_id: FromPath[UUID], id: FromPath[UUID], data: JSONBody[Reading]
) -> ForeignCalendar:
    """Have one read now, also when it is not due; `accept_empty` when it is right that nothing is left in it."""
    return await connect.read_soon(resource_id, id, data.accept_empty, by)


@delete(
    "/resources/{resource_id:uuid}/foreign-calendars/{id:uuid}",
    tags=["Calendars"],
    opt=ONE,
    responses=REFUSALS,
)
async def disconnect_foreign_calendar(
    by: NamedDependency[Actor], resource_id: FromPath[UUID], id: FromPath[UUID]
) -> None:
    """Take one away. The time that it took is free."""
    await connect.disconnect(resource_id, id, by)


ROUTES = [
    connect_foreign_calendar,
    list_foreign_calendars,
    check_foreign_calendar,
    refresh_foreign_calendar,
    disconnect_foreign_calendar,
]
