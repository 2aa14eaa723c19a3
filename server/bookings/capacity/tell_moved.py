"""Tell the guests of a booking that it is on other units now, which have names."""

from uuid import UUID

import msgspec

from server.bookings.capacity import views
from server.bookings.capacity.notify import Guest, invited, tell
from server.bookings.capacity.resource_snapshot import Bookable
from server.core import db
from server.outbox.notices import Kind

# Its time stays, so calendars need not count it (SEQUENCE); the ETag and DTSTAMP are new like at every change.
REVISE = """
UPDATE booking SET version = version + 1,
    revised_at = greatest(date_trunc('second', now()), revised_at + interval '1 second')
WHERE resource_id = $1 AND id = $2 RETURNING version, revised_at
"""

READ = f"{views.SELECT} WHERE b.resource_id = $1 AND b.id = $2"


async def tell_moved(resource: Bookable, booking_id: UUID) -> None:
    """Write the next revision of a booking whose claims have moved, and owe its guests a notice."""
    row = await db.fetchrow(READ, resource.id, booking_id)
    revised = await db.fetchrow(REVISE, resource.id, booking_id)
    if row is None or revised is None:
        return
    booking = msgspec.structs.replace(views.booking_of(row), **dict(revised))
    told: dict[str, tuple[Guest, Kind]] = {email: (guest, "changed") for email, guest in invited(booking).items()}
    await tell(booking, resource, None, guests=told, owner=None)
