"""What every change of a booking shares: lock its resource, read it with the actor's right, write its next revision."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from server.bookings.capacity import booking_rows, views
from server.bookings.capacity import lock as claims
from server.bookings.capacity.history import Verb, record
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.schemas import Booking
from server.bookings.states import refuse_unless_following
from server.core.actor import Actor
from server.core.errors import Stale, WrongState
from server.core.http import etag

LIVE = ("requested", "confirmed")
STATES = {"in_use": "it is in use; extend it or check out instead"}


async def lock(id: UUID, by: Actor, expected: int | None = None) -> tuple[ResourceSnapshot, Booking]:
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


async def lock_any(id: UUID) -> tuple[ResourceSnapshot, Booking]:
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
    (written,) = await booking_rows.revise([revised], of_version=booking.version)
    await record(verb, revised, by, booking, why or changes.get("reason", ""))
    return written
