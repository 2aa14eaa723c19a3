"""Give back what is left of a booking that has begun. `ends_at` is always the end of the time that is taken.

What remains ends on the grid: until then nobody else could begin, and calendars show times that people know.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from server.bookings.capacity import lock
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rules.blocks import next_on_grid
from server.bookings.schemas import Booking
from server.claims import door
from server.claims.door import NewClaim
from server.core.spans import Span

SHORTEST = timedelta(minutes=1)  # who leaves before the start has had the first step


async def shorten(resource: ResourceSnapshot, booking: Booking, *, at_once: bool = False) -> datetime:
    """Free the time after the next moment of the grid and return the new end. The resource must be locked.

    `at_once`: after this moment, which has to lie after the start.
    """
    zone = ZoneInfo(resource.time_zone)
    begun = max(resource.now, booking.starts_at + SHORTEST)
    end = resource.now if at_once else next_on_grid(begun, zone, resource.rules.step_minutes)
    end = end.astimezone(zone)
    if end >= booking.ends_at:
        return booking.ends_at
    pinned = bool(await lock.pinned(resource, booking.id))
    await door.release(resource.id, booking.id)
    taken = Span(booking.starts_at, end)
    await door.take(
        resource.id,
        [
            NewClaim(unit=unit, span=taken, reason="booking", booking_id=booking.id, pinned=pinned)
            for unit in booking.unit_numbers
        ],
    )
    return end
