"""The JSON routes of resources: list, read, change, hours, units, an owner's own, and import at once."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter
from msgspec import Meta

from server.access.permissions import open_to
from server.access.rights import refuse_unless_runs_all
from server.api import search
from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound, PreconditionRequired, Stale, TooLarge, Unauthenticated, UnitsInUse
from server.core.http import IfMatch, Limit, Offset, Page, Request, etag, expected_version
from server.core.problem_details import refusals
from server.core.text import LINE_PATTERN
from server.resources import name_units, own, views
from server.resources.create import create
from server.resources.imports import sheet
from server.resources.imports.import_list import ImportReport, import_list
from server.resources.imports.sheet import Assumed
from server.resources.name_units import NamedUnit
from server.resources.opening.week import OpeningHours
from server.resources.own import Own
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
NamedUnits = Annotated[list[NamedUnit], Meta(max_length=10_000)]
Part = Annotated[
    str, QueryParameter(max_length=200, pattern=LINE_PATTERN, required=False, description="of the name or the model")
]


@post(
    "/resources",
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
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, UnitsInUse, Stale, PreconditionRequired),
)
async def update_resource(
    id: FromPath[UUID], data: JSONBody[ResourcePatch], by: NamedDependency[Actor], if_match: IfMatch = None
) -> Response[ResourceOut]:
    """Change a resource of your organization. Send the ETag you read as `If-Match`."""
    await revise(id, data, by, expected_version(if_match))
    return await _as_it_is_now(id, by)


@put(
    "/resources/{id:uuid}/opening-hours",
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


@get(
    "/resources/own",
    tags=["Resources"],
    opt=open_to("manager", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_own_resources(
    by: NamedDependency[Actor],
    q: Part = "",
    kind: FromQuery[Kind | None] = None,
    listed: FromQuery[bool | None] = None,
    cursor: Offset = None,
    limit: Limit = 50,
) -> Page[Own]:
    """List the resources that you run by name, also those not published, with the next booking and what waits."""
    first = int(cursor or 0)
    found, count = await own.own(by, q, kind or "", listed, first, limit)
    return Page(found, str(first + limit) if first + limit < count else None)


@get(
    "/resources/{id:uuid}/units",
    tags=["Resources"],
    opt=open_to("anyone", "read", id="resource"),
    responses=refusals(NotFound),
)
async def list_named_units(id: FromPath[UUID], viewer: NamedDependency[Actor | None]) -> list[NamedUnit]:
    """Read the units that have names of their own. A booking may ask for them by number."""
    return await name_units.named_units(id, viewer)


@put(
    "/resources/{id:uuid}/units",
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def set_named_units(
    id: FromPath[UUID], data: JSONBody[NamedUnits], by: NamedDependency[Actor]
) -> list[NamedUnit]:
    """Name units, replacing all names there were."""
    return await name_units.name_units(id, data, by)


async def _as_it_is_now(id: UUID, by: Actor) -> Response[ResourceOut]:
    now = await views.resource(id, by)
    return Response(now, headers={"ETag": etag(now.version)})


ROUTES: list[HTTPRouteHandler] = [
    *search.ROUTES,
    create_resource,
    read_resource,
    update_resource,
    set_opening_hours,
    import_resources,
    list_own_resources,
    list_named_units,
    set_named_units,
]
