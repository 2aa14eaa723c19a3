"""Check out: the time that is left is given back, and the time really used is kept."""

from uuid import UUID

from server.access.acting import acting
from server.bookings.attendance.leave import give_back, leave
from server.bookings.capacity import revise
from server.bookings.rights import is_colleague, runs
from server.bookings.schemas import Booking
from server.bookings.waitlist import offers
from server.core import errors
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import NotFound


@rerunning
async def check_out(id: UUID, by: Actor) -> Booking:
    """Finish a booking that is in use. A second time changes nothing. Raises NotFound and WrongState.

    Finished early it ends earlier in every calendar too: another booking may follow at once. Who goes before it has
    begun has used nothing of it: it is cancelled.
    """
    async with acting(by):
        resource, before = await revise.lock_any(id)
        if not is_colleague(by, before) and not runs(by, before):
            raise NotFound("there is no such booking")
        if before.checked_out_at is not None or (before.status == "cancelled" and before.checked_in_at is not None):
            return before
        if before.status != "in_use":
            raise errors.WrongState("check in first", status_now=before.status)
        if resource.now > before.starts_at:
            booking = await leave(resource, before, by)
        else:
            booking = await give_back(resource, before, by)
        if booking.ends_at < before.ends_at or booking.status == "cancelled":
            await offers.offer(resource)
    ring()
    return booking
