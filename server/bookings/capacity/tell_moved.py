"""Tell the guests of a booking that it is on other units now, which have names."""

from uuid import UUID

from server.bookings.capacity import booking_rows, views
from server.bookings.capacity.notify import Guest, invited, tell
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.core import db
from server.outbox.notices import Kind

READ = f"{views.SELECT} WHERE b.resource_id = $1 AND b.id = $2"


async def tell_moved(resource: ResourceSnapshot, booking_id: UUID) -> None:
    """Write the next revision of a booking whose claims have moved, and owe its guests a notice."""
    row = await db.fetchrow(READ, resource.id, booking_id)
    if row is None:
        return
    booking = await booking_rows.touch(views.booking_of(row))
    told: dict[str, tuple[Guest, Kind]] = {email: (guest, "changed") for email, guest in invited(booking).items()}
    await tell(booking, resource, None, guests=told, owner=None)
