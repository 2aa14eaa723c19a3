"""Read identity providers: for their admins, for operators, and for whoever wants to sign in."""

from typing import Any
from uuid import UUID

import msgspec

from server.core import db
from server.core.actor import Actor
from server.core.encryption import Unreadable, unseal
from server.core.errors import NotFound
from server.core.settings import settings
from server.identities.adapter import Provider
from server.identities.schemas import AwaitingDomain, IdentityDomain, IdentityProvider

OWN = """
SELECT p.id, p.name, p.issuer, p.client_id, p.sealed_secret <> '' AS has_secret, p.joins, p.enabled,
       coalesce(jsonb_agg(jsonb_build_object('domain', d.domain, 'verified_at', d.verified_at) ORDER BY d.domain)
                FILTER (WHERE d.domain IS NOT NULL), '[]') AS domains
FROM identity_provider p LEFT JOIN identity_domain d ON d.provider_id = p.id
WHERE p.organization_id = $1 AND ($2::uuid IS NULL OR p.id = $2)
GROUP BY p.id ORDER BY p.id
"""

AWAITING = """
SELECT d.provider_id, d.domain, p.issuer, p.organization_id, o.name AS organization_name
FROM identity_domain d JOIN identity_provider p ON p.id = d.provider_id JOIN organization o ON o.id = p.organization_id
WHERE d.verified_at IS NULL ORDER BY d.provider_id, d.domain LIMIT 200
"""

# Only what speaks for at least one verified domain can be signed in with; the rest does not exist.
OPEN = """
SELECT p.id, p.organization_id, p.kind, p.name, p.issuer, p.client_id, p.sealed_secret, p.joins,
       array_agg(d.domain) AS domains
FROM identity_provider p JOIN identity_domain d ON d.provider_id = p.id AND d.verified_at IS NOT NULL
WHERE p.id = $1 AND p.enabled GROUP BY p.id
"""

BY_DOMAIN = """
SELECT p.id, p.name FROM identity_domain d JOIN identity_provider p ON p.id = d.provider_id AND p.enabled
WHERE d.domain = $1 AND d.verified_at IS NOT NULL
"""


class Choice(msgspec.Struct, frozen=True):
    """An identity provider as a person chooses it."""

    id: UUID
    name: str


def callback_url(provider_id: UUID) -> str:
    """Where a provider sends the browser back to: an address for each, so that none can answer for another."""
    return f"{settings().base_url.rstrip('/')}/sign-in/with/{provider_id}/callback"


async def own(by: Actor) -> list[IdentityProvider]:
    return [_shown(row) for row in await db.fetch(OWN, by.organization_id, None)]


async def own_one(id: UUID, by: Actor) -> IdentityProvider:
    """Raises NotFound for another organization's."""
    rows = await db.fetch(OWN, by.organization_id, id)
    if not rows:
        raise NotFound("there is no such identity provider of yours")
    return _shown(rows[0])


async def awaiting() -> list[AwaitingDomain]:
    return [AwaitingDomain(**row) for row in await db.fetch(AWAITING)]


async def open_one(id: UUID) -> Provider:
    """Read a provider to sign in with. Raises NotFound for one that is off or speaks for no verified domain."""
    row = await db.fetchrow(OPEN, id)
    if row is None:
        raise NotFound("nobody can sign in with this")
    given = dict(row)
    try:
        secret = unseal(sealed) if (sealed := given.pop("sealed_secret")) else ""
    except Unreadable:
        raise NotFound("its secret was lost; an admin of the organization has to set it again") from None
    return Provider(**given | {"domains": frozenset(given["domains"]), "client_secret": secret})


async def choices(email: str) -> list[Choice]:
    """Tell with what the people of a mail domain sign in."""
    return [Choice(**row) for row in await db.fetch(BY_DOMAIN, domain_of(email))]


def domain_of(email: str) -> str:
    return email.strip().lower().rpartition("@")[2]


def _shown(row: Any) -> IdentityProvider:
    domains = msgspec.json.decode(row["domains"], type=list[IdentityDomain])
    return IdentityProvider(**{**row, "domains": domains, "callback_url": callback_url(row["id"])})
