"""Hand a booking over to a colleague: it stays what and when it is, and stands for another person.

Whoever had it sees it cancelled in their calendar, whoever takes it over is invited, the others see its new text. The
UID stays (docs/decisions/0127).
"""

from typing import Any
from uuid import UUID

import msgspec

from server.access.acting import acting
from server.bookings.capacity import lock, revise
from server.bookings.capacity.notify import Guest, guests, tell
from server.bookings.capacity.occupancy import around, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rights import can_hand_over
from server.bookings.rules import rules
from server.bookings.schemas import Booking
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Forbidden, NotFound
from server.core.spans import Span
from server.outbox.notices import Kind

COLLEAGUE = """
SELECT m.id AS member_id, m.organization_id, a.name, a.email FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.id = $2 AND m.active
"""
# Whom it may be handed over to: all who belong to the organization that booked, but for who has it.
COLLEAGUES = """
SELECT m.id AS member_id, m.organization_id, a.name, a.email FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.id <> $2 AND m.active ORDER BY a.name, a.email LIMIT 500
"""


class Colleague(msgspec.Struct, frozen=True):
    """Who takes a booking over."""

    member_id: UUID
    organization_id: UUID
    name: str
    email: str


@rerunning
async def hand_over(id: UUID, to: UUID, by: Actor, reason: str = "", expected: int | None = None) -> Booking:
    """Let a colleague have the booking. To whom has it already nothing happens.

    Raises NotFound for the booking or the colleague, Forbidden, Stale, WrongState for one that is over, and RuleRefused
    for what the rules ask of a person: quotas, the monthly limit, qualifications, strikes.
    """
    async with acting(by, over={to}):  # who takes it over must not be gone
        resource, before = await revise.lock(id, by, expected)
        if not can_hand_over(by, before):
            raise Forbidden("only who booked it, or an admin or manager of their organization, hands it over")
        revise.refuse_unless_live(before, resource.now)
        colleague = await _colleague(before, to)
        if colleague.member_id == before.member_id:
            return before
        await _refuse_unless_allowed(resource, before, colleague)
        attendees = [one for one in before.attendees if one.email.lower() != colleague.email]
        after = await revise.write(
            before, "handed_over", by, important=True, why=reason, member_id=to, booker_name=colleague.name,
            booker_email=colleague.email, attendees=attendees,
        )  # fmt: skip
        await _tell(before, after, resource, by)
    ring()
    return after


async def colleagues(booking: Booking, by: Actor) -> list[Colleague]:
    """Read to whom the actor may hand the booking over; to nobody where it is not theirs to do."""
    if not can_hand_over(by, booking):
        return []
    return [Colleague(**row) for row in await db.fetch(COLLEAGUES, booking.organization_id, booking.member_id)]


async def _colleague(booking: Booking, to: UUID) -> Colleague:
    row: Any = await db.fetchrow(COLLEAGUE, booking.organization_id, to)
    if row is None:
        raise NotFound("there is no such member of your organization")
    return Colleague(**row)


async def _refuse_unless_allowed(resource: ResourceSnapshot, booking: Booking, colleague: Colleague) -> None:
    """Ask the rules about the person; the time was asked about when it was booked."""
    time = Span(booking.starts_at, booking.ends_at)
    window = around(time, lock.MARGIN)
    seen = await lock.look_around(resource, window, guest=colleague, apart_from=booking.id)
    asked = rule_context(resource, seen, time, booking.units, len(booking.attendees))
    for rule in rules.PERSONAL:
        rule(asked)


async def _tell(before: Booking, after: Booking, resource: ResourceSnapshot, by: Actor) -> None:
    old, new = guests(before), guests(after)
    if after.confirmed_at is None:  # only the calendar of who asks holds it
        told: dict[str, tuple[Guest, Kind]] = {
            before.booker_email: (old[before.booker_email], "passed_on"),
            after.booker_email: (new[after.booker_email], "requested"),
        }
    else:
        told = {email: (guest, "changed" if email in old else "confirmed") for email, guest in new.items()}
        told |= {email: (guest, "cancelled") for email, guest in old.items() if email not in new}
        told[before.booker_email] = (old[before.booker_email], "handed_over")
    await tell(after, resource, by, guests=told, owner=None)
