"""The history of a booking: who did what, when and why. Written in the transaction of the change, never rewritten."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server import audit
from server.audit import references
from server.bookings.capacity import views
from server.bookings.schemas import Booking, Details
from server.core import db
from server.core.actor import Actor
from server.core.ids import new_id
from server.outbox.deliveries import owing
from server.outbox.webhook_events import booking_event

Verb = Literal[
    "booked", "moved", "edited", "approved", "declined", "cancelled", "rearranged", "expired", "proposed", "accepted",
    "refused",
    "checked_in", "extended", "checked_out", "missed", "completed", "handed_over",
]  # fmt: skip

# One statement, for each change is in the audit log as well, under the same id, and owed to webhooks.
_ENTRIES = """
INSERT INTO audit_entry (id, actor, account_id, member_id, organization_id, owner_id, noun, object_id, verb, was,
                         became, request_id)
"""
RECORD = f"""
WITH entry AS ({_ENTRIES} VALUES ($2, $9, $10, $4, $11, $12, 'booking', $3, $5, $13, $14, $15)),
owed AS ({owing(id="$2", resource="$1", booking="$3", type="$16::text")})
INSERT INTO booking_change (resource_id, id, booking_id, member_id, verb, reason, was, became)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

# What the program does by itself to many bookings of one resource, of owner $6: nobody learns for whom.
RECORD_REARRANGED = f"""
WITH moved AS (
    SELECT m.id, m.booking_id, b.organization_id, m.was, m.became
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS m (id, booking_id, was, became)
    JOIN booking b ON b.resource_id = $1 AND b.id = m.booking_id
), entry AS (
    {_ENTRIES}
    SELECT id, 'system', NULL, NULL, organization_id, $6, 'booking', booking_id, 'rearranged', was::json, became::json,
           ''
    FROM moved
)
INSERT INTO booking_change (resource_id, id, booking_id, verb, was, became)
SELECT $1, id, booking_id, 'rearranged', was::jsonb, became::jsonb FROM moved
"""

READ = """
SELECT c.at, c.verb, a.name AS by, o.name AS organization, c.reason, c.was, c.became
FROM booking_change c
LEFT JOIN member m ON m.id = c.member_id
LEFT JOIN account a ON a.id = m.account_id
LEFT JOIN organization o ON o.id = m.organization_id
WHERE c.booking_id = $1 ORDER BY c.id
"""

KEPT = ("status", "starts_at", "ends_at", "units", *Details.__struct_fields__)


class Entry(msgspec.Struct):
    """One change. `by` and `organization` are empty when the program did it by itself."""

    __schema_name__ = "BookingHistoryEntry"
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
    was = {name: getattr(before, name) for name in kept} if before else {}
    was, became = audit.changes(was, {name: getattr(after, name) for name in kept})
    id = new_id()
    more = ({} if before else {"resource_id": after.resource_id}) | ({"reason": reason} if reason else {})
    made = audit.Change(
        noun="booking", id=after.id, verb=verb, of=after.organization_id, owner=after.owner_id,
        was=was, became=became | more,
    )  # fmt: skip
    _, actor, account_id, member_id, of, owner, _, _, _, covered_was, covered_became, request_id = audit.row(
        id, made, by
    )
    return (
        after.resource_id, id, after.id, member_id, verb, reason, _told(was), _told(became),
        actor, account_id, of, owner, covered_was, covered_became, request_id, booking_event(verb, after.status),
    )  # fmt: skip


def _told(said: dict[str, Any]) -> str:
    """As the history keeps it: it can never be rewritten, so people who come along are only referred to."""
    attendees = [references.person(one.email) for one in said.get("attendees", ())]
    return msgspec.json.encode(said | ({"attendees": attendees} if "attendees" in said else {})).decode()


async def read(booking_id: UUID, by: Actor) -> list[Entry]:
    """Read the history, oldest first. Raises NotFound for a booking that the actor may not see."""
    booking = await views.booking(booking_id, by)
    zone = ZoneInfo(booking.time_zone)
    known = {references.person(one.email): {"email": one.email, "name": one.name} for one in booking.attendees}
    return [
        Entry(
            row["at"].astimezone(zone), row["verb"], row["by"], row["organization"], row["reason"],
            _named(msgspec.json.decode(row["was"]), known), _named(msgspec.json.decode(row["became"]), known),
        )
        for row in await db.fetch(READ, booking_id)
    ]  # fmt: skip


def _named(said: dict[str, Any], known: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Name those who come along still; others stay references, for nothing more is kept of them."""
    if isinstance(said.get("attendees"), list):
        said["attendees"] = [known.get(one, {"person": one}) for one in said["attendees"]]
    return said
