"""Cancel a series, or the rest of it: give the time back and take it out of every calendar. One transaction."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from server.access.acting import acting
from server.bookings.attendance.strikes import strike
from server.bookings.capacity import booking_rows, lock
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rights import refuse_unless_can_change, runs
from server.bookings.rules.rules import is_late, refuse_late
from server.bookings.schemas import Booking
from server.bookings.series import series, write
from server.bookings.series.schemas import Made
from server.bookings.series.tell import tell_requests, tell_series
from server.bookings.waitlist import offers
from server.claims import door
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import RuleRefused
from server.core.spans import Span


@rerunning
async def cancel_series(id: UUID, by: Actor, since: datetime | None = None, reason: str = "") -> Made:
    """Cancel what lies ahead, from the occurrence at `since` on if given. A second time changes nothing.

    Raises NotFound, Forbidden, and RuleRefused for a guest when one of them is past the deadline, unless late
    cancellations are let through as strikes.
    """
    async with acting(by):
        resource, kept, before = await series.lock(id, by)
        refuse_unless_can_change(by, before[0])
        going = series.ahead(before, since, resource.now)
        if not going:
            return Made(id, before, [])
        late = await late_ones(going, resource, by, "cancel")
        kept = replace(kept, sequence=kept.next_sequence(before))
        gone = [
            replace(one, status="cancelled", reason=reason, sequence=kept.sequence, unit_numbers=[], unit_names=[])
            for one in going
        ]
        gone = await booking_rows.revise(gone)
        await write.record_all("cancelled", list(zip(going, gone, strict=True)), by, reason)
        await door.release(resource.id, *(one.id for one in going))
        after = await write.raise_sequence(resource, kept, before, gone)
        await series.update(kept)
        if was_promised := [one for one in going if one.confirmed_at is not None]:
            await tell_series(
                kept, before, after, resource, by, change="shortened", owner="owner_cancelled", touched=was_promised
            )  # fmt: skip
        if never := [one for one in gone if one.confirmed_at is None]:
            await tell_requests(kept, after, never, resource, by, booker="withdrawn", owner="owner_withdrawn")
        for one in late:
            await strike("late_cancellation", one, resource)
        await offers.offer(resource)
    ring()
    return Made(id, after, [])


async def late_ones(bookings: list[Booking], resource: ResourceSnapshot, by: Actor, doing: str) -> list[Booking]:
    """Those that a guest may give up after the deadline at the price of a strike; none for the owner.

    Raises RuleRefused, naming the occurrence, where the deadline holds, as it does for every move.
    """
    late: list[Booking] = []
    if runs(by, bookings[0]):
        return late
    standing = await lock.stands(resource, bookings[0], Span(bookings[0].starts_at, bookings[-1].ends_at))
    for one in bookings:
        rules = resource.rules_at(one.starts_at, standing.circle)
        if one.confirmed_at is None or not is_late(rules, one.starts_at, resource.now):
            continue
        if doing == "cancel" and rules.suspend_at_strikes is not None:
            late.append(one)
            continue
        try:
            refuse_late(rules, one.starts_at, resource.now, doing)
        except RuleRefused as refusal:
            refusal.members["occurrence"] = one.starts_at.isoformat()
            raise
    return late
