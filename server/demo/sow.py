"""Put made-up organizations, people and resources into the database. What is there already stays as it is."""

import hashlib
import hmac
from collections import defaultdict
from uuid import UUID

import msgspec

from server.access.authentication import TOKEN_PREFIX
from server.core import db
from server.core.secret import digest
from server.resources.save import New, insert
from server.resources.schemas import ResourceIn

EPOCH = 1_767_225_600_000  # milliseconds; the ids of made-up things say 2026-01-01

ORGANIZATIONS = """
INSERT INTO organization (id, kind, name, country, region_code, verified_at)
SELECT id, kind, name, country, nullif(region_code, ''), now()
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS new (id, kind, name, country, region_code)
ON CONFLICT DO NOTHING
"""
ACCOUNTS = """
INSERT INTO account (id, email, name, locale, verified_at)
SELECT id, email, name, locale, now() FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
    AS new (id, email, name, locale)
ON CONFLICT DO NOTHING
"""
MEMBERS = """
INSERT INTO member (id, organization_id, account_id, role)
SELECT id, organization_id, account_id, role FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
    AS new (id, organization_id, account_id, role)
ON CONFLICT DO NOTHING
"""
TOKENS = """
INSERT INTO api_token (id, member_id, hash, prefix, label, scopes)
SELECT id, member_id, hash, prefix, label, '{}' FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::text[], $5::text[])
    AS new (id, member_id, hash, prefix, label)
ON CONFLICT DO NOTHING
"""
HERE = "SELECT id FROM resource WHERE id = ANY($1::uuid[])"


class Person(msgspec.Struct, kw_only=True):
    """Someone who acts for an organization, and the token with which their programs do."""

    email: str
    name: str
    role: str
    token: str
    locale: str = "zh-CN"


class Organization(msgspec.Struct, kw_only=True):
    id: UUID
    kind: str
    name: str
    country: str = "CN"
    region_code: str = ""
    members: list[Person]


class Shared(msgspec.Struct):
    """A resource, and the organization that shares it."""

    id: UUID
    owner_id: UUID
    resource: ResourceIn


def fixed_id(number: int, *what: object) -> UUID:
    """Make the same id for the same thing every time: of version 7's shape, sorted by `number`."""
    noise = int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:8])
    return UUID(int=(EPOCH + number) << 80 | 7 << 76 | 2 << 62 | noise >> 2)  # RFC 9562 5.7, rand_a left empty


def fixed_secret(secret: str, what: str) -> str:
    """Make the same secret for the same thing every time; without the installation's secret nobody can."""
    return hmac.new(secret.encode(), what.encode(), hashlib.sha256).hexdigest()


def fixed_token(secret: str, email: str) -> str:
    return TOKEN_PREFIX + fixed_secret(secret, f"token of {email}")


async def sow(organizations: list[Organization], shared: list[Shared]) -> None:
    """Insert what is missing, in one transaction."""
    people = [(of, person) for of in organizations for person in of.members]
    accounts = [fixed_id(0, "account", person.email) for _, person in people]
    members = [fixed_id(0, "member", of.id, person.email) for of, person in people]
    async with db.transaction():
        await db.execute(
            ORGANIZATIONS,
            [of.id for of in organizations],
            [of.kind for of in organizations],
            [of.name for of in organizations],
            [of.country for of in organizations],
            [of.region_code for of in organizations],
        )
        await db.execute(
            ACCOUNTS,
            accounts,
            [person.email for _, person in people],
            [person.name for _, person in people],
            [person.locale for _, person in people],
        )
        await db.execute(MEMBERS, members, [of.id for of, _ in people], accounts, [person.role for _, person in people])
        await db.execute(
            TOKENS,
            [fixed_id(0, "token", person.token) for _, person in people],
            members,
            [digest(person.token) for _, person in people],
            [person.token[:8] for _, person in people],
            ["made up"] * len(people),
        )
        here = {row["id"] for row in await db.fetch(HERE, [one.id for one in shared])}
        missing: dict[UUID, list[New]] = defaultdict(list)
        for one in shared:
            if one.id not in here:
                missing[one.owner_id].append(New(one.id, one.resource))
        for owner_id, new in missing.items():
            await insert(owner_id, new)
