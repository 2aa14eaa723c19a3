"""Which occurrences of a series can be had: each is judged by the rules that a single booking keeps to.

What is taken is read once for the whole time; the occurrences chosen so far stand in the way of the later ones.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from server.bookings.capacity import alternatives, lock
from server.bookings.capacity.occupancy import Occupancy, around
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import TakenSpan, best_fit, chosen, refuse_unless_numbers
from server.bookings.costs.count import Priced, cost_of
from server.bookings.rules import rules
from server.bookings.rules.context import Booker, Counted, RuleContext
from server.bookings.rules.lengths import again
from server.bookings.rules.rules import needs_approval
from server.bookings.series.schemas import Skipped
from server.core.errors import DomainError, SlotTaken
from server.core.problem_details import body
from server.core.recurrence import instant
from server.core.spans import Span

EXPLAINED = 20  # skipped times for which alternatives are looked for under the lock


class Slot(msgspec.Struct):
    """An occurrence: its start on the wall clock, when that is, and the units it gets, or why it cannot be."""

    wall: datetime
    span: Span | None = None
    units: list[int] = []  # empty also when it is free only once others have moved
    refusal: DomainError | None = None
    approval: bool = False  # whether the owner has to approve it
    count: int | None = None  # of units, if another than that of the series
    asked: list[int] = []  # units by number: these and no others
    kept: UUID | None = None  # the price rule that a booking was made by which moves here
    priced: Priced = Priced()

    told: str = ""  # its start on the clock of the resource, without offset where the clocks skip it


class OccurrenceRefused(Exception):
    """An occurrence cannot be had, so nothing is done."""

    def __init__(self, slot: Slot, resource: ResourceSnapshot, units: int, guest: Booker) -> None:
        self.slot, self.resource, self.units, self.guest = slot, resource, units, guest

    async def problem(self) -> DomainError:
        """What refused it, with its start; where the time is taken also what would work."""
        refusal = self.slot.refusal or SlotTaken()
        if isinstance(refusal, SlotTaken) and self.slot.span is not None:
            refusal = await alternatives.taken(
                self.resource, self.slot.span, self.units, guest=self.guest, asked=self.slot.asked
            )
        refusal.members["occurrence"] = self.slot.told
        return refusal


def slots(walls: Iterable[datetime], first: Span, resource: ResourceSnapshot) -> list[Slot]:
    """Put occurrences like the first on the wall clock (lengths.again); those that the clocks skip are refused."""
    found, zone = [], resource.zone
    for wall in walls:
        try:
            local = instant(wall, zone)
            start = local.astimezone(UTC)  # the difference of times of one zone is that of their wall clocks
            end = again(first, wall, start, zone, resource.rules)
            found.append(Slot(wall, Span(start, end), told=local.isoformat()))
        except DomainError as refusal:
            found.append(Slot(wall, refusal=refusal, told=wall.isoformat()))
    return found


async def look(resource: ResourceSnapshot, planned: Sequence[Slot], guest: Booker) -> Occupancy:
    """Read what is taken around all occurrences at once, and how the guest stands with the owner."""
    spans = [slot.span for slot in planned if slot.span] or [Span(resource.now, resource.now + lock.MARGIN)]
    whole = Span(min(span.starts_at for span in spans), max(span.ends_at for span in spans))
    return await lock.look_around(resource, around(whole, lock.MARGIN), guest=guest)


def decide(
    resource: ResourceSnapshot,
    seen: Occupancy,
    planned: Sequence[Slot],
    units: int,
    guest: UUID,
    ask: Callable[[Occupancy, Span], RuleContext],
) -> None:
    """Choose units for every occurrence that the rules allow, in order, and note what it costs; or why it is refused.

    `guest` is the organization that books. `ask` makes the question for the rules. Those chosen take time and count
    against quotas like bookings.
    """
    taken = sorted(seen.taken, key=lambda one: one.span)
    for slot in planned:
        if slot.span is None or slot.refusal is not None:
            continue
        near = around(slot.span, lock.MARGIN)
        here = replace(
            seen, window=near, taken=[one for one in taken if one.span.meets(around(near, resource.seen_around))]
        )
        asked = ask(here, slot.span)
        try:
            rules.refuse_unless_allowed(asked)
            refuse_unless_numbers(resource.units, slot.asked)
        except DomainError as refusal:
            slot.refusal = refusal
            continue
        count = slot.count or units
        busy = here.busy(resource)
        if slot.asked:
            slot.units = chosen(resource.units, busy, slot.span, slot.asked) or []
        else:
            slot.units = best_fit(resource.units, busy, slot.span, count) or []
        slot.approval = needs_approval(asked)
        slot.priced = cost_of(resource, here, slot.span, count, guest, kept=slot.kept)
        if not slot.units and (slot.asked or not here.has_room(resource, slot.span, count)):
            slot.refusal = SlotTaken()
            continue
        taken += [TakenSpan(unit, slot.span, True) for unit in slot.units]
        one = Counted(*slot.span, count, here=True, mine=True)
        standing = replace(seen.guest, booked=(*seen.guest.booked, one), spent=(*seen.guest.spent, one))
        seen = replace(seen, guest=standing)


async def explain(
    resource: ResourceSnapshot, refused: Iterable[Slot], units: int, guest: Booker, *, offers: int = EXPLAINED
) -> list[Skipped]:
    """Say why occurrences are refused, as booking each would; of taken ones `offers` get alternatives."""
    told = []
    for slot in refused:
        refusal = slot.refusal or SlotTaken()
        if isinstance(refusal, SlotTaken) and slot.span and offers:
            refusal = await alternatives.taken(resource, slot.span, units, guest=guest, asked=slot.asked)
            offers -= 1
        told.append(Skipped(slot.told, msgspec.to_builtins(body(refusal))))
    return told
