"""The history of a booking: who did what, when and why. Written in the transaction of the change, never rewritten."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server import db
from server.bookings import views
from server.bookings.schemas import Booking
from server.ids import new_id
from server.organizations.actor import Actor

Verb = Literal[
    "booked", "moved", "edited", "approved", "declined", "cancelled", "rearranged", "expired", "proposed", "accepted",
    "refused",
    "checked_in", "checked_out", "missed", "completed", "handed_over",
]  # fmt: skip

RECORD = """
INSERT INTO booking_change (resource_id, id, booking_id, member_id, verb, reason, was, became)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

READ = """
SELECT c.at, c.verb, a.name AS by, o.name AS organization, c.reason, c.was, c.became
FROM booking_change c
LEFT JOIN member m ON m.id = c.member_id
LEFT JOIN account a ON a.id = m.account_id
LEFT JOIN organization o ON o.id = m.organization_id
WHERE c.booking_id = $1 ORDER BY c.id
"""

KEPT = ("status", "starts_at", "ends_at", "units", "purpose", "attendees")


class Entry(msgspec.Struct):
    """One change. `by` and `organization` are empty when the program did it by itself."""

    at: datetime
    verb: str
    by: str | None
    organization: str | None
    reason: str
    was: dict[str, Any]  # only what changed
    became: dict[str, Any]


async def record(verb: Verb, after: Booking, by: Actor | None, before: Booking | None = None, reason: str = "") -> None:
    """Add an entry in the current transaction."""
    await db.execute(RECORD, *entry(verb, after, by, before, reason))


def entry(
    verb: Verb, after: Booking, by: Actor | None, before: Booking | None = None, reason: str = ""
) -> tuple[Any, ...]:
    """What RECORD is given."""
    kept = (*KEPT, "member_id") if verb == "handed_over" else KEPT
    changed = [name for name in kept if before is None or getattr(before, name) != getattr(after, name)]
    was = {name: getattr(before, name) for name in changed} if before else {}
    became = {name: getattr(after, name) for name in changed}
    return (
        after.resource_id, new_id(), after.id, by.member_id if by else None, verb, reason,
        msgspec.json.encode(was).decode(), msgspec.json.encode(became).decode(),
    )  # fmt: skip


async def read(booking_id: UUID, by: Actor) -> list[Entry]:
    """Read the history, oldest first. Raises NotFound for a booking that the actor may not see."""
    booking = await views.booking(booking_id, by)
    zone = ZoneInfo(booking.time_zone)
    return [
        Entry(
            row["at"].astimezone(zone), row["verb"], row["by"], row["organization"], row["reason"],
            msgspec.json.decode(row["was"]), msgspec.json.decode(row["became"]),
        )
        for row in await db.fetch(READ, booking_id)
    ]  # fmt: skip
