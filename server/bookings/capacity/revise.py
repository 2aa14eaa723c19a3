"""What every change of a booking shares: lock its resource, read it with the actor's right, write its next revision."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from server.bookings.capacity import lock as claims
from server.bookings.capacity import views
from server.bookings.capacity.history import Verb, record
from server.bookings.capacity.resource_snapshot import Bookable
from server.bookings.schemas import Booking
from server.bookings.states import refuse_unless_following
from server.core import db
from server.core.actor import Actor
from server.core.errors import Stale, WrongState
from server.core.http import etag

# DTSTAMP has whole seconds and must be later at every revision (RFC 5546 2.1.5).
REVISE = """
UPDATE booking
SET status = $3, starts_at = $4, ends_at = $5, units = $6, purpose = $7, attendees = $8, reason = $9, sequence = $10,
    confirmed_at = CASE WHEN $3 = 'confirmed' THEN coalesce(confirmed_at, now()) ELSE confirmed_at END,
    due_at = $12, version = version + 1,
    revised_at = greatest(date_trunc('second', now()), revised_at + interval '1 second')
WHERE resource_id = $1 AND id = $2 AND version = $11
RETURNING version, revised_at, confirmed_at
"""

LIVE = ("requested", "confirmed")
STATES = {"in_use": "it is in use; extend it or check out instead"}


async def lock(id: UUID, by: Actor, expected: int | None = None) -> tuple[Bookable, Booking]:
    """Lock the resource and read the booking. Raises NotFound; Stale when its version is not the expected one."""
    resource = await claims.lock_of_booking(id)
    booking = await views.booking(id, by)
    if expected is not None and booking.version != expected:
        raise Stale("read it again and decide anew", etag=etag(booking.version))
    return resource, booking


def refuse_unless_live(booking: Booking, now: datetime) -> None:
    """Raises WrongState for a booking that has ended or was given up."""
    if booking.status not in LIVE:
        raise WrongState(STATES.get(booking.status, f"it is {booking.status}"), status_now=booking.status)
    if booking.ends_at <= now:
        raise WrongState("it is over", status_now=booking.status)


async def lock_any(id: UUID) -> tuple[Bookable, Booking]:
    """Lock the resource and read the booking for what the program does by itself. Raises NotFound."""
    return await claims.lock_of_booking(id), await views.any_booking(id)


async def write(
    booking: Booking, verb: Verb, by: Actor | None, *, important: bool, why: str = "", **changes: Any
) -> Booking:
    """Write the next revision and its entry in the history, which tells why.

    `important` changes count in SEQUENCE: a calendar must not miss them. Without an actor the program did it by itself.
    """
    revised = msgspec.structs.replace(booking, sequence=booking.sequence + important, **changes)
    refuse_unless_following(booking.status, revised.status)
    row: Any = await db.fetchrow(
        REVISE, revised.resource_id, revised.id, revised.status, revised.starts_at, revised.ends_at, revised.units,
        revised.purpose, msgspec.json.encode(revised.attendees).decode(), revised.reason, revised.sequence,
        booking.version, revised.due_at,
    )  # fmt: skip
    await record(verb, revised, by, booking, why or changes.get("reason", ""))
    return msgspec.structs.replace(
        revised, version=row["version"], revised_at=row["revised_at"], confirmed_at=row["confirmed_at"]
    )
