"""What became of a time that was held: booked, or over. Whoever goes back to its form is led on by this."""

from datetime import datetime
from uuid import UUID

import msgspec

from server.core import db
from server.core.actor import Actor

ENDED = """
SELECT h.resource_id, h.starts_at, h.ends_at, h.units,
       (SELECT b.id FROM booking b
        WHERE b.resource_id = h.resource_id AND b.member_id = h.member_id AND b.id > h.id
          AND b.starts_at = h.starts_at AND b.ends_at = h.ends_at
        ORDER BY b.id LIMIT 1) AS booking_id
FROM hold h
WHERE h.member_id = $1 AND h.id = $2 AND h.kind = 'form' AND (h.ended_at IS NOT NULL OR h.expires_at <= now())
"""


class HeldBefore(msgspec.Struct, frozen=True):
    """A time that is no longer held, and the booking that was made of it."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    units: int
    booking_id: UUID | None


async def held_before(id: UUID, by: Actor) -> HeldBefore | None:
    """Read a time that the actor held for a form; none for one that stands, or that is another's."""
    row = await db.fetchrow(ENDED, by.member_id, id)
    return HeldBefore(**row) if row else None
