"""The JSON routes of organizations: sign up, read, change."""

from uuid import UUID

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.access.person import Person
from server.core.actor import Actor
from server.core.errors import AlreadySignedUp, Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.organizations import revise, sign_up, views
from server.organizations.schemas import Me, NewOrganization, Organization, OrganizationPatch, Profile


@get("/me", tags=["Account"], opt=open_to("booker", "read"), responses=refusals(Unauthenticated))
async def read_me(by: NamedDependency[Actor]) -> Me:
    """Tell who the token acts for."""
    return Me(
        member_id=by.member_id,
        role=by.role,
        email=by.email,
        name=by.name,
        locale=by.locale,
        organization_id=by.organization_id,
        organization_name=by.organization_name,
        organization_kind=by.organization_kind,
    )


@post(
    "/organizations",
    tags=["Organization"],
    opt=open_to("person", "manage", while_suspended=True),
    responses=refusals(Unauthenticated, Forbidden, AlreadySignedUp, Conflict),
)
async def create_organization(person: NamedDependency[Person], data: JSONBody[NewOrganization]) -> Organization:
    """Sign an organization up, and become its admin. The operator verifies it."""
    return await sign_up.sign_up(data, person)


@get(
    "/organizations/{id:uuid}",
    tags=["Organization"],
    opt=open_to("anyone", "read", id="organization"),
    responses=refusals(Unauthenticated, NotFound),
)
async def read_organization(viewer: NamedDependency[Actor | None], id: FromPath[UUID]) -> Organization | Profile:
    """Read your own organization, or the public profile of another. One that was merged is what it became."""
    return await views.organization(id, viewer)


@patch(
    "/organizations/{id:uuid}",
    tags=["Organization"],
    opt=open_to("admin", "manage", id="organization"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, AlreadySignedUp, Conflict),
)
async def update_organization(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[OrganizationPatch]
) -> Organization:
    """Change your organization: what the operator has not verified, and what it declares of itself."""
    return await revise.revise(id, data, by)


ROUTES = [read_me, create_organization, read_organization, update_organization]
