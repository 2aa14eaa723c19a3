"""Strikes: no-shows, or bookings cancelled too late, where the owner's rules count them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from server import audit
from server.bookings.capacity import lock
from server.bookings.capacity.notify import guests, tell
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rules.audience import suspended_until
from server.bookings.schemas import Booking
from server.core import db
from server.core.actor import Actor
from server.core.ids import new_id
from server.core.spans import Span

StrikeKind = Literal["no_show", "late_cancellation"]

STRIKE = """
INSERT INTO strike (id, owner_id, member_id, resource_id, booking_id, kind, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

# Those of member $1, and those on resources of organization $3 that the reader runs: $2, null for all.
VISIBLE = "(s.member_id = $1 OR (s.owner_id = $3 AND ($2::uuid[] IS NULL OR s.resource_id = ANY($2))))"
SELECT = """
SELECT s.id, s.owner_id, s.resource_id, r.name AS resource_name, s.booking_id, s.member_id, a.name AS member_name,
       guest.name AS organization_name, s.kind, s.at, s.appeal, s.forgiven_at
FROM strike s
JOIN resource r ON r.id = s.resource_id
JOIN member m ON m.id = s.member_id
JOIN account a ON a.id = m.account_id
JOIN organization guest ON guest.id = m.organization_id
"""
LIST = f"{SELECT} WHERE {VISIBLE} AND ($4::uuid IS NULL OR s.id < $4) ORDER BY s.id DESC LIMIT $5"

OF_BOOKING = f"{SELECT} WHERE {VISIBLE} AND s.booking_id = $4"


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """A missed booking or a late cancellation. Forgiven, it no longer counts."""

    id: UUID
    owner_id: UUID
    resource_id: UUID
    resource_name: str
    booking_id: UUID
    member_id: UUID
    member_name: str
    organization_name: str
    kind: StrikeKind
    at: datetime
    appeal: str
    forgiven_at: datetime | None


async def strike(kind: StrikeKind, booking: Booking, resource: ResourceSnapshot) -> None:
    """Record a strike where the rules count them, and tell the booker. The resource must be locked.

    Owners' own people get none: nobody is kept from what is theirs.
    """
    if booking.organization_id == booking.owner_id:
        return
    standing = await lock.stands(resource, booking, Span(booking.starts_at, booking.ends_at))
    rules = resource.rules_at(booking.starts_at, standing.circle)
    if rules.suspend_at_strikes is None:
        return
    whose = (booking.owner_id, booking.member_id, resource.id, booking.id)
    id = new_id()
    await db.execute(STRIKE, id, *whose, kind, resource.now)
    became = {"member_id": booking.member_id, "booking_id": booking.id, "kind": kind}
    await audit.record("struck", "strike", id, None, of=booking.organization_id, owner=booking.owner_id, became=became)
    until = suspended_until([*standing.strikes, resource.now], rules, resource.now)
    booker = guests(booking)[booking.booker_email]
    told = {booking.booker_email: (booker, "suspended" if until else "struck")}
    await tell(booking, resource, None, guests=told, owner=None, valid_until=until)  # type: ignore[arg-type]


async def strikes(by: Actor, *, after: UUID | None, limit: int) -> list[Strike]:
    """Read the actor's own strikes, and those on resources that the actor runs; newest first."""
    rows = await db.fetch(LIST, by.member_id, by.running, by.organization_id, after, limit)
    return [Strike(**row) for row in rows]


async def of_booking(booking_id: UUID, by: Actor) -> Strike | None:
    """Read the strike for a booking: the booker's own, or on a resource that the actor runs."""
    row = await db.fetchrow(OF_BOOKING, by.member_id, by.running, by.organization_id, booking_id)
    return Strike(**row) if row else None
