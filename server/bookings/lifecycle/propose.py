"""Propose another time for a booking, as the owner. It is kept until the guest answers."""

from datetime import timedelta
from uuid import UUID

import msgspec

from server.access.acting import acting
from server.bookings.capacity import alternatives, lock, revise
from server.bookings.capacity.notify import Guest, tell
from server.bookings.capacity.occupancy import around, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import free_units
from server.bookings.holds import holds
from server.bookings.holds.holds import Hold
from server.bookings.rights import refuse_unless_runs
from server.bookings.rules import rules
from server.bookings.rules.audience import without_terms
from server.bookings.schemas import Booking
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import SlotTaken
from server.core.instants import Instant, span
from server.core.spans import Span
from server.core.text import Line

STANDS = timedelta(days=2)  # for the guest to answer
DECIDING = timedelta(days=1)  # for the owner, after a proposal that came to nothing


class Proposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another time for a booking, and words for the guest."""

    __schema_name__ = "TimeProposal"
    starts_at: Instant
    ends_at: Instant
    message: Line = ""


@rerunning
async def propose(id: UUID, wanted: Proposal, by: Actor) -> Hold:
    """Keep another time for a booking and ask the guest. A new proposal takes the place of an earlier one.

    Raises NotFound, Forbidden, WrongState, RuleRefused, OutsideOpeningHours, and SlotTaken with alternatives.
    """
    time = span(wanted.starts_at, wanted.ends_at)
    asked: tuple[ResourceSnapshot, Booking] | None = None
    try:
        async with acting(by):
            resource, booking = await revise.lock(id, by)
            refuse_unless_runs(by, booking)
            revise.refuse_unless_live(booking, resource.now)
            asked = resource, booking
            await holds.end_proposals(resource, id)
            made = await _keep(resource, booking, time, wanted.message)
            if booking.due_at is not None:
                late = max(booking.due_at, min(made.expires_at + DECIDING, booking.starts_at))
                booking = msgspec.structs.replace(booking, due_at=late)
            booking = await revise.write(booking, "proposed", by, important=False, why=wanted.message)
            proposed = msgspec.structs.replace(
                booking, starts_at=made.starts_at, ends_at=made.ends_at, reason=wanted.message
            )
            guest = Guest(booking.booker_email, booking.booker_name)
            await tell(
                proposed, resource, by, guests={guest.email: (guest, "proposed")}, owner=None,
                before=Span(booking.starts_at, booking.ends_at), valid_until=made.expires_at,
            )  # fmt: skip
    except SlotTaken:
        if asked is None:
            raise
        raise await alternatives.taken(asked[0], time, asked[1].units, guest=asked[1], apart_from=id) from None
    ring()
    return made


async def _keep(resource: ResourceSnapshot, booking: Booking, time: Span, message: str) -> Hold:
    window = around(time, lock.MARGIN)
    seen = await lock.look_around(resource, window, guest=booking, apart_from=booking.id)
    rules.refuse_unless_allowed(
        without_terms(rule_context(resource, seen, time, booking.units, len(booking.attendees)))
    )
    own = Span(booking.starts_at, booking.ends_at)
    beside = own.meets(time) and {*booking.unit_numbers} <= {*free_units(resource.units, seen.busy(resource), time)}
    if own.meets(time) and not beside:  # not on its own units, so all of it is needed on others
        seen = await lock.look_around(resource, window, guest=booking)
    return await holds.keep(
        resource, seen, time, booking.units, kind="proposal", organization_id=booking.organization_id,
        member_id=booking.member_id, expires_at=min(resource.now + STANDS, time.starts_at), booking_id=booking.id,
        message=message, asked=await lock.pinned(resource, booking.id),
        beside=(own, booking.unit_numbers) if beside else None,
    )  # fmt: skip
