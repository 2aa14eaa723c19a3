"""The JSON routes of qualifications."""

from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.core import http
from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound, Unauthenticated
from server.core.http import Cursor, Limit, Page
from server.core.problem_details import refusals
from server.qualifications import define, grant, views
from server.qualifications.schemas import Grant, Need, NewGrant, NewQualification, Qualification, QualificationPatch


@get(
    "/resources/{id:uuid}/qualifications",
    tags=["Qualifications"],
    opt=open_to("anyone", "read", id="resource"),
    responses=refusals(NotFound, Unauthenticated),
)
async def list_needed_qualifications(id: FromPath[UUID], viewer: NamedDependency[Actor | None]) -> list[Need]:
    """List what one must have to book a resource, and how to get it. No token needed."""
    return await views.needed(id, viewer)


@get(
    "/qualifications",
    tags=["Qualifications"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_qualifications(by: NamedDependency[Actor]) -> list[Qualification]:
    """List the qualifications that your organization has defined."""
    return await views.qualifications(by)


@post(
    "/qualifications",
    tags=["Qualifications"],
    opt=open_to("manager", "manage"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def create_qualification(by: NamedDependency[Actor], data: JSONBody[NewQualification]) -> Qualification:
    """Define a qualification, such as a training, a safety briefing or a licence."""
    return await define.define(data, by)


@patch(
    "/qualifications/{id:uuid}",
    tags=["Qualifications"],
    opt=open_to("manager", "manage", id="qualification"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def update_qualification(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[QualificationPatch]
) -> Qualification:
    """Change a qualification. Grants that were made keep their end."""
    return await define.redefine(id, data, by)


@put(
    "/qualifications/{id:uuid}/resources/{resource_id:uuid}",
    tags=["Qualifications"],
    opt=open_to("manager", "manage", id="qualification", resource_id="resource"),
    status_code=204,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def require_qualification(by: NamedDependency[Actor], id: FromPath[UUID], resource_id: FromPath[UUID]) -> None:
    """Let a resource be booked by the qualified only. Bookings that were made stay."""
    await define.demand(id, resource_id, by)


@delete(
    "/qualifications/{id:uuid}/resources/{resource_id:uuid}",
    tags=["Qualifications"],
    opt=open_to("manager", "manage", id="qualification", resource_id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def waive_qualification(by: NamedDependency[Actor], id: FromPath[UUID], resource_id: FromPath[UUID]) -> None:
    """Let a resource be booked without this qualification."""
    await define.demand_no_longer(id, resource_id, by)


@get(
    "/qualifications/{id:uuid}/grants",
    tags=["Qualifications"],
    opt=open_to("manager", "read", id="qualification"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def list_qualification_grants(
    by: NamedDependency[Actor], id: FromPath[UUID], cursor: Cursor = None, limit: Limit = 50
) -> Page[Grant]:
    """List who was granted a qualification of yours; newest first."""
    rows = await views.grants(id, by, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda grant: grant.id)


@post(
    "/qualifications/{id:uuid}/grants",
    tags=["Qualifications"],
    opt=open_to("manager", "manage", id="qualification"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def grant_qualification(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[NewGrant]) -> Grant:
    """Grant a qualification to a person by mail address."""
    return await grant.grant(id, data, by)


@delete(
    "/qualifications/{id:uuid}/grants/{grant_id:uuid}",
    tags=["Qualifications"],
    opt=open_to("manager", "manage", id="qualification", grant_id="grant"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def revoke_qualification_grant(by: NamedDependency[Actor], id: FromPath[UUID], grant_id: FromPath[UUID]) -> None:
    """Take a grant back. Bookings that were made stay."""
    await grant.revoke(id, grant_id, by)


@get(
    "/grants",
    tags=["Qualifications"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated),
)
async def list_own_qualification_grants(
    by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50
) -> Page[Grant]:
    """List what you were granted, by whichever owner; newest first."""
    rows = await views.own(by, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda grant: grant.id)


ROUTES = [
    list_needed_qualifications,
    list_qualifications,
    create_qualification,
    update_qualification,
    require_qualification,
    waive_qualification,
    list_qualification_grants,
    grant_qualification,
    revoke_qualification_grant,
    list_own_qualification_grants,
]
