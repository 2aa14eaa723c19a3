"""Cancel a booking: give its time back and take it out of every calendar."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from server.access.acting import acting
from server.bookings.attendance.strikes import strike
from server.bookings.capacity import alternatives, lock, revise
from server.bookings.capacity.notify import Guest, invited, tell
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rights import refuse_unless_can_change, runs
from server.bookings.rules.rules import is_late, refuse_late
from server.bookings.schemas import Booking
from server.bookings.waitlist import offers
from server.claims import door
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.spans import Span
from server.outbox.notices import Kind


@rerunning
async def cancel(id: UUID, by: Actor, reason: str = "", expected: int | None = None) -> Booking:
    """Cancel for the guest or the owner. A second time changes nothing.

    Raises NotFound, Forbidden, Stale, WrongState for a booking that is over, and RuleRefused for a guest after the
    deadline, unless late cancellations are let through as strikes.
    """
    async with acting(by):
        booking, freed = await give_up(id, by, reason, expected)
        if freed is not None:
            await offers.offer(freed)
    ring()
    return booking


async def give_up(
    id: UUID, by: Actor, reason: str = "", expected: int | None = None, shut: Sequence[Span] = ()
) -> tuple[Booking, ResourceSnapshot | None]:
    """Cancel, and leave it to the caller to offer the time: the resource is returned with it, if it was freed now.

    When it is about to be `shut`, the guest is told other times. Raises what cancel() raises.
    """
    async with acting(by):
        resource, booking = await revise.lock(id, by, expected)
        refuse_unless_can_change(by, booking)
        if booking.status == "cancelled":
            return booking, None
        revise.refuse_unless_live(booking, resource.now)
        late = False
        if booking.confirmed_at is not None and not runs(by, booking):
            standing = await lock.stands(resource, booking, Span(booking.starts_at, booking.ends_at))
            rules = resource.rules_at(booking.starts_at, standing.circle)
            if rules.suspend_at_strikes is None:
                refuse_late(rules, booking.starts_at, resource.now, "cancel")
            else:
                late = is_late(rules, booking.starts_at, resource.now)
        booking = await revise.write(
            booking, "cancelled", by, important=True, status="cancelled", reason=reason, unit_numbers=[]
        )
        await door.release(resource.id, id)
        promised = booking.confirmed_at is not None
        kind: Kind = "cancelled" if promised else "withdrawn"
        told: dict[str, tuple[Guest, Kind]] = {email: (guest, kind) for email, guest in invited(booking).items()}
        owner: Kind = "owner_cancelled" if promised else "owner_withdrawn"
        instead = await _instead(resource, booking, shut) if shut else []
        await tell(booking, resource, by, guests=told, owner=owner, instead=instead)
        if late:
            await strike("late_cancellation", booking, resource)
    return booking, resource


async def _instead(resource: ResourceSnapshot, booking: Booking, shut: Sequence[Span]) -> list[Span]:
    """The nearest times of the same length that are free beside what is about to be shut."""
    time = Span(booking.starts_at.astimezone(UTC), booking.ends_at.astimezone(UTC))
    found = await alternatives.alternatives(resource, time, booking.units, guest=booking, shut=shut)
    return [Span(*one) for one in found]
