"""Book an occurrence of a series after all: one that was skipped, left out or cancelled."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from server.access.acting import acting
from server.bookings.capacity.occupancy import Occupancy, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.revise import LIVE
from server.bookings.rights import refuse_unless_can_change, runs
from server.bookings.rules.audience import without_terms
from server.bookings.rules.context import RuleContext
from server.bookings.schemas import Booking
from server.bookings.series import plan, series, write
from server.bookings.series.plan import OccurrenceRefused, Slot
from server.bookings.series.schemas import Made
from server.bookings.series.series import Series
from server.bookings.series.tell import GIVEN_UP, tell_requests, tell_series
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Invalid
from server.core.ids import new_id
from server.core.spans import Span


@rerunning
async def add(id: UUID, starts_at: datetime, by: Actor) -> Made:
    """Book the occurrence that starts then, like the others, for whoever booked them.

    Raises NotFound, Forbidden, Invalid for what is no start of the series or is booked, and what refuses it.
    """
    try:
        async with acting(by):
            made = await _add(id, starts_at, by)
    except OccurrenceRefused as refusal:
        raise await refusal.problem() from None
    ring()
    return made


async def _add(id: UUID, starts_at: datetime, by: Actor) -> Made:
    resource, kept, before = await series.lock(id, by)
    like = next((one for one in reversed(before) if one.status in LIVE), before[-1])
    refuse_unless_can_change(by, like)
    slot = _slot(kept, starts_at, before, resource)
    slot.asked = (await write.pinned(resource, [like])).get(like.id, [])

    def ask(here: Occupancy, span: Span) -> RuleContext:
        return without_terms(rule_context(resource, here, span, kept.units, len(like.attendees)))

    seen = await plan.look(resource, [slot], like)
    plan.decide(resource, seen, [slot], kept.units, like.organization_id, ask)
    if slot.span is None or slot.refusal is not None:
        raise OccurrenceRefused(slot, resource, kept.units, like)
    skipped = [moment for moment in kept.skipped if moment != slot.span.starts_at]
    kept = replace(kept, sequence=kept.next_sequence(before), skipped=skipped)
    booking = _like(like, kept, slot, slot.span, resource, by)
    booked = await write.book(resource, [(booking, slot)], by)
    if not booked:
        raise OccurrenceRefused(slot, resource, kept.units, like)
    after = await write.raise_sequence(resource, kept, before, booked)
    await series.update(kept)
    if booking.confirmed_at is not None:
        await tell_series(
            kept, before, after, resource, by, change="confirmed", owner="owner_confirmed", touched=booked
        )  # fmt: skip
    else:
        await tell_requests(kept, after, booked, resource, by, booker="requested", owner="owner_requested")
    return Made(id, sorted(after, key=lambda one: one.starts_at), [])


def _slot(kept: Series, starts_at: datetime, bookings: list[Booking], resource: ResourceSnapshot) -> Slot:
    wall = starts_at.astimezone(kept.zone).replace(tzinfo=None, fold=0)
    if wall not in kept.walls():
        raise Invalid(f"starts_at: {wall} is no start of this series", field="starts_at")
    [slot] = plan.slots([wall], Span(kept.starts_at, kept.ends_at), resource)
    if any(one.status not in GIVEN_UP and slot.span and one.recurrence_id == slot.span.starts_at for one in bookings):
        raise Invalid(f"starts_at: {wall} is booked", field="starts_at")
    return slot


def _like(like: Booking, kept: Series, slot: Slot, span: Span, resource: ResourceSnapshot, by: Actor) -> Booking:
    """A new booking for the same people and the same purpose as another one of the series."""
    id, now = new_id(), resource.now.replace(microsecond=0)
    confirmed = runs(by, like) or not slot.approval
    start = span.starts_at.astimezone(kept.zone)
    return replace(
        like, id=id, uid=like.uid.replace(str(like.id), str(id)), recurrence_id=start,
        starts_at=start, ends_at=span.ends_at.astimezone(kept.zone), units=kept.units,
        unit_numbers=slot.units, unit_names=[],
        status="confirmed" if confirmed else "requested", sequence=kept.sequence, version=1, reason="", created_at=now,
        revised_at=now, confirmed_at=now if confirmed else None, checked_in_at=None, checked_out_at=None,
        due_at=None if confirmed else resource.due_at(span.starts_at),
        cost=slot.priced.cost, price_rule_id=slot.priced.rule_id,
    )  # fmt: skip
