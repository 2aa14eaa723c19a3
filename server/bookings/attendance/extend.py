"""Extend a booking that is in use, when nobody comes right after it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from server.access.acting import acting
from server.bookings.capacity import lock, revise, views
from server.bookings.capacity.notify import Guest, guests, tell
from server.bookings.capacity.occupancy import Occupancy, around, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import chosen
from server.bookings.costs.count import recounted
from server.bookings.rights import refuse_unless_can_change, runs
from server.bookings.rules import rules
from server.bookings.rules.audience import without_terms
from server.bookings.rules.blocks import last_on_grid
from server.bookings.schemas import Booking
from server.claims import door
from server.core import errors
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Invalid, RuleRefused, SlotTaken
from server.core.instants import Instant
from server.core.spans import Span
from server.outbox.notices import Kind

# It has begun, so how long ahead bookings are made no longer matters.
RULES = tuple(rule for rule in rules.RULES if rule is not rules.early_enough)


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when the booking shall last."""

    __schema_name__ = "BookingExtension"
    ends_at: Instant


@rerunning
async def extend(id: UUID, ends_at: datetime, by: Actor) -> Booking:
    """Let a booking in use end later, on its own units; it must keep to the rules as if it had been booked so.

    Raises NotFound, Forbidden, WrongState for what is not in use or is over, Invalid for an earlier end, RuleRefused,
    OutsideOpeningHours, and SlotTaken with the `latest` end that can be had.
    """
    async with acting(by):
        resource, before = await revise.lock(id, by)
        refuse_unless_can_change(by, before)
        if before.status != "in_use":
            raise errors.WrongState("only what is in use is extended; move it instead", status_now=before.status)
        if before.ends_at <= resource.now:
            raise errors.WrongState("it is over", status_now=before.status)
        if ends_at == before.ends_at:
            return before
        if ends_at < before.ends_at:
            raise Invalid("ends_at: check out to finish earlier", field="ends_at")
        time = Span(before.starts_at, ends_at)
        seen = await lock.look_around(resource, around(time, lock.MARGIN), guest=before, apart_from=id)
        _refuse_unless_allowed(resource, seen, before, time, by)
        if chosen(resource.units, seen.busy(resource), time, before.unit_numbers) is None:
            raise await _taken(resource, seen, before, time)
        await door.release(resource.id, id)
        await lock.choose_and_take(
            resource, seen, time, before.units, "booking", booking_id=id, asked=before.unit_numbers
        )
        end = ends_at.astimezone(before.starts_at.tzinfo)
        costs = recounted(resource, seen, before, time, before.units)
        after = await revise.write(before, "extended", by, important=True, ends_at=end, **costs)
        told: dict[str, tuple[Guest, Kind]] = {email: (guest, "moved") for email, guest in guests(after).items()}
        was = Span(before.starts_at, before.ends_at)
        await tell(after, resource, by, guests=told, owner="owner_moved", before=was)
    ring()
    return after


def _refuse_unless_allowed(
    resource: ResourceSnapshot, seen: Occupancy, booking: Booking, time: Span, by: Actor
) -> None:
    asked = without_terms(rule_context(resource, seen, time, booking.units, len(booking.attendees)))
    for rule in RULES:
        rule(asked)
    shorter = msgspec.structs.replace(asked, span=Span(booking.starts_at, booking.ends_at))
    if rules.needs_approval(asked) and not rules.needs_approval(shorter) and not runs(by, booking):
        remedy = "so long a booking needs the owner's approval, for which there is no time; ask the owner to extend it"
        raise RuleRefused(remedy, rule="approval", limit="request", actual="extended", remedy=remedy)


async def _taken(resource: ResourceSnapshot, seen: Occupancy, booking: Booking, time: Span) -> SlotTaken:
    """Say what comes next, and until when the booking could last."""
    busy = seen.busy(resource)
    coming = [
        span.starts_at for unit in booking.unit_numbers for span in busy.get(unit, ()) if span.ends_at > booking.ends_at
    ]
    latest = last_on_grid(min(coming), resource.zone, seen.rules(resource, booking.starts_at).step_minutes)
    members: dict[str, Any] = {"clashes": await views.clashes(resource, around(time, resource.farthest), booking.id)}
    if latest > booking.ends_at:
        members["latest"] = latest.astimezone(resource.zone).isoformat()
        return SlotTaken("extend it until `latest`", **members)
    return SlotTaken("somebody comes right after it", **members)
