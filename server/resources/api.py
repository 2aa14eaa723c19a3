"""JSON routes of resources."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, RequestBody, Schema
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody

from server.errors import (
    Forbidden,
    Invalid,
    NotFound,
    PreconditionRequired,
    Stale,
    TooLarge,
    Unauthenticated,
    UnitsInUse,
)
from server.http import IfMatch, etag, expected_version
from server.organizations.access import Declared, open_to
from server.organizations.actor import Actor, refuse_unless_runs_all
from server.problems import refusals
from server.resources import api_search, sheet, views
from server.resources.create import create
from server.resources.import_list import ImportReport, import_list
from server.resources.revise import revise
from server.resources.schemas import ResourceIn, ResourceOut, ResourcePatch
from server.resources.set_hours import set_hours
from server.resources.week import OpeningHours

IfNoneMatch = Annotated[
    str | None, HeaderParameter(name="If-None-Match", required=False, description="the ETag you have")
]


@dataclass
class ImportOperation(Declared):
    """Describes a body that Litestar does not decode."""

    def __post_init__(self) -> None:
        text, file = Schema(type=OpenAPIType.STRING), Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"])
        self.request_body = RequestBody(
            {"text/csv": OpenAPIMediaType(text), "multipart/form-data": OpenAPIMediaType(form)}, required=True
        )


@post(
    "/resources",
    tags=["resources"],
    opt=open_to("manager", "manage"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def create_resource(data: JSONBody[ResourceIn], by: NamedDependency[Actor]) -> Response[ResourceOut]:
    """List a resource of your organization. Managers and admins only."""
    made = await views.resource(await create(data, by), by)
    return Response(made, headers={"ETag": etag(made.version), "Location": f"/api/v1/resources/{made.id}"})


@get(
    "/resources/{id:uuid}",
    tags=["resources"],
    opt=open_to("anyone", "read", id="resource"),
    responses=refusals(NotFound),
)
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
    tags=["resources"],
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
    tags=["resources"],
    opt=open_to("manager", "manage"),
    status_code=200,
    request_max_body_size=sheet.LARGEST + 64 * 1024,  # and what multipart puts around it
    operation_class=ImportOperation,
    responses=refusals(Unauthenticated, Forbidden, TooLarge),
)
async def import_resources(
    request: Request[Any, Any, Any], by: NamedDependency[Actor], dry_run: FromQuery[bool] = False
) -> ImportReport:
    """Import a list (CSV) for your organization, and tell what became of each row.

    A bad row never stops the others; a broken file changes nothing; the same list twice changes nothing. With
    `dry_run` nothing is changed, and the report says what would be.
    """
    refuse_unless_runs_all(by)
    return await import_list(await _list_in(request), by.organization_id, by=by, dry_run=dry_run)


async def _list_in(request: Request[Any, Any, Any]) -> bytes:
    """The file in a form, or else the body itself."""
    if request.content_type[0] != "multipart/form-data":
        return await request.body()
    for part in (await request.form()).values():
        if isinstance(part, UploadFile):
            return await part.read()
    raise Invalid("the form has no file in it", field="file")


async def _as_it_is_now(id: UUID, by: Actor) -> Response[ResourceOut]:
    now = await views.resource(id, by)
    return Response(now, headers={"ETag": etag(now.version)})


ROUTES: list[HTTPRouteHandler] = [
    *api_search.ROUTES,
    create_resource,
    read_resource,
    revise_resource,
    set_opening_hours,
    import_resources,
]
