"""Decline a request: its time is free again, and whoever asked learns why."""

from uuid import UUID

from server.access.acting import acting
from server.bookings.capacity import revise
from server.bookings.capacity.notify import Guest, invited, tell
from server.bookings.rights import refuse_unless_runs
from server.bookings.schemas import Booking
from server.bookings.waitlist import offers
from server.claims import door
from server.core import errors
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.outbox.notices import Kind


@rerunning
async def decline(id: UUID, by: Actor, reason: str = "", expected: int | None = None) -> Booking:
    """Say no to a request. A second time changes nothing.

    Raises NotFound, Forbidden, Stale, and WrongState for what is no request any more: a confirmed booking is cancelled.
    """
    async with acting(by):
        resource, booking = await revise.lock(id, by, expected)
        refuse_unless_runs(by, booking)
        if booking.status == "declined":
            return booking
        if booking.status == "confirmed":
            raise errors.WrongState("it is confirmed; cancel it instead", status_now=booking.status)
        revise.refuse_unless_live(booking, resource.now)
        booking = await revise.write(
            booking, "declined", by, important=True, status="declined", reason=reason, unit_numbers=[]
        )
        await door.release(resource.id, id)
        kind: Kind = "declined" if booking.confirmed_at is None else "cancelled"  # confirmed once, and then moved
        told: dict[str, tuple[Guest, Kind]] = {email: (guest, kind) for email, guest in invited(booking).items()}
        await tell(booking, resource, by, guests=told, owner=None)
        await offers.offer(resource)
    ring()
    return booking
