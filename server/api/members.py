"""The JSON routes of members: who belongs to the organization, and as what."""

from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.core import http
from server.core.actor import Actor
from server.core.errors import Forbidden, LastAdmin, NotFound, RuleRefused, Unauthenticated, WrongState
from server.core.http import Cursor, Limit, Page
from server.core.problem_details import refusals
from server.members import remove, set_rights, views
from server.members.schemas import Left, Member, Removal, Rights


@get(
    "/members",
    tags=["Members"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_members(by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50) -> Page[Member]:
    """List who belongs to your organization."""
    rows = await views.members(by, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda one: one.id)


@put(
    "/members/{id:uuid}/rights",
    tags=["Members"],
    opt=open_to("admin", "manage", id="member", resource_ids="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, LastAdmin),
)
async def set_member_rights(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Rights]) -> Member:
    """Say what a member is. It holds from their next request on."""
    return await set_rights.set_rights(id, data, by)


@post(
    "/members/{id:uuid}/remove",
    tags=["Members"],
    opt=open_to("booker", "manage", while_suspended=True, id="member", to="member"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, LastAdmin, WrongState, RuleRefused),
)
async def remove_member(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Removal]) -> Left:
    """Leave your organization, or remove a member as an admin, and say what becomes of their bookings ahead."""
    return await remove.remove(id, data, by)


ROUTES = [list_members, set_member_rights, remove_member]
