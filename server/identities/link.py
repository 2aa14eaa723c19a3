"""Find, or make, the account of someone whom an identity provider knows."""

from uuid import UUID

import msgspec

from server import audit
from server.core import db
from server.core.db import rerunning, transaction
from server.core.errors import SignInRefused
from server.core.ids import new_id
from server.core.translations import CATALOGUES, DEFAULT
from server.identities.adapter import Claims, Provider
from server.identities.views import domain_of

KNOWN = "SELECT account_id FROM external_identity WHERE provider_id = $1 AND subject = $2"
ACCOUNT = "SELECT id, verified_at FROM account WHERE email = $1 FOR UPDATE"
NEW_ACCOUNT = """
INSERT INTO account (id, email, name, locale, verified_at) VALUES ($1, $2, $3, $4, now()) ON CONFLICT DO NOTHING
"""
# Someone signed up with this address and never proved that it is theirs: what they know must not open it.
PROVEN = "UPDATE account SET verified_at = now() WHERE id = $1"
NO_PASSWORD = "DELETE FROM password WHERE account_id = $1"  # noqa: S105 - it is SQL
NO_SESSION = "DELETE FROM session WHERE account_id = $1"
NO_SECOND_FACTOR = "DELETE FROM second_factor WHERE account_id = $1"
NO_RECOVERY = "DELETE FROM recovery_code WHERE account_id = $1"
OTHER = "SELECT 1 FROM external_identity WHERE provider_id = $1 AND account_id = $2 AND subject <> $3"
LINK = """
INSERT INTO external_identity (id, provider_id, subject, account_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
MEMBER = "SELECT id, active FROM member WHERE organization_id = $1 AND account_id = $2"
JOIN = """
INSERT INTO member (id, organization_id, account_id, role) VALUES ($1, $2, $3, 'booker') ON CONFLICT DO NOTHING
"""


class Linked(msgspec.Struct, frozen=True):
    """Whom a person is here, and the member of the provider's organization they act as."""

    account_id: UUID
    member_id: UUID


@rerunning
async def link(provider: Provider, claims: Claims) -> Linked:
    """Tell whose account it is. The subject decides; an address only the first time, and only of a verified domain.

    Raises SignInRefused for an address elsewhere, one that was another person's, and for who has left.
    """
    async with transaction():
        known = await db.fetchval(KNOWN, provider.id, claims.subject)
        account_id: UUID = known or await _first_time(provider, claims)
        linked = Linked(account_id, await _member(provider, account_id))
        if known is None:
            became = {"provider_id": provider.id, "member_id": linked.member_id}
            of = provider.organization_id
            await audit.record("linked", "account", account_id, linked, of=of, became=became)
        return linked


async def _first_time(provider: Provider, claims: Claims) -> UUID:
    if domain_of(claims.email) not in provider.domains or claims.email.count("@") != 1:
        known = ", ".join(sorted(provider.domains))
        raise SignInRefused(f"{provider.name} speaks for addresses at {known}; yours is not one of them")
    locale = next((one for one in CATALOGUES if one[:2] == claims.locale[:2].lower()), DEFAULT)
    name = claims.name.strip()[:100] or claims.email.partition("@")[0]
    await db.execute(NEW_ACCOUNT, new_id(), claims.email, name, locale)
    account = await db.fetchrow(ACCOUNT, claims.email)
    assert account is not None  # noqa: S101 - it was there, or was made
    account_id: UUID = account["id"]
    if account["verified_at"] is None:
        for statement in (PROVEN, NO_PASSWORD, NO_SESSION, NO_SECOND_FACTOR, NO_RECOVERY):
            await db.execute(statement, account_id)
    if await db.fetchval(OTHER, provider.id, account_id, claims.subject):
        raise SignInRefused("this address was another person's; ask an admin of your organization")
    await db.execute(LINK, new_id(), provider.id, claims.subject, account_id)
    return account_id


async def _member(provider: Provider, account_id: UUID) -> UUID:
    of = provider.organization_id
    member = await db.fetchrow(MEMBER, of, account_id)
    if member is None and provider.joins:
        await db.execute(JOIN, new_id(), of, account_id)
        member = await db.fetchrow(MEMBER, of, account_id)
        if member is not None:
            by = Linked(account_id, member["id"])
            await audit.record("joined", "member", member["id"], by, of=of, became={"role": "booker"})
    if member is None:
        raise SignInRefused("you are not a member of this organization; ask one of its admins to invite you")
    if not member["active"]:
        raise SignInRefused("you have left this organization; ask one of its admins")
    member_id: UUID = member["id"]
    return member_id
