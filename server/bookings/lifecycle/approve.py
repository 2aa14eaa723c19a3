"""Approve a request. Its time was taken when it was made; now it is promised."""

from uuid import UUID

from server.access.acting import acting
from server.bookings.capacity import revise
from server.bookings.capacity.notify import Guest, guests, tell
from server.bookings.holds import holds
from server.bookings.rights import refuse_unless_runs
from server.bookings.schemas import Booking
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.outbox.notices import Kind


@rerunning
async def approve(id: UUID, by: Actor, expected: int | None = None) -> Booking:
    """Confirm a request. A second time changes nothing.

    Raises NotFound, Forbidden, Stale, and WrongState for what is no request any more.
    """
    async with acting(by):
        resource, booking = await revise.lock(id, by, expected)
        refuse_unless_runs(by, booking)
        if booking.status == "confirmed":
            return booking
        revise.refuse_unless_live(booking, resource.now)
        kind: Kind = "confirmed" if booking.confirmed_at is None else "moved"
        await holds.end_proposals(resource, id)
        booking = await revise.write(booking, "approved", by, important=True, status="confirmed", due_at=None)
        told: dict[str, tuple[Guest, Kind]] = {email: (guest, kind) for email, guest in guests(booking).items()}
        await tell(booking, resource, by, guests=told, owner="owner_confirmed")
    ring()
    return booking
