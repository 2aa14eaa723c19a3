"""The JSON routes of strikes."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.bookings.attendance import appeal as appealing
from server.bookings.attendance import strikes as struck
from server.bookings.attendance.appeal import Appeal
from server.bookings.attendance.strikes import Strike
from server.core import http
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.http import Cursor, Limit, Page
from server.core.problem_details import refusals


@get(
    "/strikes",
    operation_id="list_strikes",
    tags=["Attendance"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated),
)
async def strikes(by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50) -> Page[Strike]:
    """List your strikes, and those on resources you run; newest first."""
    rows = await struck.strikes(by, after=http.after(cursor), limit=limit + 1)
    return http.page(rows, limit, key=lambda strike: strike.id)


@post(
    "/strikes/{id:uuid}/appeal",
    operation_id="appeal_strike",
    tags=["Attendance"],
    opt=open_to("booker", "book", id="strike"),
    status_code=200,
    responses=refusals(Unauthenticated, NotFound, Conflict),
)
async def appeal(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Appeal]) -> Strike:
    """Ask the owner to forgive a strike of yours, and say why."""
    return await appealing.appeal(id, data, by)


@post(
    "/strikes/{id:uuid}/forgive",
    operation_id="forgive_strike",
    tags=["Attendance"],
    opt=open_to("manager", "manage", id="strike"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def forgive(by: NamedDependency[Actor], id: FromPath[UUID]) -> Strike:
    """Let a strike no longer count, as a manager of the owner."""
    return await appealing.forgive(id, by)


ROUTES = [strikes, appeal, forgive]
