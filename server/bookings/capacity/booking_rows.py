"""The rows of bookings: the one place that inserts and revises them, by the names of their fields.

A new field of a booking is a column of the table and a field of schemas.Booking: it is written and read without being
named here. Bookings go to PostgreSQL as JSON, and it takes from them what are columns. The resource must be locked.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from asyncpg import SerializationError

from server.bookings import tables
from server.bookings.schemas import Booking
from server.core import db

_TABLE = {column._meta.name for column in tables.Booking._meta.columns}
COLUMNS = tuple(name for name in Booking.__struct_fields__ if name in _TABLE)
FIXED = frozenset(("id", "resource_id", "organization_id", "group_id", "uid", "created_at"))  # as they were inserted
BY_ITSELF = ("version", "revised_at", "confirmed_at")  # what every revision says anew

INSERT = f"""
INSERT INTO booking ({", ".join(COLUMNS)})
SELECT {", ".join(COLUMNS)} FROM jsonb_populate_recordset(NULL::booking, $1::jsonb)
"""

# DTSTAMP has whole seconds and must be later at every revision (RFC 5546 2.1.5).
NEXT = "version = b.version + 1, revised_at = greatest(date_trunc('second', now()), b.revised_at + interval '1 second')"
REVISE = f"""
UPDATE booking b SET {", ".join(f"{name} = new.{name}" for name in COLUMNS if name not in {*FIXED, *BY_ITSELF})},
    confirmed_at = CASE WHEN new.status = 'confirmed' THEN coalesce(b.confirmed_at, now()) ELSE b.confirmed_at END,
    {NEXT}
FROM jsonb_populate_recordset(NULL::booking, $1::jsonb) AS new
WHERE b.resource_id = new.resource_id AND b.id = new.id AND ($2::int IS NULL OR b.version = $2)
RETURNING b.id, {", ".join(f"b.{name}" for name in BY_ITSELF)}
"""

# For those whose units have moved: their time stays, so calendars need not count it (SEQUENCE).
TOUCH = f"UPDATE booking b SET {NEXT} WHERE b.resource_id = $1 AND b.id = $2 RETURNING version, revised_at"


async def insert(bookings: Sequence[Booking]) -> None:
    """Write new bookings; their claims are taken after them."""
    if bookings:
        await db.execute(INSERT, _json(bookings))


async def revise(bookings: Sequence[Booking], of_version: int | None = None) -> list[Booking]:
    """Write the next revision of each as it is given, and return them with what it says by itself.

    With `of_version` only of a booking that still has it; else, as for one that is gone, the transaction begins anew.
    """
    rows: Any = await db.fetch(REVISE, _json(bookings), of_version) if bookings else ()
    new = {row["id"]: {name: row[name] for name in BY_ITSELF} for row in rows}
    if len(new) < len(bookings):
        raise SerializationError("a booking was changed meanwhile")
    return [msgspec.structs.replace(one, **new[one.id]) for one in bookings]


async def touch(booking: Booking) -> Booking:
    """Write a revision in which nothing of the row itself is different."""
    row: Any = await db.fetchrow(TOUCH, booking.resource_id, booking.id)
    return msgspec.structs.replace(booking, **dict(row))


def _json(bookings: Sequence[Booking]) -> str:
    return msgspec.json.encode(bookings).decode()
