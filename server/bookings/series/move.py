"""Move (reschedule) a series, edit it, or the rest of it: by as much for each occurrence. One transaction.

When others of the series stay where they are, those that move become a series of their own, as calendar programs do it.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from server.access.acting import acting
from server.bookings.capacity import booking_rows, lock
from server.bookings.capacity.history import Verb
from server.bookings.capacity.occupancy import around
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rights import refuse_unless_can_change, runs
from server.bookings.schemas import Booking, changed_details
from server.bookings.series import plan, series, write
from server.bookings.series.cancel import late_ones
from server.bookings.series.move_plan import Moves, plan_moves, series_of
from server.bookings.series.plan import OccurrenceRefused, Slot
from server.bookings.series.schemas import Made, SeriesChange
from server.bookings.series.series import Series
from server.bookings.series.tell import GIVEN_UP, tell_requests, tell_series
from server.bookings.waitlist import offers
from server.claims import door
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import SlotTaken, WrongState
from server.outbox.notices import Kind


@rerunning
async def move_series(id: UUID, change: SeriesChange, by: Actor) -> Made:
    """Change all that lies ahead, or from one occurrence on; with `skip` what cannot move stays where it is.

    Returns the series of those that changed. Raises NotFound, Forbidden, WrongState when nothing lies ahead,
    RuleRefused for a guest after the deadline, and what refuses the first occurrence, with its `occurrence`.
    """
    try:
        async with acting(by):
            made = await _change(id, change, by)
    except OccurrenceRefused as refusal:
        raise await refusal.problem() from None
    ring()
    return made


async def _change(id: UUID, change: SeriesChange, by: Actor) -> Made:
    resource, kept, before = await series.lock(id, by)
    refuse_unless_can_change(by, before[0])
    going = series.ahead(before, change.from_recurrence_id, resource.now)
    if not going:
        raise WrongState("nothing of it lies ahead")
    edited = [_edited(one, change) for one in going]
    if change.starts_at is None and change.ends_at is None:
        return await _edit(resource, kept, before, edited, by)
    moves = await plan_moves(resource, kept, going, change)
    if moves.refused and (change.on_conflict == "refuse" or not moves.slots):
        raise OccurrenceRefused(moves.refused[0], resource, kept.units, going[0])
    await late_ones([one for one in going if one.id in moves.slots], resource, by, "move")
    return await _move(resource, kept, before, edited, moves, by)


def _edited(one: Booking, change: SeriesChange) -> Booking:
    return replace(one, **changed_details(one, change))


async def _edit(
    resource: ResourceSnapshot, kept: Series, before: Sequence[Booking], edited: Sequence[Booking], by: Actor
) -> Made:
    kept = replace(kept, sequence=kept.next_sequence(before))
    changed = await booking_rows.revise([replace(one, sequence=kept.sequence) for one in edited])
    after = await _written(resource, kept, before, changed, "edited", by)
    if changed:
        await tell_series(kept, before, after, resource, by, change="changed", owner=None, touched=changed)
    return Made(kept.id, after, [])


async def _move(
    resource: ResourceSnapshot,
    kept: Series,
    before: Sequence[Booking],
    edited: Sequence[Booking],
    moves: Moves,
    by: Actor,
) -> Made:
    old = [one for one in before if one.id in moves.slots]
    own = any(one.id not in moves.slots and one.status not in GIVEN_UP for one in before)
    sequence = kept.next_sequence(before)
    fresh = series_of(kept, moves, sequence, own=own)
    moved = [_moved(one, moves.slots[one.id], fresh, resource, by) for one in edited if one.id in moves.slots]
    await door.release(resource.id, *(one.id for one in old))
    await _take(resource, moved, moves, before[0])
    moved = await booking_rows.revise(moved)
    await write.name_units(resource, moved)
    if own:
        await series.insert(fresh, moved[0])
        await _tell_shortened(resource, replace(kept, sequence=sequence), before, moved, old, by)
        await _tell_moved(fresh, [], moved, moved, resource, by)
    else:
        after = await _written(resource, fresh, before, moved, "moved", by)
        await _tell_moved(fresh, before, after, moved, resource, by)
    await offers.offer(resource)
    return Made(fresh.id, moved, await plan.explain(resource, moves.refused, kept.units, before[0]))


def _moved(one: Booking, slot: Slot, fresh: Series, resource: ResourceSnapshot, by: Actor) -> Booking:
    if slot.span is None:
        raise SlotTaken
    status, due_at = one.status, one.due_at
    if slot.approval and not runs(by, one):
        status, due_at = "requested", resource.due_at(slot.span.starts_at)
    start, end = slot.span.starts_at.astimezone(fresh.zone), slot.span.ends_at.astimezone(fresh.zone)
    return replace(
        one, series_id=fresh.id, recurrence_id=start, starts_at=start, ends_at=end, unit_numbers=slot.units,
        sequence=fresh.sequence, status=status, due_at=due_at,
        cost=slot.priced.cost, price_rule_id=slot.priced.rule_id,
    )  # fmt: skip


async def _take(resource: ResourceSnapshot, moved: Sequence[Booking], moves: Moves, guest: Booking) -> None:
    """Take the new times; where units are free only once others have moved, these move."""
    pinned = {id for id, slot in moves.slots.items() if slot.asked}
    await write.take(resource, [one for one in moved if one.unit_numbers], pinned)
    for one in moved:
        slot = moves.slots[one.id]
        if not one.unit_numbers and slot.span is not None:
            seen = await lock.look_around(resource, around(slot.span, lock.MARGIN), guest=None)
            try:
                one.unit_numbers = await lock.choose_and_take(
                    resource, seen, slot.span, one.units, "booking", booking_id=one.id
                )
            except SlotTaken:
                raise OccurrenceRefused(slot, resource, one.units, guest) from None


async def _written(
    resource: ResourceSnapshot,
    kept: Series,
    before: Sequence[Booking],
    changed: Sequence[Booking],
    verb: Verb,
    by: Actor,
) -> list[Booking]:
    """Write series, history and the sequence of what stays; return all bookings as they are now."""
    was = {one.id: one for one in before}
    await write.record_all(verb, [(was[one.id], one) for one in changed], by)
    await series.update(kept)
    return await write.raise_sequence(resource, kept, before, changed)


async def _tell_shortened(
    resource: ResourceSnapshot, kept: Series, before: Sequence[Booking], moved: Sequence[Booking],
    old: Sequence[Booking], by: Actor,
) -> None:  # fmt: skip
    """Write and tell what is left of a series when the others have become one of their own."""
    after = await _written(resource, kept, before, moved, "moved", by)
    rest = [one for one in after if one.series_id == kept.id]
    if was_promised := [one for one in old if one.confirmed_at is not None]:
        await tell_series(kept, before, rest, resource, by, change="shortened", owner=None, touched=was_promised)
    else:
        await tell_requests(kept, rest, old, resource, by, booker="withdrawn", owner=None)


async def _tell_moved(
    fresh: Series, before: Sequence[Booking], after: Sequence[Booking], moved: Sequence[Booking],
    resource: ResourceSnapshot, by: Actor,
) -> None:  # fmt: skip
    promised = [one for one in moved if one.confirmed_at is not None]
    settled = all(one.status == "confirmed" for one in promised)
    kind: Kind = "moved" if settled else "unsettled"
    if promised:
        await tell_series(
            fresh, before, after, resource, by, change=kind, first=kind, touched=promised,
            owner="owner_moved" if settled else "owner_requested",
        )  # fmt: skip
    if never := [one for one in moved if one.confirmed_at is None]:
        await tell_requests(fresh, after, never, resource, by, booker="requested", owner="owner_requested")
