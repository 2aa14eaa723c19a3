"""Tell guests that the place of what they booked has changed (LOCATION). A sweep.

That it is owed is written by a trigger with the change itself, whichever door that came by; calendars that are read see
the new revision at once.
"""

from uuid import UUID

from asyncpg import Record

from server.bookings.capacity import lock, views
from server.bookings.capacity.notify import Guest, invited, tell
from server.core import db
from server.core.db import transaction
from server.core.due import each_due
from server.outbox.notices import Kind

AT_ONCE = 500  # bookings of one resource, in one transaction

CHANGED = "SELECT DISTINCT resource_id FROM place_change ORDER BY 1 LIMIT $1"
TAKE = """
DELETE FROM place_change p WHERE (p.resource_id, p.booking_id) IN (
    SELECT resource_id, booking_id FROM place_change WHERE resource_id = $1 ORDER BY booking_id LIMIT $2
) RETURNING p.booking_id
"""
STANDING = f"""
{views.SELECT} WHERE b.resource_id = $1 AND b.id = ANY ($2) AND b.ends_at > now()
    AND b.status IN ('requested', 'confirmed', 'in_use') ORDER BY b.starts_at, b.id
"""


async def tell_place() -> int:
    """Owe each guest of what stands the next revision of their invitation."""
    return await each_due(CHANGED, _tell)


async def _tell(due: Record) -> bool:
    resource_id: UUID = due["resource_id"]
    async with transaction():
        resource = await lock.lock_any(resource_id)
        ids = [row["booking_id"] for row in await db.fetch(TAKE, resource_id, AT_ONCE)]
        for row in await db.fetch(STANDING, resource_id, ids):
            booking = views.booking_of(row)
            told: dict[str, tuple[Guest, Kind]] = {
                email: (guest, "changed") for email, guest in invited(booking).items()
            }
            await tell(booking, resource, None, guests=told, owner=None)
    return bool(ids)
