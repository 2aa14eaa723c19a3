"""End what nobody used, answered or decided in time. Sweeps; the database clock says what is over."""

from asyncpg import Record

from server.bookings.capacity import lock, revise, views
from server.bookings.capacity.notify import Guest, invited, tell
from server.bookings.holds import holds
from server.bookings.waitlist import offers
from server.claims import door
from server.core import db
from server.core.db import transaction
from server.core.due import each_due
from server.outbox.notices import Kind

HOLDS = """
SELECT resource_id, id FROM hold WHERE ended_at IS NULL AND expires_at <= now() ORDER BY expires_at, id LIMIT $1
"""

# While another time is proposed the guest is asked, not the owner.
_REQUESTS = """
SELECT b.id FROM booking b
WHERE b.status = 'requested' AND b.due_at <= now() AND NOT EXISTS (
    SELECT 1 FROM hold h
    WHERE h.resource_id = b.resource_id AND h.booking_id = b.id AND h.ended_at IS NULL AND h.expires_at > now()
)
"""
REQUESTS = f"{_REQUESTS} ORDER BY b.due_at, b.id LIMIT $1"
UNDECIDED = f"{_REQUESTS} AND b.id = $1"


async def expire_holds() -> int:
    """Release the claims of holds that are over; an offer goes on to the next in line. Who proposed
    another time hears that it was not answered.
    """
    return await each_due(HOLDS, _end_hold)


async def expire_requests() -> int:
    """End requests that were not decided in time."""
    return await each_due(REQUESTS, _end_request)


async def _end_hold(due: Record) -> bool:
    async with transaction():
        resource = await lock.lock_any(due["resource_id"])
        over = await holds.over(resource, due["id"])
        if over is None:
            return False
        if over.kind == "offer":
            await offers.passed(resource, over)
            return True
        await door.release(resource.id, over.id)
        if over.booking_id is not None:
            booking = await views.any_booking(over.booking_id)
            await tell(booking, resource, None, guests={}, owner="owner_unanswered", stamp=resource.now)
        await offers.offer(resource)
    return True


async def _end_request(due: Record) -> bool:
    async with transaction():
        resource, booking = await revise.lock_any(due["id"])
        if not await db.fetchval(UNDECIDED, booking.id):
            return False
        booking = await revise.write(booking, "expired", None, important=True, status="expired", unit_numbers=[])
        await door.release(resource.id, booking.id)
        promised = booking.confirmed_at is not None  # it was confirmed once and then moved
        kind: Kind = "cancelled" if promised else "expired"
        told: dict[str, tuple[Guest, Kind]] = {email: (guest, kind) for email, guest in invited(booking).items()}
        await tell(booking, resource, None, guests=told, owner="owner_expired")
        await offers.offer(resource)
    return True
