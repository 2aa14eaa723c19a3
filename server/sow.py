"""Put made-up organizations, people and resources into the database. What is there already stays as it is."""

import hashlib
import hmac
from typing import Any
from uuid import UUID

import msgspec

from server import db
from server.organizations.actor import TOKEN_PREFIX, digest
from server.resources.rules import Rules

EPOCH = 1_767_225_600_000  # milliseconds; the ids of made-up things say 2026-01-01
BATCH = 1000  # resources per statement
Hours = tuple[tuple[int, int], ...]  # minutes of the week, from Monday 00:00
WORKING_HOURS: Hours = tuple((day * 1440 + 9 * 60, day * 1440 + 17 * 60) for day in range(5))

ORGANIZATIONS = """
INSERT INTO organization (id, kind, name, country, region_code, verified_at)
SELECT id, kind, name, country, nullif(region_code, ''), now()
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS new (id, kind, name, country, region_code)
ON CONFLICT DO NOTHING
"""
ACCOUNTS = """
INSERT INTO account (id, email, name, locale)
SELECT id, email, name, locale FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
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
RESOURCES = """
INSERT INTO resource (id, owner_id, kind, name, name_en, description, country, city, region_code, time_zone, units,
                      week_hours, rules)
SELECT id, owner_id, kind, name, name_en, description, country, city, nullif(region_code, ''), time_zone, units,
       week_hours::int4multirange, rules::jsonb
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::int[], $12::text[], $13::text[])
    AS new (id, owner_id, kind, name, name_en, description, country, city, region_code, time_zone, units, week_hours,
            rules)
ON CONFLICT DO NOTHING
"""


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


class Resource(msgspec.Struct, kw_only=True):
    id: UUID
    owner_id: UUID
    kind: str
    name: str
    name_en: str
    description: str = ""
    country: str = "CN"
    city: str = ""
    region_code: str = ""
    time_zone: str = "Asia/Shanghai"
    units: int = 1
    hours: Hours = WORKING_HOURS
    rules: Rules = Rules()


def fixed_id(number: int, *what: object) -> UUID:
    """Make the same id for the same thing every time: of version 7's shape, sorted by `number`."""
    noise = int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:8])
    return UUID(int=(EPOCH + number) << 80 | 7 << 76 | 2 << 62 | noise >> 2)  # RFC 9562 5.7, rand_a left empty


def fixed_secret(secret: str, what: str) -> str:
    """Make the same secret for the same thing every time; without the installation's secret nobody can."""
    return hmac.new(secret.encode(), what.encode(), hashlib.sha256).hexdigest()


def fixed_token(secret: str, email: str) -> str:
    return TOKEN_PREFIX + fixed_secret(secret, f"token of {email}")


async def sow(organizations: list[Organization], resources: list[Resource]) -> None:
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
        for start in range(0, len(resources), BATCH):
            await db.execute(RESOURCES, *_columns(resources[start : start + BATCH]))


def _columns(resources: list[Resource]) -> list[list[Any]]:
    return [
        [it.id for it in resources],
        [it.owner_id for it in resources],
        [it.kind for it in resources],
        [it.name for it in resources],
        [it.name_en for it in resources],
        [it.description for it in resources],
        [it.country for it in resources],
        [it.city for it in resources],
        [it.region_code for it in resources],
        [it.time_zone for it in resources],
        [it.units for it in resources],
        ["{" + ",".join(f"[{start},{end})" for start, end in it.hours) + "}" for it in resources],
        [msgspec.json.encode(it.rules).decode() for it in resources],
    ]
