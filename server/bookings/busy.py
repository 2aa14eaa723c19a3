"""Let busy time of foreign calendars take what nothing else has. A part of the door (door.py).

Bookings, holds and closures go first. So the claims of busy time are what the calendars say, less what has been taken
otherwise, unit by unit; whenever time becomes free, busy time takes its part of it before anybody else may.
"""

from uuid import UUID

from asyncpg import Range

from server import db
from server.spans import Span

# A hold that is over takes nothing, but its rows would still be in the way.
RELEASE_EXPIRED = """
UPDATE claim SET released_at = now() WHERE resource_id = $1 AND released_at IS NULL AND expires_at <= now()
"""

_WANTED = """
wanted AS (
    SELECT u.unit, unnest(
        range_agg(b.during) - coalesce((
            SELECT range_agg(c.during) FROM claim c
            WHERE c.resource_id = $1 AND c.unit = u.unit AND c.released_at IS NULL AND c.reason <> 'busy'
        ), '{}')
    ) AS during
    FROM resource r CROSS JOIN LATERAL generate_series(1, r.units) AS u (unit)
    JOIN foreign_busy b ON upper(b.during) > now() AND (
        (b.resource_id = r.id AND coalesce(b.unit, u.unit) = u.unit)
        OR b.resource_id IN (SELECT whole_id FROM part WHERE part_id = r.id)
    )
    WHERE r.id = $1 GROUP BY u.unit
)
"""
RELEASE = f"""
WITH {_WANTED}
UPDATE claim c SET released_at = now()
WHERE c.resource_id = $1 AND c.reason = 'busy' AND c.released_at IS NULL AND upper(c.during) > now()
  AND NOT EXISTS (SELECT FROM wanted w WHERE w.unit = c.unit AND w.during = c.during)
"""  # noqa: S608 - only constants are put in
TAKE = f"""
WITH {_WANTED}
INSERT INTO claim (resource_id, id, unit, during, reason)
SELECT $1, gen_random_uuid(), w.unit, w.during, 'busy' FROM wanted w
WHERE NOT EXISTS (
    SELECT FROM claim c
    WHERE c.resource_id = $1 AND c.reason = 'busy' AND c.released_at IS NULL AND c.unit = w.unit AND c.during = w.during
)
"""  # noqa: S608
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
        await db.execute(RELEASE_EXPIRED, row["id"])
        await db.execute(RELEASE, row["id"])
        await db.execute(TAKE, row["id"])


async def yield_busy(resource_id: UUID, span: Span) -> None:
    """Let busy time give way to what the owner does; whoever calls this calls keep_busy afterwards."""
    await db.execute(YIELD, resource_id, Range(*span))
