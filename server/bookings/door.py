"""The one door: nothing but these two functions takes time or gives it back. The resource must be locked.

What foreign calendars say is busy takes what is left (busy.py), whenever one of these has given something back.

A claim that meets a live one is not inserted, for the table excludes it; fewer back than wanted means SlotTaken.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Range

from server import db
from server.bookings.busy import keep_busy
from server.errors import SlotTaken
from server.ids import new_id
from server.spans import Span

TAKE = """
INSERT INTO claim (resource_id, id, unit, during, reason, booking_id, closure_id, hold_id, expires_at, pinned)
SELECT $1, wanted.* FROM unnest($2::uuid[], $3::int[], $4::tstzrange[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[],
                                $9::timestamptz[], $10::boolean[]) AS wanted
ON CONFLICT DO NOTHING RETURNING id
"""

# The constraint cannot tell the time: it still sees the rows of holds that are over, until they are released.
RELEASE_EXPIRED = """
UPDATE claim SET released_at = now()
WHERE resource_id = $1 AND during && $2 AND released_at IS NULL AND expires_at <= now()
"""

# With a booking also what was proposed to it instead.
RELEASE = """
WITH ended AS (
    UPDATE hold SET ended_at = now()
    WHERE resource_id = $1 AND (id = ANY($2) OR booking_id = ANY($2)) AND ended_at IS NULL RETURNING id
)
UPDATE claim SET released_at = now()
WHERE resource_id = $1 AND released_at IS NULL
  AND (booking_id = ANY($2) OR closure_id = ANY($2) OR hold_id IN (SELECT id FROM ended))
"""


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
    left = {new_id(): one for one in wanted}
    await _insert(resource_id, left)
    if left:
        whole = Range(min(one.span.starts_at for one in wanted), max(one.span.ends_at for one in wanted))
        await db.execute(RELEASE_EXPIRED, resource_id, whole)
        if all(one.reason != "closure" for one in wanted):  # for those busy time has given way
            await keep_busy(resource_id)
        await _insert(resource_id, left)
    if left:
        raise SlotTaken


async def _insert(resource_id: UUID, left: dict[UUID, NewClaim]) -> None:
    """Insert claims, and take those that went in out of `left`."""
    new = list(left.values())
    taken = await db.fetch(
        TAKE, resource_id, list(left), [one.unit for one in new], [Range(*one.span) for one in new],
        [one.reason for one in new], [one.booking_id for one in new], [one.closure_id for one in new],
        [one.hold_id for one in new], [one.expires_at for one in new], [one.pinned for one in new],
    )  # fmt: skip
    for row in taken:
        del left[row["id"]]


async def release(resource_id: UUID, *ids: UUID) -> None:
    """Give back the time of bookings, closures or holds."""
    await db.execute(RELEASE, resource_id, ids)
