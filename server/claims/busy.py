"""Let busy time of foreign calendars take what nothing else has. A part of the door (door.py).

Bookings, holds and closures go first. So the claims of busy time are what the calendars say, less what has been taken
otherwise, unit by unit; whenever time becomes free, busy time takes its part of it before anybody else may.
"""

from uuid import UUID

from asyncpg import Range

from server.core import db
from server.core.ids import new_id
from server.core.spans import Span

# A hold that is over takes nothing, but its rows would still be in the way.
RELEASE_EXPIRED = """
UPDATE claim SET released_at = now() WHERE resource_id = $1 AND released_at IS NULL AND expires_at <= now()
"""

# What is to be released (its id), and what is to be taken. One scan of each table, and apart from the statements that
# write: docs/decisions/0145.
DIFFERENCE = """
WITH taken AS (
    SELECT unit, range_agg(during) AS during FROM claim
    WHERE resource_id = $1 AND released_at IS NULL AND reason <> 'busy' GROUP BY unit
), said AS (
    SELECT u.unit, range_agg(b.during) AS during
    FROM resource r CROSS JOIN LATERAL generate_series(1, r.units) AS u (unit)
    JOIN foreign_busy b ON upper(b.during) > now() AND (
        (b.resource_id = r.id AND coalesce(b.unit, u.unit) = u.unit)
        OR b.resource_id IN (SELECT whole_id FROM part WHERE part_id = r.id)
    )
    WHERE r.id = $1 GROUP BY u.unit
), wanted AS (
    SELECT said.unit, unnest(said.during - coalesce(taken.during, '{}')) AS during
    FROM said LEFT JOIN taken ON taken.unit = said.unit
), had AS (
    SELECT id, unit, during FROM claim
    WHERE resource_id = $1 AND reason = 'busy' AND released_at IS NULL AND upper(during) > now()
)
SELECT had.id, wanted.unit, wanted.during
FROM wanted FULL JOIN had ON had.unit = wanted.unit AND had.during = wanted.during
WHERE had.id IS NULL OR wanted.unit IS NULL
"""
RELEASE = "UPDATE claim SET released_at = now() WHERE resource_id = $1 AND id = ANY ($2)"
TAKE = """
INSERT INTO claim (resource_id, id, unit, during, reason)
SELECT $1, given.id, given.unit, given.during, 'busy'
FROM unnest($2::uuid[], $3::int[], $4::tstzrange[]) AS given (id, unit, during)
"""
# A resource and its parts, as far as busy time concerns them. That of a whole is busy time of its parts.
CONCERNED = """
SELECT r.id FROM (SELECT $1::uuid AS id UNION SELECT part_id FROM part WHERE whole_id = $1) r
WHERE EXISTS (SELECT FROM foreign_busy b WHERE b.resource_id = r.id)
   OR EXISTS (SELECT FROM part p JOIN foreign_busy b ON b.resource_id = p.whole_id WHERE p.part_id = r.id)
   OR EXISTS (SELECT FROM claim c WHERE c.resource_id = r.id AND c.reason = 'busy' AND c.released_at IS NULL)
ORDER BY r.id
"""
YIELD = """
UPDATE claim SET released_at = now()
WHERE (resource_id = $1 OR resource_id IN (SELECT part_id FROM part WHERE whole_id = $1))
  AND reason = 'busy' AND released_at IS NULL AND during && $2
"""


async def keep_busy(resource_id: UUID) -> None:
    """Let the claims of busy time be what they should be now, of the parts too. The resource must be locked."""
    for row in await db.fetch(CONCERNED, resource_id):
        await _keep_one(row["id"])


async def _keep_one(resource_id: UUID) -> None:
    await db.execute(RELEASE_EXPIRED, resource_id)
    rows = await db.fetch(DIFFERENCE, resource_id)
    if gone := [row["id"] for row in rows if row["id"] is not None]:
        await db.execute(RELEASE, resource_id, gone)
    if new := [row for row in rows if row["id"] is None]:
        ids, units = [new_id() for _ in new], [row["unit"] for row in new]
        await db.execute(TAKE, resource_id, ids, units, [row["during"] for row in new])


async def yield_busy(resource_id: UUID, span: Span) -> None:
    """Let busy time give way to what the owner does; whoever calls this calls keep_busy afterwards."""
    await db.execute(YIELD, resource_id, Range(*span))
