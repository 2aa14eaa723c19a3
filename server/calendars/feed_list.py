"""The feeds of a member, without their secrets."""

from uuid import UUID

import msgspec
from asyncpg import Record

from server.calendars.schemas import Feed, SavedSearch
from server.core import db

LIST = """
SELECT f.id, f.scope, f.view, f.resource_id, r.name AS resource_name, f.search, f.created_at, f.rotated_at, f.read_at
FROM feed f LEFT JOIN resource r ON r.id = f.resource_id
WHERE f.member_id = $1 AND f.revoked_at IS NULL AND ($2::uuid IS NULL OR f.id > $2)
ORDER BY f.id LIMIT $3
"""
ONE = LIST.replace("ORDER BY f.id LIMIT $3", "AND f.id = $3")

_search = msgspec.json.Decoder(SavedSearch)


async def feeds(member_id: UUID, after: UUID | None, limit: int) -> list[Feed]:
    return [_feed(row) for row in await db.fetch(LIST, member_id, after, limit)]


async def feed(id: UUID, member_id: UUID) -> Feed | None:
    """Read one of a member's own; None when there is none."""
    row = await db.fetchrow(ONE, member_id, None, id)
    return None if row is None else _feed(row)


def _feed(row: Record) -> Feed:
    return Feed(**{**row, "search": row["search"] and _search.decode(row["search"])})
