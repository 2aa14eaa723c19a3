"""What is read of bookings. Every read carries the reader's right."""

from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Range, Record

from server.bookings.capacity.booking_rows import COLUMNS
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rights import VISIBLE
from server.bookings.schemas import Answer, Booking, Clash
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.spans import Span
from server.outbox.facts import Attendee
from server.prices.cost import Cost

SELECT = f"""
SELECT {", ".join(f"b.{name}" for name in COLUMNS)}, r.name AS resource_name, r.owner_id, r.time_zone,
       owner.name AS owner_name, guest.name AS organization_name, a.name AS booker_name, a.email AS booker_email,
       (SELECT json_agg(json_build_object('email', w.email, 'answer', w.answer, 'answered_at', w.answered_at)
                        ORDER BY w.email)
        FROM attendance_answer w
        WHERE w.resource_id = b.resource_id AND w.booking_id = b.id AND w.sequence >= b.sequence) AS answers,
       ARRAY(SELECT c.unit FROM claim c WHERE c.resource_id = b.resource_id AND c.booking_id = b.id
             AND c.released_at IS NULL ORDER BY c.unit) AS unit_numbers,
       ARRAY(SELECT u.name FROM claim c JOIN unit u ON u.resource_id = c.resource_id AND u.number = c.unit
             WHERE c.resource_id = b.resource_id AND c.booking_id = b.id AND c.released_at IS NULL
             ORDER BY u.number) AS unit_names
FROM booking b
JOIN resource r ON r.id = b.resource_id
JOIN organization owner ON owner.id = r.owner_id
JOIN organization guest ON guest.id = b.organization_id
JOIN member m ON m.id = b.member_id
JOIN account a ON a.id = m.account_id
"""

ONE = f"{SELECT} WHERE {VISIBLE} AND b.id = $4"
ANY = f"{SELECT} WHERE b.id = $1"

OF_SERIES = f"{SELECT} WHERE {VISIBLE} AND b.series_id = $4 ORDER BY b.recurrence_id, b.id"

# What is asked for of booking b, newest first. A page goes on below the last id of the one before.
_WANTED = """
b.id < coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) AND ($4::uuid IS NULL OR b.resource_id = $4)
AND ($5::text IS NULL OR b.status = $5)
AND ($6::timestamptz IS NULL OR b.ends_at > $6) AND ($7::timestamptz IS NULL OR b.starts_at < $7)
ORDER BY b.id DESC LIMIT $8
"""

# The same right as VISIBLE, said as two lists that each come from an index in order: those of the organization, and
# those of each of its resources. With one OR the whole table was read for an owner with few bookings.
LIST = f"""
{SELECT}
JOIN (
    (SELECT b.resource_id, b.id FROM booking b 
     WHERE b.organization_id = $1 AND ($9::uuid IS NULL OR b.member_id = $9) AND {_WANTED})
    UNION
    SELECT newest.resource_id, newest.id
    FROM resource own
    CROSS JOIN LATERAL (SELECT b.resource_id, b.id FROM booking b WHERE b.resource_id = own.id AND {_WANTED}) newest
    WHERE own.owner_id = $1 AND ($2::uuid[] IS NULL OR own.id = ANY($2))
    ORDER BY id DESC LIMIT $8
) visible ON visible.resource_id = b.resource_id AND visible.id = b.id
ORDER BY b.id DESC LIMIT $8
"""

# Without clashing bookings' owners: only that the time is taken, and by what kind of thing.
CLASHES = """
SELECT reason AS kind, lower(during) AS starts_at, upper(during) AS ends_at FROM claim
WHERE resource_id = ANY($1) AND released_at IS NULL AND during && $2 AND (expires_at IS NULL OR expires_at > now())
  AND ($3::uuid IS NULL OR booking_id IS DISTINCT FROM $3) AND whole_id IS DISTINCT FROM $4
GROUP BY 1, 2, 3 ORDER BY 2, 3 LIMIT 5
"""

_answers = msgspec.json.Decoder(list[Answer])
_cost = msgspec.json.Decoder(Cost)
_attendees = msgspec.json.Decoder(list[Attendee])


def booking_of(row: Record) -> Booking:
    """Read the columns of SELECT."""
    zone = ZoneInfo(row["time_zone"])
    values = dict(row)
    values["attendees"] = _attendees.decode(row["attendees"])
    invited = {values["booker_email"].lower(), *(one.email.lower() for one in values["attendees"])}
    answers = _answers.decode(row["answers"]) if row["answers"] else []
    values["answers"] = [one for one in answers if one.email in invited]
    values["starts_at"] = row["starts_at"].astimezone(zone)
    values["ends_at"] = row["ends_at"].astimezone(zone)
    values["cost"] = _cost.decode(row["cost"]) if row["cost"] else None
    for name in ("recurrence_id", "checked_in_at", "checked_out_at"):
        values[name] = row[name] and row[name].astimezone(zone)
    return Booking(**values)


async def booking(id: UUID, by: Actor) -> Booking:
    """Read one booking. Raises NotFound when there is none that the actor may see."""
    row = await db.fetchrow(ONE, by.organization_id, by.running, by.guest, id)
    if row is None:
        raise NotFound("there is no such booking")
    return booking_of(row)


async def any_booking(id: UUID) -> Booking:
    """Read one booking, whoever may see it. Raises NotFound."""
    row = await db.fetchrow(ANY, id)
    if row is None:
        raise NotFound("there is no such booking")
    return booking_of(row)


async def of_series(series_id: UUID, by: Actor) -> list[Booking]:
    """Read what became bookings of a series, by their place in it. Raises NotFound when the actor may see none."""
    rows = await db.fetch(OF_SERIES, by.organization_id, by.running, by.guest, series_id)
    if not rows:
        raise NotFound("there is no such series")
    return [booking_of(row) for row in rows]


async def bookings(
    by: Actor, *, after: UUID | None, resource_id: UUID | None, status: str | None, window: Span | None, limit: int
) -> list[Booking]:
    """Read bookings of the actor's organization, and on resources that the actor runs; newest first."""
    starts, ends = window or (None, None)
    rows = await db.fetch(
        LIST, by.organization_id, by.running, after, resource_id, status, starts, ends, limit, by.guest
    )  # fmt: skip
    return [booking_of(row) for row in rows]


async def clashes(resource: ResourceSnapshot, span: Span, apart_from: UUID | None = None) -> list[Clash]:
    """What stands in the way of `span`, never whose it is."""
    zone = ZoneInfo(resource.time_zone)
    rows = await db.fetch(CLASHES, [resource.id, *resource.parts], Range(*span), apart_from, resource.id)
    return [Clash(row["kind"], row["starts_at"].astimezone(zone), row["ends_at"].astimezone(zone)) for row in rows]
