"""The JSON routes of strikes."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.bookings.attendance import appeal, strikes
from server.bookings.attendance.appeal import Appeal
from server.bookings.attendance.strikes import Strike
from server.core import http
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.http import Cursor, Limit, Page
from server.core.problem_details import refusals


@get(
    "/strikes",
    tags=["Attendance"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated),
)
async def list_strikes(by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50) -> Page[Strike]:
    """List your strikes, and those on resources you run; newest first."""
    rows = await strikes.strikes(by, after=http.after(cursor), limit=limit + 1)
    return http.page(rows, limit, key=lambda strike: strike.id)


@post(
    "/strikes/{id:uuid}/appeal",
    tags=["Attendance"],
    opt=open_to("booker", "book", id="strike"),
    status_code=200,
    responses=refusals(Unauthenticated, NotFound, Conflict),
)
async def appeal_strike(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Appeal]) -> Strike:
    """Ask the owner to forgive a strike of yours, and say why."""
    return await appeal.appeal(id, data, by)


@post(
    "/strikes/{id:uuid}/forgive",
    tags=["Attendance"],
    opt=open_to("manager", "manage", id="strike"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def forgive_strike(by: NamedDependency[Actor], id: FromPath[UUID]) -> Strike:
    """Let a strike no longer count, as a manager of the owner."""
    return await appeal.forgive(id, by)


ROUTES = [list_strikes, appeal_strike, forgive_strike]
