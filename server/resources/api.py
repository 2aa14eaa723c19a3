"""JSON routes of resources."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, HeaderParameter, JSONBody

from server.errors import Forbidden, NotFound, PreconditionRequired, Stale, Unauthenticated, UnitsInUse
from server.http import IfMatch, etag, expected_version
from server.organizations.actor import Actor
from server.organizations.api import SECURED
from server.problems import refusals
from server.resources import views
from server.resources.create import create
from server.resources.revise import revise
from server.resources.schemas import ResourceIn, ResourceOut, ResourcePatch
from server.resources.set_hours import set_hours
from server.resources.week import OpeningHours

IfNoneMatch = Annotated[
    str | None, HeaderParameter(name="If-None-Match", required=False, description="the ETag you have")
]


@post(
    "/resources",
    tags=["resources"],
    security=SECURED,
    responses=refusals(Unauthenticated, Forbidden),
)
async def create_resource(data: JSONBody[ResourceIn], by: NamedDependency[Actor]) -> Response[ResourceOut]:
    """List a resource of your organization. Managers and admins only."""
    made = await views.resource(await create(data, by), by)
    return Response(made, headers={"ETag": etag(made.version), "Location": f"/api/v1/resources/{made.id}"})


@get("/resources/{id:uuid}", tags=["resources"], responses=refusals(NotFound))
async def read_resource(
    id: FromPath[UUID], viewer: NamedDependency[Actor | None], if_none_match: IfNoneMatch = None
) -> Response[ResourceOut | None]:
    """Read a resource. `If-None-Match` with its ETag is answered 304. No token needed."""
    found = await views.resource(id, viewer)
    tag = etag(found.version)
    if if_none_match and tag in (known.strip().removeprefix("W/") for known in if_none_match.split(",")):
        return Response(None, status_code=304, headers={"ETag": tag})
    return Response(found, headers={"ETag": tag})


@patch(
    "/resources/{id:uuid}",
    tags=["resources"],
    security=SECURED,
    responses=refusals(Unauthenticated, Forbidden, NotFound, UnitsInUse, Stale, PreconditionRequired),
)
async def revise_resource(
    id: FromPath[UUID], data: JSONBody[ResourcePatch], by: NamedDependency[Actor], if_match: IfMatch = None
) -> Response[ResourceOut]:
    """Change a resource of your organization. Send the ETag you read as `If-Match`."""
    await revise(id, data, by, expected_version(if_match))
    return await _as_it_is_now(id, by)


@put(
    "/resources/{id:uuid}/opening-hours",
    tags=["resources"],
    security=SECURED,
    responses=refusals(Unauthenticated, Forbidden, NotFound, Stale),
)
async def set_opening_hours(
    id: FromPath[UUID], data: JSONBody[OpeningHours], by: NamedDependency[Actor], if_match: IfMatch = None
) -> Response[ResourceOut]:
    """Set weekly hours and exceptional days, replacing all there were. `If-Match` is heeded when sent."""
    await set_hours(id, data, by, expected_version(if_match) if if_match else None)
    return await _as_it_is_now(id, by)


async def _as_it_is_now(id: UUID, by: Actor) -> Response[ResourceOut]:
    now = await views.resource(id, by)
    return Response(now, headers={"ETag": etag(now.version)})


ROUTES: list[HTTPRouteHandler] = [create_resource, read_resource, revise_resource, set_opening_hours]
