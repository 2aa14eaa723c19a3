"""Answer the owner's proposal of another time, as the guest: accept it or refuse it."""

from uuid import UUID

from server.access.acting import acting
from server.bookings.capacity import lock, revise
from server.bookings.capacity.notify import Guest, guests, tell
from server.bookings.capacity.occupancy import around
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.unit_names import names_of
from server.bookings.costs.count import recounted
from server.bookings.holds import holds
from server.bookings.holds.holds import Hold
from server.bookings.rights import acts_as_guest
from server.bookings.schemas import Booking
from server.bookings.waitlist import offers
from server.claims import door
from server.claims.busy import keep_busy
from server.core import errors
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Forbidden
from server.core.spans import Span
from server.outbox.notices import Kind


@rerunning
async def accept(id: UUID, by: Actor) -> Booking:
    """Move the booking to the proposed time and confirm it. The rules were asked when the owner proposed it.

    Raises NotFound, Forbidden, and WrongState when nothing is proposed, or no longer, or the booking is over.
    """
    async with acting(by):
        resource, before, proposed = await _proposal(id, by)
        time = Span(proposed.starts_at, proposed.ends_at)
        asked = await lock.pinned(resource, id)
        await door.release(resource.id, id)  # with it what was proposed
        seen = await lock.look_around(resource, around(time, lock.MARGIN), guest=before)
        numbers = await lock.choose_and_take(resource, seen, time, before.units, "booking", booking_id=id, asked=asked)
        await keep_busy(resource.id)
        after = await revise.write(
            before, "accepted", by, important=True, status="confirmed", due_at=None, unit_numbers=numbers,
            unit_names=await names_of(resource, numbers), starts_at=time.starts_at, ends_at=time.ends_at,
            **recounted(resource, seen, before, time, before.units),
        )  # fmt: skip
        kind: Kind = "confirmed" if before.confirmed_at is None else "moved"
        told: dict[str, tuple[Guest, Kind]] = {email: (guest, kind) for email, guest in guests(after).items()}
        await tell(after, resource, by, guests=told, owner="owner_moved", before=Span(before.starts_at, before.ends_at))
    ring()
    return after


@rerunning
async def refuse(id: UUID, by: Actor, reason: str = "") -> Booking:
    """Give the proposed time back; the booking stays as it was. Raises what accept() raises."""
    async with acting(by):
        resource, before, proposed = await _proposal(id, by)
        await door.release(resource.id, proposed.id)
        after = await revise.write(before, "refused", by, important=False, why=reason)
        await tell(after, resource, by, guests={}, owner="owner_refused")
        await offers.offer(resource)
    ring()
    return after


async def _proposal(id: UUID, by: Actor) -> tuple[ResourceSnapshot, Booking, Hold]:
    resource, booking = await revise.lock(id, by)
    if not acts_as_guest(by, booking):
        raise Forbidden("only who booked it, or an admin or manager of their organization, may answer", role=by.role)
    revise.refuse_unless_live(booking, resource.now)
    proposed = await holds.proposal(resource.id, id)
    if proposed is None:
        raise errors.WrongState("no other time is proposed, or no longer", status_now=booking.status)
    return resource, booking, proposed
