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
from server.identities import define as defining
from server.identities import views
from server.identities.schemas import AwaitingDomain, IdentityProvider, IdentityProviderPatch, NewIdentityProvider


@get(
    "/identity-providers",
    operation_id="list_identity_providers",
    tags=["Organization"],
    opt=open_to("admin", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def identity_providers(by: NamedDependency[Actor]) -> list[IdentityProvider]:
    """List where the people of your organization sign in."""
    return await views.own(by)


@post(
    "/identity-providers",
    operation_id="create_identity_provider",
    tags=["Organization"],
    opt=open_to("admin", "manage"),
    responses=refusals(Unauthenticated, Forbidden, Conflict),
)
async def define_provider(by: NamedDependency[Actor], data: JSONBody[NewIdentityProvider]) -> IdentityProvider:
    """Set up an OpenID Connect provider for your organization. An operator verifies its domains first."""
    return await defining.define(data, by)


@patch(
    "/identity-providers/{id:uuid}",
    operation_id="update_identity_provider",
    tags=["Organization"],
    opt=open_to("admin", "manage", id="identity_provider"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def redefine_provider(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[IdentityProviderPatch]
) -> IdentityProvider:
    """Change an identity provider. Domains that are new have to be verified."""
    return await defining.redefine(id, data, by)


@delete(
    "/identity-providers/{id:uuid}",
    operation_id="remove_identity_provider",
    tags=["Organization"],
    opt=open_to("admin", "manage", id="identity_provider"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def remove_provider(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Take an identity provider away. Accounts and members stay."""
    await defining.remove(id, by)


@get(
    "/identity-domains",
    operation_id="list_waiting_identity_domains",
    tags=["Operator"],
    opt=open_to("operator", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def awaiting_domains() -> list[AwaitingDomain]:
    """List the domains that wait for an operator to verify them."""
    return await views.awaiting()


@post(
    "/identity-providers/{id:uuid}/domains/{domain:str}/verify",
    status_code=204,
    operation_id="verify_identity_domain",
    tags=["Operator"],
    opt=open_to("operator", "manage", id="identity_provider"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict),
)
async def verify_domain(person: NamedDependency[Person], id: FromPath[UUID], domain: FromPath[str]) -> None:
    """Say that a domain is the organization's own, and so are all mail addresses in it."""
    await defining.verify_domain(id, domain.lower(), person)


ROUTES = [identity_providers, define_provider, redefine_provider, remove_provider, awaiting_domains, verify_domain]
