"""Cancel a booking: give its time back and take it out of every calendar."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from server.access.acting import acting
from server.bookings.attendance.leave import give_back, leave
from server.bookings.attendance.strikes import strike
from server.bookings.capacity import alternatives, lock, revise
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rights import refuse_unless_can_change, runs
from server.bookings.rules.rules import is_late, refuse_late
from server.bookings.schemas import Booking
from server.bookings.waitlist import offers
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.spans import Span


@rerunning
async def cancel(id: UUID, by: Actor, reason: str = "", expected: int | None = None) -> Booking:
    """Cancel for the guest or the owner. A second time changes nothing.

    One that is under way ends now: what was used of it stays. Raises NotFound, Forbidden, Stale, WrongState for a
    booking that is over, and RuleRefused for a guest after the deadline, unless late cancellations are strikes.
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
        here = booking.status == "in_use" and not shut  # who is there is not driven out
        if not here:
            revise.refuse_unless_live(booking, resource.now)
        standing = await lock.stands(resource, booking, Span(booking.starts_at, booking.ends_at))
        rules = resource.rules_at(booking.starts_at, standing.circle)
        begun = booking.status in ("confirmed", "in_use") and booking.starts_at < resource.now
        if begun and (here or not rules.check_in_required):
            return await leave(resource, booking, by, reason, at_once=bool(shut)), resource
        late = False
        if booking.confirmed_at is not None and not runs(by, booking):
            if rules.suspend_at_strikes is None:
                refuse_late(rules, booking.starts_at, resource.now, "cancel")
            else:
                late = is_late(rules, booking.starts_at, resource.now)
        instead = await _instead(resource, booking, shut) if shut else []
        booking = await give_back(resource, booking, by, reason, instead)
        if late:
            await strike("late_cancellation", booking, resource)
    return booking, resource


async def _instead(resource: ResourceSnapshot, booking: Booking, shut: Sequence[Span]) -> list[Span]:
    """The nearest times of the same length that are free beside what is about to be shut."""
    time = Span(booking.starts_at.astimezone(UTC), booking.ends_at.astimezone(UTC))
    found = await alternatives.alternatives(resource, time, booking.units, guest=booking, shut=shut)
    return [Span(*one) for one in found]
