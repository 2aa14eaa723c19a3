"""JSON routes of members: who belongs to the organization, and as what."""

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
from server.members import remove as removing
from server.members import set_rights as setting
from server.members import views
from server.members.schemas import Left, Member, Removal, Rights


@get(
    "/members",
    operation_id="list_members",
    tags=["Members"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def members(by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50) -> Page[Member]:
    """List who belongs to your organization."""
    rows = await views.members(by, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda one: one.id)


@put(
    "/members/{id:uuid}/rights",
    operation_id="set_member_rights",
    tags=["Members"],
    opt=open_to("admin", "manage", id="member", resource_ids="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, LastAdmin),
)
async def set_rights(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Rights]) -> Member:
    """Say what a member is. It holds from their next request on."""
    return await setting.set_rights(id, data, by)


@post(
    "/members/{id:uuid}/remove",
    operation_id="remove_member",
    tags=["Members"],
    opt=open_to("booker", "manage", while_suspended=True, id="member", to="member"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, NotFound, LastAdmin, WrongState, RuleRefused),
)
async def remove(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Removal]) -> Left:
    """Leave your organization, or remove a member as an admin, and say what becomes of their bookings ahead."""
    return await removing.remove(id, data, by)


ROUTES = [members, set_rights, remove]
