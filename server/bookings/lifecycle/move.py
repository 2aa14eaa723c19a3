"""Move (reschedule) or edit a booking: another time, other units, other words, other guests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from server.access.acting import acting
from server.bookings.capacity import alternatives, lock, revise
from server.bookings.capacity.notify import Guest, invited, tell
from server.bookings.capacity.occupancy import around, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.unit_names import names_of
from server.bookings.costs.count import recounted
from server.bookings.holds import holds
from server.bookings.rights import refuse_unless_can_change, runs
from server.bookings.rules import rules
from server.bookings.rules.audience import without_terms
from server.bookings.schemas import Booking, Change, changed_details
from server.claims import door
from server.claims.busy import keep_busy
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import SlotTaken
from server.core.instants import span
from server.core.spans import Span
from server.outbox.notices import Kind


@rerunning
async def move(id: UUID, change: Change, by: Actor, expected: int | None) -> Booking:
    """Change a booking. A guest's move of what needs approval must be approved again; the new time is taken at once.
    Who only gives time back needs neither, nor must it lie where one may book today.

    Raises NotFound, Forbidden, Stale, WrongState, RuleRefused, OutsideOpeningHours, and SlotTaken with alternatives, in
    which case the booking stays where it was.
    """
    wanted: tuple[ResourceSnapshot, Span, int, list[int], Booking] | None = None
    try:
        async with acting(by):
            resource, before = await revise.lock(id, by, expected)
            refuse_unless_can_change(by, before)
            revise.refuse_unless_live(before, resource.now)
            time = span(change.starts_at or before.starts_at, change.ends_at or before.ends_at)
            units = change.units or before.units
            asked = await _asked(resource, before, change, units)
            wanted = resource, time, units, asked, before
            after = await _rewrite(before, resource, change, time, units, asked, by)
    except SlotTaken:
        if wanted is None:
            raise
        resource, time, units, asked, before = wanted
        raise await alternatives.taken(resource, time, units, guest=before, apart_from=id, asked=asked) from None
    ring()
    return after


async def _asked(resource: ResourceSnapshot, before: Booking, change: Change, units: int) -> list[int]:
    """The units by number: others than before, or still those that were asked for."""
    if change.unit_numbers is not None or units != before.units:
        return change.unit_numbers or []
    return await lock.pinned(resource, before.id)


async def _rewrite(
    before: Booking, resource: ResourceSnapshot, change: Change, time: Span, units: int, asked: list[int], by: Actor
) -> Booking:
    details = changed_details(before, change)
    moved = time != Span(before.starts_at, before.ends_at) or units != before.units
    moved = moved or change.unit_numbers not in (None, before.unit_numbers)
    if not moved and all(getattr(before, name) == one for name, one in details.items()):
        return before
    costs: dict[str, Any] = {}
    numbers, names, status, due_at = before.unit_numbers, before.unit_names, before.status, before.due_at
    if moved:
        await holds.end_proposals(resource, before.id)  # who moves takes none; it must not stand in the way
        seen = await lock.look_around(resource, around(time, lock.MARGIN), guest=before, apart_from=before.id)
        if before.confirmed_at is not None and not runs(by, before):
            rules.refuse_late(seen.rules(resource, before.starts_at), before.starts_at, resource.now, "move")
        asking = without_terms(rule_context(resource, seen, time, units, len(details["attendees"])))
        gives_back = _gives_back(before, time, units, resource.now)
        if gives_back:
            rules.refuse_unless_shorter(asking)
        else:
            rules.refuse_unless_allowed(asking)
        await door.release(resource.id, before.id)
        numbers = await lock.choose_and_take(resource, seen, time, units, "booking", booking_id=before.id, asked=asked)
        await keep_busy(resource.id)
        names = await names_of(resource, numbers)
        costs = recounted(resource, seen, before, time, units)
        if rules.needs_approval(asking) and not runs(by, before) and not gives_back:
            status, due_at = "requested", resource.due_at(time.starts_at)
    zone = before.starts_at.tzinfo
    after = await revise.write(
        before, "moved" if moved else "edited", by, important=moved, status=status, units=units, unit_numbers=numbers,
        unit_names=names, starts_at=time.starts_at.astimezone(zone), ends_at=time.ends_at.astimezone(zone),
        due_at=due_at, **costs, **details,
    )  # fmt: skip
    await _tell(before, after, resource, by, moved=moved)
    return after


def _gives_back(before: Booking, time: Span, units: int, now: datetime) -> bool:
    """Whether a change only frees time that lies ahead."""
    inside = Span(before.starts_at, before.ends_at).holds(time) and units <= before.units
    return inside and time.ends_at > now and (time.starts_at == before.starts_at or before.starts_at > now)


async def _tell(before: Booking, after: Booking, resource: ResourceSnapshot, by: Actor, *, moved: bool) -> None:
    old, new = invited(before), invited(after)
    was = Span(before.starts_at, before.ends_at) if moved else None
    change: Kind = "changed"
    if moved:
        change = "requested" if after.confirmed_at is None else "moved" if after.status == "confirmed" else "unsettled"
    told: dict[str, tuple[Guest, Kind]] = {
        email: (guest, change if email in old else "confirmed") for email, guest in new.items()
    }
    told |= {email: (guest, "cancelled") for email, guest in old.items() if email not in new}
    owner: Kind | None = None
    if moved:
        owner = "owner_moved" if after.status == "confirmed" else "owner_requested"
    await tell(after, resource, by, guests=told, owner=owner, before=was)
