"""JSON routes of resources."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from server.access.authentication import refuse_unless_runs_all
from server.access.permissions import open_to
from server.api import search
from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound, PreconditionRequired, Stale, TooLarge, Unauthenticated, UnitsInUse
from server.core.http import IfMatch, Request, etag, expected_version
from server.core.problem_details import refusals
from server.core.text import LINE_PATTERN
from server.resources import views
from server.resources.create import create
from server.resources.imports import sheet
from server.resources.imports.import_list import ImportReport, import_list
from server.resources.imports.sheet import Assumed
from server.resources.opening.week import OpeningHours
from server.resources.revise import revise
from server.resources.schemas import Kind, ResourceIn, ResourceOut, ResourcePatch
from server.resources.set_hours import set_hours
from server.web.uploads import AROUND, file_in, taking

IfNoneMatch = Annotated[
    str | None, HeaderParameter(name="If-None-Match", required=False, description="the ETag you have")
]
RowsZone = Annotated[
    str,
    QueryParameter(max_length=64, pattern=LINE_PATTERN, required=False, description="IANA name, for rows without one"),
]


@post(
    "/resources",
    operation_id="create_resource",
    tags=["Resources"],
    opt=open_to("manager", "manage"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def create_resource(data: JSONBody[ResourceIn], by: NamedDependency[Actor]) -> Response[ResourceOut]:
    """List a resource of your organization. Managers and admins only."""
    made = await views.resource(await create(data, by), by)
    return Response(made, headers={"ETag": etag(made.version), "Location": f"/api/v1/resources/{made.id}"})


@get(
    "/resources/{id:uuid}",
    operation_id="read_resource",
    tags=["Resources"],
    opt=open_to("anyone", "read", id="resource"),
    responses=refusals(NotFound) | {304: ResponseSpec(None, description="What you have is as it is now")},
)
async def read_resource(
    id: FromPath[UUID], viewer: NamedDependency[Actor | None], if_none_match: IfNoneMatch = None
) -> Response[ResourceOut]:
    """Read a resource. `If-None-Match` with its ETag is answered 304. No token needed."""
    found = await views.resource(id, viewer)
    tag = etag(found.version)
    if if_none_match and tag in (known.strip().removeprefix("W/") for known in if_none_match.split(",")):
        return Response[Any](None, status_code=304, headers={"ETag": tag})
    return Response(found, headers={"ETag": tag})


@patch(
    "/resources/{id:uuid}",
    operation_id="update_resource",
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource"),
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
    operation_id="set_opening_hours",
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Stale),
)
async def set_opening_hours(
    id: FromPath[UUID], data: JSONBody[OpeningHours], by: NamedDependency[Actor], if_match: IfMatch = None
) -> Response[ResourceOut]:
    """Set weekly hours and exceptional days, replacing all there were. `If-Match` is heeded when sent."""
    await set_hours(id, data, by, expected_version(if_match) if if_match else None)
    return await _as_it_is_now(id, by)


@post(
    "/resources/import",
    operation_id="import_resources",
    tags=["Imports"],
    opt=open_to("manager", "manage"),
    status_code=200,
    request_max_body_size=sheet.LARGEST + AROUND,
    operation_class=taking(*sheet.MEDIA_TYPES),
    responses=refusals(Unauthenticated, Forbidden, TooLarge),
)
async def import_resources(
    request: Request,
    by: NamedDependency[Actor],
    dry_run: FromQuery[bool] = False,
    kind: FromQuery[Kind | None] = None,
    time_zone: RowsZone = "",
) -> ImportReport:
    """Import a list (CSV or Excel) for your organization, and tell what became of each row.

    A bad row never stops the others; a broken file changes nothing; the same list twice changes nothing. With
    `dry_run` nothing is changed, and the report says what would be. `kind` and `time_zone` are those of rows that
    name none. To look first and confirm later, send it to `/imports`.
    """
    refuse_unless_runs_all(by)
    _, data = await file_in(request)
    assumed = Assumed(kind or "", time_zone)
    return await import_list(data, by.organization_id, by=by, dry_run=dry_run, assumed=assumed)


async def _as_it_is_now(id: UUID, by: Actor) -> Response[ResourceOut]:
    now = await views.resource(id, by)
    return Response(now, headers={"ETag": etag(now.version)})


ROUTES: list[HTTPRouteHandler] = [
    *search.ROUTES,
    create_resource,
    read_resource,
    revise_resource,
    set_opening_hours,
    import_resources,
]
