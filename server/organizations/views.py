"""What is read of organizations. Everyone sees the public profile; the rest carries the reader's right in its SQL."""

from typing import Any
from uuid import UUID

from asyncpg import Record

from server.access.rights import OWN
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.regions import region_name
from server.organizations.schemas import Decision, Document, Organization, Profile, State
from server.organizations.sizes import size_class

STATE = """CASE WHEN o.merged_into_id IS NOT NULL THEN 'merged' WHEN o.suspended_at IS NOT NULL THEN 'suspended'
    WHEN o.verified_at IS NOT NULL THEN 'verified' WHEN o.rejected_at IS NOT NULL THEN 'rejected' ELSE 'pending' END"""
COLUMNS = f"""
o.id, o.name, o.kind, o.country, o.region_code, o.verified_at IS NOT NULL AND o.suspended_at IS NULL AS verified,
{STATE} AS state, coalesce((SELECT d.reason FROM decision d WHERE d.organization_id = o.id
                            ORDER BY d.id DESC LIMIT 1), '') AS reason,
o.uscc, o.registration_number, o.staff, o.revenue, o.sector, o.declared_at, o.created_at
"""
# One that was merged is known by the one that it became: $2 may be either's id.
RESOLVED = "o.id = (SELECT coalesce(given.merged_into_id, given.id) FROM organization given WHERE given.id = $2)"
OWN_ONE = f"SELECT {COLUMNS} FROM organization o WHERE {OWN} AND {RESOLVED}"
PROFILE = f"""
SELECT o.id, o.name, o.kind, o.country, o.region_code,
       o.verified_at IS NOT NULL AND o.suspended_at IS NULL AS verified
FROM organization o WHERE {RESOLVED.replace("$2", "$1")}
"""

# For operators only: the routes are.
ANY = f"SELECT {COLUMNS} FROM organization o WHERE o.id = $1"
LIST = f"""
SELECT {COLUMNS} FROM organization o
WHERE ($1::text IS NULL OR {STATE} = $1) AND ($2::uuid IS NULL OR o.id > $2)
  AND ($4 = '' OR strpos(lower(o.name), lower($4)) > 0 OR o.uscc = upper($4)) ORDER BY o.id LIMIT $3
"""
NAMED = "SELECT o.id FROM organization o WHERE o.name = $1 OR o.uscc = upper($1) OR o.id::text = lower($1)"
DECISIONS = """
SELECT d.verb, d.reason, a.name AS by, d.at FROM decision d JOIN account a ON a.id = d.account_id
WHERE d.organization_id = $1 ORDER BY d.id
"""
DOCUMENTS = """
SELECT d.id, d.kind, d.name, d.media_type, d.size, encode(d.sha256, 'hex') AS sha256, d.created_at
FROM document d WHERE d.organization_id = $1 AND d.removed_at IS NULL ORDER BY d.id
"""


async def organization(id: UUID, viewer: Actor | None) -> Organization | Profile:
    """Read one's own organization, or the public profile of another. Raises NotFound."""
    if viewer is not None and (row := await db.fetchrow(OWN_ONE, viewer.organization_id, id)) is not None:
        return organization_of(row)
    row = await db.fetchrow(PROFILE, id)
    if row is None:
        raise NotFound("there is no such organization")
    return Profile(**row, region_name=region_name(row["region_code"]))


async def own(by: Actor) -> Organization:
    row: Any = await db.fetchrow(OWN_ONE, by.organization_id, by.organization_id)
    return organization_of(row)


async def any_organization(id: UUID) -> Organization:
    """Read one, as an operator. Raises NotFound."""
    row = await db.fetchrow(ANY, id)
    if row is None:
        raise NotFound("there is no such organization")
    return organization_of(row)


async def organizations(state: State | None, after: UUID | None, limit: int, q: str = "") -> list[Organization]:
    """Read those in a state whose name has a part or whose code it is, oldest first, as an operator."""
    return [organization_of(row) for row in await db.fetch(LIST, state, after, limit, q)]


async def named(text: str) -> UUID:
    """Find one by its whole name, its code or its id, as an operator. Raises NotFound."""
    id: UUID | None = await db.fetchval(NAMED, text)
    if id is None:
        raise NotFound("there is no such organization")
    return id


async def documents(organization_id: UUID) -> list[Document]:
    """Read what documents there are; the right was asked before."""
    return [Document(**row) for row in await db.fetch(DOCUMENTS, organization_id)]


async def decisions(organization_id: UUID) -> list[Decision]:
    """Read what was decided, as an operator, oldest first."""
    return [Decision(**row) for row in await db.fetch(DECISIONS, organization_id)]


def organization_of(row: Record) -> Organization:
    """Read the columns of COLUMNS."""
    size = size_class(row["sector"], row["staff"], row["revenue"])
    return Organization(**row, region_name=region_name(row["region_code"]), size=size)
