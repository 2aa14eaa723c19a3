"""The one door: nothing but these functions takes time or gives it back. The resource must be locked.

What foreign calendars say is busy takes what is left (busy.py), whenever one of these has given something back.

A claim that meets a live one is not inserted, for the table excludes it; fewer back than wanted means SlotTaken.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Range

from server.claims.busy import keep_busy
from server.core import db
from server.core.errors import SlotTaken
from server.core.ids import new_id
from server.core.spans import Span

TAKE = """
INSERT INTO claim (resource_id, id, unit, during, reason, booking_id, closure_id, hold_id, expires_at, pinned)
SELECT $1, wanted.* FROM unnest($2::uuid[], $3::int[], $4::tstzrange[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[],
                                $9::timestamptz[], $10::boolean[]) AS wanted
ON CONFLICT DO NOTHING RETURNING id, EXISTS (SELECT FROM part WHERE whole_id = resource_id) AS has_parts
"""

# What taking a whole takes of its parts: all units, unless they are taken through it already. Read apart from the
# statement that writes: docs/decisions/0145.
OF_PARTS = """
WITH known AS (
    SELECT resource_id, unit, whole_claim_id FROM claim
    WHERE whole_id = $1 AND whole_claim_id = ANY($2) AND released_at IS NULL
)
SELECT p.part_id, number AS unit, c.during, c.reason, c.expires_at, c.id
FROM claim c JOIN part p ON p.whole_id = c.resource_id JOIN resource r ON r.id = p.part_id
CROSS JOIN generate_series(1, r.units) AS number
LEFT JOIN known ON known.resource_id = p.part_id AND known.unit = number AND known.whole_claim_id = c.id
WHERE c.resource_id = $1 AND c.id = ANY($2) AND known.unit IS NULL
"""
TAKE_PARTS = """
INSERT INTO claim (resource_id, id, unit, during, reason, expires_at, whole_id, whole_claim_id)
SELECT wanted.part_id, wanted.id, unit, during, reason, expires_at, $1, whole_claim_id
FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::tstzrange[], $6::text[], $7::timestamptz[], $8::uuid[])
    AS wanted (part_id, id, unit, during, reason, expires_at, whole_claim_id)
ON CONFLICT DO NOTHING RETURNING id
"""

# What the wholes of a part have taken; their busy time is taken of it by busy.py.
TAKEN_BY_WHOLES = """
SELECT c.resource_id AS whole_id, array_agg(c.id) AS ids
FROM part p JOIN claim c ON c.resource_id = p.whole_id
WHERE p.part_id = $1 AND c.released_at IS NULL AND upper(c.during) > now() AND c.reason <> 'busy'
  AND (c.expires_at IS NULL OR c.expires_at > now())
GROUP BY c.resource_id
"""
RELEASE_UNITS = """
UPDATE claim SET released_at = now()
WHERE resource_id = $1 AND unit > $2 AND whole_id IS NOT NULL AND released_at IS NULL
"""

# The constraint cannot tell the time: it still sees the rows of holds that are over, until they are released.
RELEASE_EXPIRED = """
UPDATE claim SET released_at = now()
WHERE (resource_id = $1 OR resource_id IN (SELECT part_id FROM part WHERE whole_id = $1))
  AND during && $2 AND released_at IS NULL AND expires_at <= now()
"""

# With a booking also what was proposed to it instead.
RELEASE = """
WITH ended AS (
    UPDATE hold SET ended_at = now()
    WHERE resource_id = $1 AND (id = ANY($2) OR booking_id = ANY($2)) AND ended_at IS NULL RETURNING id
), freed AS (
    UPDATE claim SET released_at = now()
    WHERE resource_id = $1 AND released_at IS NULL
      AND (booking_id = ANY($2) OR closure_id = ANY($2) OR hold_id IN (SELECT id FROM ended))
    RETURNING id
)
UPDATE claim SET released_at = now()
WHERE whole_id = $1 AND whole_claim_id IN (SELECT id FROM freed) AND released_at IS NULL
"""

# While others move to make room, all of them give up their units before one takes its new one.
LEAVE = "UPDATE claim SET released_at = now() WHERE resource_id = $1 AND id = ANY($2)"
PIN = "UPDATE claim SET pinned = true WHERE resource_id = $1 AND booking_id = $2 AND released_at IS NULL"


class NewClaim(msgspec.Struct, frozen=True, kw_only=True):
    """Time to be taken on one unit."""

    unit: int
    span: Span
    reason: str
    booking_id: UUID | None = None
    closure_id: UUID | None = None
    hold_id: UUID | None = None
    expires_at: datetime | None = None
    pinned: bool = False


async def take(resource_id: UUID, wanted: Sequence[NewClaim]) -> None:
    """Take time on units, all or nothing. Raises SlotTaken when a live claim is in the way of one of them."""
    if not wanted:  # of a proposal that lies within its booking
        return
    left = {new_id(): one for one in wanted}
    ids = list(left)
    has_parts = await _insert(resource_id, left)
    whole = Range(min(one.span.starts_at for one in wanted), max(one.span.ends_at for one in wanted))
    if left:
        await db.execute(RELEASE_EXPIRED, resource_id, whole)
        if all(one.reason != "closure" for one in wanted):  # for those busy time has given way
            await keep_busy(resource_id)
        has_parts = await _insert(resource_id, left)
    if left:
        raise SlotTaken
    if has_parts and not await _take_parts(resource_id, ids):
        await db.execute(RELEASE_EXPIRED, resource_id, whole)
        if not await _take_parts(resource_id, ids):
            raise SlotTaken


async def take_for_wholes(part_id: UUID, units: int) -> None:
    """Let a part be taken wherever its wholes are, after it became theirs or its number of `units` changed.

    Raises SlotTaken. The part must be locked, and wholes that are new to it.
    """
    await db.execute(RELEASE_UNITS, part_id, units)
    await db.execute(RELEASE_EXPIRED, part_id, Range(None, None))
    for row in await db.fetch(TAKEN_BY_WHOLES, part_id):
        if not await _take_parts(row["whole_id"], row["ids"]):
            raise SlotTaken


async def _take_parts(whole_id: UUID, claims: list[UUID]) -> bool:
    """Let claims on a whole take its parts. Tell whether all could be taken."""
    wanted = await db.fetch(OF_PARTS, whole_id, claims)
    columns = ("unit", "during", "reason", "expires_at", "id")
    taken = await db.fetch(
        TAKE_PARTS, whole_id, [row["part_id"] for row in wanted], [new_id() for _ in wanted],
        *([row[column] for row in wanted] for column in columns),
    )  # fmt: skip
    return len(taken) == len(wanted)


async def _insert(resource_id: UUID, left: dict[UUID, NewClaim]) -> bool:
    """Insert claims, and take those that went in out of `left`. Tell whether parts have to follow."""
    new = list(left.values())
    taken = await db.fetch(
        TAKE, resource_id, list(left), [one.unit for one in new], [Range(*one.span) for one in new],
        [one.reason for one in new], [one.booking_id for one in new], [one.closure_id for one in new],
        [one.hold_id for one in new], [one.expires_at for one in new], [one.pinned for one in new],
    )  # fmt: skip
    for row in taken:
        del left[row["id"]]
    return any(row["has_parts"] for row in taken)


async def release(resource_id: UUID, *ids: UUID) -> None:
    """Give back the time of bookings, closures or holds."""
    await db.execute(RELEASE, resource_id, ids)


async def leave(resource_id: UUID, claims: Sequence[UUID]) -> None:
    """Give up units for others, which are taken next: at no moment do two claims meet."""
    await db.execute(LEAVE, resource_id, claims)


async def pin(resource_id: UUID, booking_id: UUID) -> None:
    """Let a booking keep its units, whoever else needs room."""
    await db.execute(PIN, resource_id, booking_id)
