"""The JSON routes of identity providers: for admins of organizations, and for operators who verify domains."""

from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.access.person import Person
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.identities import define, views
from server.identities.schemas import AwaitingDomain, IdentityProvider, IdentityProviderPatch, NewIdentityProvider


@get(
    "/identity-providers",
    tags=["Organization"],
    opt=open_to("admin", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_identity_providers(by: NamedDependency[Actor]) -> list[IdentityProvider]:
    """List where the people of your organization sign in."""
    return await views.own(by)


@post(
    "/identity-providers",
    tags=["Organization"],
    opt=open_to("admin", "manage", once=False),
    responses=refusals(Unauthenticated, Forbidden, Conflict),
)
async def create_identity_provider(by: NamedDependency[Actor], data: JSONBody[NewIdentityProvider]) -> IdentityProvider:
    """Set up an OpenID Connect provider for your organization. An operator verifies its domains first."""
    return await define.define(data, by)


@patch(
    "/identity-providers/{id:uuid}",
    tags=["Organization"],
    opt=open_to("admin", "manage", id="identity_provider"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def update_identity_provider(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[IdentityProviderPatch]
) -> IdentityProvider:
    """Change an identity provider. Domains that are new have to be verified."""
    return await define.redefine(id, data, by)


@delete(
    "/identity-providers/{id:uuid}",
    tags=["Organization"],
    opt=open_to("admin", "manage", id="identity_provider"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def remove_identity_provider(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Take an identity provider away. Accounts and members stay."""
    await define.remove(id, by)


@get(
    "/identity-domains",
    tags=["Operator"],
    opt=open_to("operator", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_waiting_identity_domains() -> list[AwaitingDomain]:
    """List the domains that wait for an operator to verify them."""
    return await views.awaiting()


@post(
    "/identity-providers/{id:uuid}/domains/{domain:str}/verify",
    status_code=204,
    tags=["Operator"],
    opt=open_to("operator", "manage", id="identity_provider"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict),
)
async def verify_identity_domain(person: NamedDependency[Person], id: FromPath[UUID], domain: FromPath[str]) -> None:
    """Say that a domain is the organization's own, and so are all mail addresses in it."""
    await define.verify_domain(id, domain.lower(), person)


ROUTES = [
    list_identity_providers,
    create_identity_provider,
    update_identity_provider,
    remove_identity_provider,
    list_waiting_identity_domains,
    verify_identity_domain,
]
