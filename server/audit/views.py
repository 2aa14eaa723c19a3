"""What is read of the audit log. Every read carries the reader's right."""

from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from server.audit.references import person
from server.audit.schemas import Entry
from server.core import db
from server.core.actor import Actor
from server.core.sheets import write_csv

_SELECT = """
SELECT e.id, e.at, e.actor, e.account_id, e.member_id, e.organization_id, e.owner_id, e.noun, e.object_id, e.verb,
       e.was::text AS was, e.became::text AS became, e.request_id, s.number AS sealed,
"""
_FROM = """
FROM audit_entry e
LEFT JOIN audit_seal s ON s.entry_id = e.id
LEFT JOIN account a ON a.id = e.account_id AND a.erased_at IS NULL
LEFT JOIN member m ON m.id = e.member_id
"""
# $1 the id of the last one seen, $2 how many; $3 to $9 what is looked for.
_LOOKED_FOR = """
($1::uuid IS NULL OR e.id < $1)
AND ($3::uuid IS NULL OR e.object_id = $3) AND ($4::text IS NULL OR e.verb = $4) AND ($5::text IS NULL OR e.noun = $5)
AND ($6::timestamptz IS NULL OR e.at >= $6) AND ($7::timestamptz IS NULL OR e.at < $7)
AND ($8::uuid IS NULL OR e.account_id = $8 OR e.member_id = $8)
"""
SEARCH = f"""
{_SELECT} a.name {_FROM}
WHERE {_LOOKED_FOR} AND ($9::uuid IS NULL OR e.organization_id = $9 OR e.owner_id = $9)
ORDER BY e.id DESC LIMIT $2
"""
# Of organization $9: its own things, and others' on its resources. It knows its own people by name, others by id.
OF_ORGANIZATION = f"""
{_SELECT} CASE WHEN m.organization_id = $9 THEN a.name END AS name {_FROM}
WHERE {_LOOKED_FOR} AND (e.organization_id = $9 OR e.owner_id = $9)
ORDER BY e.id DESC LIMIT $2
"""
# What person $1 did, and what refers to their address $2.
OF_PERSON = f"""
{_SELECT} a.name {_FROM}
WHERE e.account_id = $1 OR e.was::text LIKE '%' || $2 || '%' OR e.became::text LIKE '%' || $2 || '%'
ORDER BY e.id DESC
"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. `actor` is an account or a member."""

    organization: UUID | None = None
    object: UUID | None = None
    actor: UUID | None = None
    verb: str | None = None
    noun: str | None = None
    from_: datetime | None = None
    to: datetime | None = None


async def search(wanted: Wanted, after: UUID | None, limit: int) -> list[Entry]:
    """Read entries for an operator, the newest first."""
    return await _read(SEARCH, wanted, wanted.organization, after, limit)


async def of_organization(by: Actor, wanted: Wanted, after: UUID | None, limit: int) -> list[Entry]:
    """Read the entries about the actor's organization, the newest first."""
    return await _read(OF_ORGANIZATION, wanted, by.organization_id, after, limit)


async def of_person(account_id: UUID, email: str) -> list[Entry]:
    """Read what a person did and what was noted about their address."""
    return [_entry(row) for row in await db.fetch(OF_PERSON, account_id, person(email))]


async def _read(sql: str, wanted: Wanted, organization: UUID | None, after: UUID | None, limit: int) -> list[Entry]:
    rows = await db.fetch(
        sql, after, limit, wanted.object, wanted.verb, wanted.noun, wanted.from_, wanted.to, wanted.actor, organization
    )
    return [_entry(row) for row in rows]


def _entry(row: Record) -> Entry:
    return Entry(**{**row, "was": msgspec.json.decode(row["was"]), "became": msgspec.json.decode(row["became"])})


def as_csv(entries: list[Entry]) -> bytes:
    """Write entries as CSV."""
    names = Entry.__struct_fields__
    return write_csv(names, ([_cell(getattr(one, name)) for name in names] for one in entries))


def _cell(value: object) -> str | int:
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    if isinstance(value, int):
        return value
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
