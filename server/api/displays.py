"""The JSON routes of displays, the screens on walls: an owner's, and what stands on one."""

from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.displays import make, revoke, views
from server.displays.schemas import Display, NewDisplay
from server.displays.views import Wall

KEPT_BY_NOBODY = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@get(
    "/resources/{id:uuid}/displays",
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def list_displays(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[list[Display]]:
    """List the screens of a resource with their addresses. Whoever has an address sees the day, and nobody's name."""
    await views.refuse_unless_runs(id, by)
    return Response(await _displays(id), headers=KEPT_BY_NOBODY)


@post(
    "/resources/{id:uuid}/displays",
    tags=["Resources"],
    opt=open_to("manager", "manage", tells_secret=True, id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict),
)
async def create_display(
    id: FromPath[UUID], data: JSONBody[NewDisplay], by: NamedDependency[Actor]
) -> Response[Display]:
    """Make an address for a screen on a wall."""
    made = await make.make(id, data, by)
    out = next(one for one in await _displays(id) if one.id == made)
    return Response(out, headers=KEPT_BY_NOBODY)


@delete(
    "/resources/{id:uuid}/displays/{display_id:uuid}",
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource", display_id="display"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def revoke_display(id: FromPath[UUID], display_id: FromPath[UUID], by: NamedDependency[Actor]) -> None:
    """Revoke the address of a screen: it shows nothing any more."""
    await revoke.revoke(id, display_id, by)


@get(
    "/walls/{token:str}",
    tags=["Resources"],
    opt=open_to("anyone", "read"),
    responses=refusals(NotFound),
)
async def read_wall(token: FromPath[str]) -> Response[Wall]:
    """Read the day of a resource by the address of a screen: times, and nobody's name. No token needed but that one."""
    return Response(await views.wall(token), headers=KEPT_BY_NOBODY)


async def _displays(resource_id: UUID) -> list[Display]:
    rows = await views.displays(resource_id)
    return [Display(id=id, label=label, url=make.url(id), created_at=at) for id, label, at in rows]


ROUTES = [list_displays, create_display, revoke_display, read_wall]
