"""Parts and wholes: a bay and its hall, tables that are used apart or together. Taking the whole takes its parts.

Whatever is taken of a whole is taken of all units of its parts by claims that point to it (door.py), so the constraint
itself lets nobody have both. Parts do not stand in each other's way; several wholes of the same parts do. Locks: wholes
before everything else, parts with them, each in id order. Nothing is both, so no two transactions wait for each other.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from asyncpg import Range, Record

from server.core import db

WHOLES = "SELECT DISTINCT whole_id FROM part WHERE whole_id = ANY($1)"

# All wholes that have a part in common with a resource, and all parts of these.
FAMILY = """
WITH near AS (
    SELECT $1::uuid AS part_id UNION SELECT part_id FROM part WHERE whole_id = $1
), wholes AS (
    SELECT whole_id FROM part WHERE part_id IN (SELECT part_id FROM near)
)
SELECT whole_id AS id, true AS is_whole FROM wholes
UNION
SELECT part_id, false FROM part WHERE whole_id IN (SELECT whole_id FROM wholes)
ORDER BY is_whole DESC, id
"""

LOCK = "SELECT id FROM resource WHERE id = $1 FOR NO KEY UPDATE"

# What is taken of the parts of wholes $1, without what was taken through the whole itself.
TAKEN = """
SELECT p.whole_id, c.resource_id AS part_id, lower(c.during) AS starts_at, upper(c.during) AS ends_at, c.reason
FROM part p JOIN claim c ON c.resource_id = p.part_id
WHERE p.whole_id = ANY($1) AND c.released_at IS NULL AND c.during && $2
  AND (c.expires_at IS NULL OR c.expires_at > now()) AND c.whole_id IS DISTINCT FROM p.whole_id
"""


async def wholes_among(ids: Iterable[UUID]) -> set[UUID]:
    """Tell which of these resources have parts."""
    return {row["whole_id"] for row in await db.fetch(WHOLES, list(ids))}


async def taken(wholes: list[UUID], near: Range[datetime]) -> dict[UUID, list[Record]]:
    """Read what is taken of the parts of wholes, whole by whole."""
    found: dict[UUID, list[Record]] = {}
    for row in await db.fetch(TAKEN, wholes, near) if wholes else ():
        found.setdefault(row["whole_id"], []).append(row)
    return found


async def lock(ids: Iterable[UUID], *, and_also: AbstractSet[UUID] = frozenset()) -> None:
    """Lock parts in id order, after their wholes; `and_also` others that the transaction is about to lock."""
    ordered = sorted({*ids})
    for id in sorted({*ordered, *and_also}) if ordered else ():
        await db.execute(LOCK, id)


async def family(resource_id: UUID) -> list[UUID]:
    """Tell what has a part in common with a resource, in the order of locking."""
    return [row["id"] for row in await db.fetch(FAMILY, resource_id)]


async def lock_family(resource_id: UUID) -> list[UUID]:
    """Lock what has a part in common with a resource, for it may have to be cleared, before the resource itself."""
    found = await family(resource_id)
    for id in found:
        await db.execute(LOCK, id)
    return found
