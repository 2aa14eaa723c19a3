"""Where the occurrences of a series go when it moves: each by as much on the wall clock, all as long as the first.

Their own present time does not stand in their way, except that of those which stay.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from server.bookings.capacity.occupancy import Occupancy, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import TakenSpan
from server.bookings.rules.audience import without_terms
from server.bookings.rules.context import RuleContext
from server.bookings.rules.lengths import again
from server.bookings.schemas import Booking
from server.bookings.series import plan, write
from server.bookings.series.pattern import pattern
from server.bookings.series.plan import Slot
from server.bookings.series.schemas import SeriesChange
from server.bookings.series.series import Series
from server.core.errors import Invalid
from server.core.ids import new_id
from server.core.instants import span
from server.core.recurrence import LONGEST, NoSuchTime, instant, parse
from server.core.spans import Span


class Moves(msgspec.Struct, frozen=True):
    """The new places of those that can move, and of the others those they cannot have."""

    slots: dict[UUID, Slot]
    refused: list[Slot]
    same_days: bool


async def plan_moves(resource: ResourceSnapshot, kept: Series, going: Sequence[Booking], change: SeriesChange) -> Moves:
    """Decide on a new time for each of `going`. Raises Invalid."""
    zone = kept.zone
    first = _place(going[0])
    start = (change.starts_at or first).astimezone(zone)
    if start.fold:
        raise Invalid("starts_at: a series starts in the first of two equal hours", field="starts_at")
    was = Span(kept.starts_at, kept.ends_at)
    ends_at = change.ends_at or again(was, start.replace(tzinfo=None), start.astimezone(UTC), zone, resource.rules)
    like = span(start, ends_at)
    shift = start.replace(tzinfo=None) - _wall(first, kept)
    walls = [_wall(_place(one), kept) + shift for one in going]
    slots = dict(zip((one.id for one in going), plan.slots(walls, like, resource), strict=True))
    pinned = await write.pinned(resource, going)
    for one in going:
        slots[one.id].count, slots[one.id].asked = one.units, pinned.get(one.id, [])
        slots[one.id].kept = one.price_rule_id
    there = [Slot(_wall(one.starts_at, kept), _span(one)) for one in going]
    seen = await plan.look(resource, [*slots.values(), *there], going[0])
    seen = _without(seen, going)
    attendees = max(len(one.attendees if change.attendees is None else change.attendees) for one in going)

    def ask(here: Occupancy, wanted: Span) -> RuleContext:
        return without_terms(rule_context(resource, here, wanted, kept.units, attendees))

    while True:
        staying = [one for one in going if slots[one.id].refusal]
        moving = [slots[one.id] for one in going if not slots[one.id].refusal]
        own = [TakenSpan(unit, _span(one), True) for one in staying for unit in one.unit_numbers]
        plan.decide(
            resource, replace(seen, taken=[*seen.taken, *own]), moving, kept.units, going[0].organization_id, ask
        )
        if change.on_conflict == "refuse" or not any(slot.refusal for slot in moving):
            break
    same_days = all(wall.date() == _wall(_place(one), kept).date() for wall, one in zip(walls, going, strict=True))
    return Moves(
        {id: slot for id, slot in slots.items() if not slot.refusal},
        [slot for slot in slots.values() if slot.refusal],
        same_days,
    )


def series_of(kept: Series, moves: Moves, sequence: int, *, own: bool) -> Series:
    """The series of those that move: the same one at another time, or one of their `own`."""
    slots = sorted(moves.slots.values(), key=lambda slot: slot.wall)
    spans = [slot.span for slot in slots if slot.span]
    base = parse(kept.rule, most=LONGEST.days) if moves.same_days else None
    rule, missing = pattern(base, [slot.wall.date() for slot in slots])
    excluded = []
    for day in missing:
        try:
            excluded.append(instant(datetime.combine(day, slots[0].wall.time()), kept.zone))
        except NoSuchTime:
            continue
    return replace(
        kept, id=new_id() if own else kept.id, rule=str(rule), starts_at=spans[0].starts_at.astimezone(kept.zone),
        ends_at=spans[0].ends_at.astimezone(kept.zone),
        excluded=excluded, skipped=[], sequence=sequence,
    )  # fmt: skip


def _without(seen: Occupancy, going: Sequence[Booking]) -> Occupancy:
    """Leave out the claims of bookings (nothing else can stand on the same unit at that time), and their quotas."""
    own = {(unit, _span(one)) for one in going for unit in one.unit_numbers}
    times = [(*_span(one), one.units) for one in going]
    counted = []
    for one in seen.guest.booked:
        if one.here and (one.starts_at, one.ends_at, one.units) in times:
            times.remove((one.starts_at, one.ends_at, one.units))
        else:
            counted.append(one)
    taken = [one for one in seen.taken if (one.unit, one.span) not in own]
    return replace(seen, taken=taken, guest=replace(seen.guest, booked=tuple(counted)))


def _span(one: Booking) -> Span:
    return Span(one.starts_at.astimezone(UTC), one.ends_at.astimezone(UTC))


def _place(one: Booking) -> datetime:
    return one.recurrence_id or one.starts_at


def _wall(moment: datetime, kept: Series) -> datetime:
    return moment.astimezone(kept.zone).replace(tzinfo=None, fold=0)
