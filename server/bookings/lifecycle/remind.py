"""Remind people: those who come, a day and an hour before; those who decide, before a request expires. Sweeps.

That a reminder was sent is told by its notice: each is owed once for a time, and again when the time has changed. What
comes too late is left out: a reminder is owed only while its moment is near, and is not sent after it.
"""

from typing import Any

from asyncpg import Record

from server.bookings.capacity import revise
from server.bookings.capacity.notify import Guest, guests, tell
from server.core import db
from server.core.db import transaction
from server.core.due import each_due
from server.outbox.notices import Kind

# Whoever booked or changed it later than the moment of the reminder has just been told.
_COMING = """
SELECT b.id, near.kind FROM booking b
CROSS JOIN LATERAL (
    SELECT CASE WHEN b.starts_at <= now() + interval '1 hour' THEN 'reminder_hour' ELSE 'reminder_day' END AS kind,
           CASE WHEN b.starts_at <= now() + interval '1 hour' THEN interval '1 hour' ELSE interval '1 day' END AS before
) near
WHERE b.status = 'confirmed' AND b.starts_at > now() AND b.starts_at <= now() + interval '1 day'
  AND b.revised_at <= b.starts_at - near.before
  AND NOT EXISTS (
      SELECT 1 FROM notice n
      WHERE n.booking_id = b.id AND n.kind = near.kind AND (n.facts ->> 'starts_at')::timestamptz = b.starts_at
  )
"""
COMING = f"{_COMING} ORDER BY b.starts_at LIMIT $1"
IS_COMING = f"{_COMING} AND b.id = $1"

# A day before it expires, or when half of the time is over.
_UNDECIDED = """
SELECT b.id FROM booking b
WHERE b.status = 'requested' AND b.due_at > now()
  AND b.due_at <= now() + least(interval '1 day', (b.due_at - b.revised_at) / 2)
  AND NOT EXISTS (
      SELECT 1 FROM notice n
      WHERE n.booking_id = b.id AND n.kind = 'owner_due' AND (n.facts ->> 'valid_until')::timestamptz = b.due_at
  )
"""
UNDECIDED = f"{_UNDECIDED} ORDER BY b.due_at LIMIT $1"
IS_UNDECIDED = f"{_UNDECIDED} AND b.id = $1"


async def remind_guests() -> int:
    """Remind booker and attendees of what they booked."""
    return await each_due(COMING, _remind_guests)


async def remind_deciders() -> int:
    """Remind those who run the resource of a request that they have not decided."""
    return await each_due(UNDECIDED, _remind_deciders)


async def _remind_guests(due: Record) -> bool:
    async with transaction():
        resource, booking = await revise.lock_any(due["id"])
        row: Any = await db.fetchrow(IS_COMING, booking.id)
        if row is None:
            return False
        kind: Kind = row["kind"]
        told: dict[str, tuple[Guest, Kind]] = {email: (guest, kind) for email, guest in guests(booking).items()}
        await tell(booking, resource, None, guests=told, owner=None, valid_until=booking.starts_at, stamp=resource.now)
    return True


async def _remind_deciders(due: Record) -> bool:
    async with transaction():
        resource, booking = await revise.lock_any(due["id"])
        if not await db.fetchval(IS_UNDECIDED, booking.id):
            return False
        await tell(
            booking, resource, None, guests={}, owner="owner_due", valid_until=booking.due_at, stamp=resource.now
        )
    return True
