"""Set up an identity provider for one's organization, change it, take it away, and verify its domains."""

from typing import Any
from uuid import UUID

import asyncpg
from msgspec import UNSET

from server import audit
from server.access.acting import acting
from server.access.person import Person
from server.core import db
from server.core.actor import Actor
from server.core.encryption import seal
from server.core.errors import Conflict, Invalid, NotFound, SignInRefused
from server.core.ids import new_id
from server.identities import views
from server.identities.oidc import discovered
from server.identities.schemas import IdentityProvider, IdentityProviderPatch, NewIdentityProvider

INSERT = """
INSERT INTO identity_provider (id, organization_id, name, issuer, client_id, sealed_secret, joins)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id
"""
UPDATE = """
UPDATE identity_provider SET name = coalesce($3, name), sealed_secret = coalesce($4, sealed_secret),
       joins = coalesce($5, joins), enabled = coalesce($6, enabled)
WHERE id = $1 AND organization_id = $2 RETURNING id
"""
DELETE = "DELETE FROM identity_provider WHERE id = $1 AND organization_id = $2"
ADD_DOMAINS = """
INSERT INTO identity_domain (id, provider_id, domain)
SELECT gen_random_uuid(), $1, domain FROM unnest($2::text[]) domain ON CONFLICT DO NOTHING
"""
DROP_DOMAINS = "DELETE FROM identity_domain WHERE provider_id = $1 AND domain <> ALL($2::text[])"
VERIFY = """
UPDATE identity_domain d SET verified_at = coalesce(d.verified_at, now()) FROM identity_provider p
WHERE d.provider_id = $1 AND d.domain = $2 AND p.id = d.provider_id RETURNING p.organization_id
"""


async def define(given: NewIdentityProvider, by: Actor) -> IdentityProvider:
    """Set up an identity provider. Nobody can sign in with it before an operator has verified one of its domains.

    Raises Invalid for an issuer that does not answer as one, Conflict for one that is set up already.
    """
    try:
        await discovered(given.issuer)
    except SignInRefused as refused:
        raise Invalid(f"issuer: {refused.detail}", field="issuer") from refused
    id = new_id()
    secret = seal(given.client_secret) if given.client_secret else ""
    async with acting(by):
        values = (given.name, given.issuer, given.client_id, secret, given.joins)
        if await db.fetchval(INSERT, id, by.organization_id, *values) is None:
            raise Conflict("your organization has set up this issuer and client already")
        await db.execute(ADD_DOMAINS, id, given.domains)
        made = await views.own_one(id, by)
        await audit.record("defined", "identity_provider", id, by, of=by.organization_id, became=_told(made))
        return made


async def redefine(id: UUID, change: IdentityProviderPatch, by: Actor) -> IdentityProvider:
    """Change an identity provider. A domain that stays keeps its verification. Raises NotFound."""
    secret = change.client_secret
    sealed = None if secret is UNSET else seal(secret) if secret else ""
    values = [None if one is UNSET else one for one in (change.name, sealed, change.joins, change.enabled)]
    async with acting(by):
        before = await views.own_one(id, by)
        if await db.fetchval(UPDATE, id, by.organization_id, *values) is None:
            raise NotFound("there is no such identity provider of yours")
        if change.domains is not UNSET:
            await db.execute(DROP_DOMAINS, id, change.domains)
            await db.execute(ADD_DOMAINS, id, change.domains)
        after = await views.own_one(id, by)
        became = _told(after) | ({"secret": True} if sealed is not None else {})
        of = by.organization_id
        await audit.record("changed", "identity_provider", id, by, of=of, was=_told(before), became=became)
        return after


async def remove(id: UUID, by: Actor) -> None:
    """Take an identity provider away. Accounts stay; who has no password asks for one by mail. Raises NotFound."""
    async with acting(by):
        before = await views.own_one(id, by)
        await db.execute(DELETE, id, by.organization_id)
        await audit.record("removed", "identity_provider", id, by, of=by.organization_id, was=_told(before))


async def verify_domain(id: UUID, domain: str, by: Person) -> None:
    """Say, as an operator, that a domain is the organization's. Raises NotFound, and Conflict if it is another's."""
    try:
        async with acting(by):
            of = await db.fetchval(VERIFY, id, domain)
            if of is None:
                raise NotFound("there is no such domain")
            became = {"domain": domain}
            await audit.record("verified", "identity_provider", id, by, of=of, became=became, operator=True)
    except asyncpg.UniqueViolationError:
        raise Conflict("this domain has been verified for another identity provider") from None


def _told(one: IdentityProvider) -> dict[str, Any]:
    """What the log says of a provider."""
    said = {name: getattr(one, name) for name in ("name", "issuer", "client_id", "joins", "enabled")}
    return said | {"domains": [domain.domain for domain in one.domains]}
