"""What an owner sees of one resource in a week: who comes, what is closed or busy, and where it lies in the grid."""

from datetime import datetime
from zoneinfo import ZoneInfo

from asyncpg import Range, Record

from server.access.rights import RUNS
from server.bookings.capacity import views
from server.bookings.schemas import Booking
from server.core import db
from server.core.actor import Actor
from server.core.spans import Span
from server.resources.schemas import ResourceOut
from server.site.manage.owner_grid import Event, Kind

BOOKINGS = f"""
{views.SELECT} WHERE {RUNS} AND b.resource_id = $3 AND b.starts_at < upper($4::tstzrange) AND b.ends_at > lower($4)
  AND b.status IN ('requested', 'confirmed', 'in_use', 'completed', 'no_show')
ORDER BY b.starts_at, b.id
"""
CLOSURES = f"""
SELECT c.id, c.group_id, lower(c.during) AS starts_at, upper(c.during) AS ends_at, c.units, c.reason
FROM closure c JOIN resource r ON r.id = c.resource_id
WHERE {RUNS} AND r.id = $3 AND c.lifted_at IS NULL AND c.during && $4 ORDER BY lower(c.during), c.id
"""
# Time that is taken without a booking or a closure of its own: foreign calendars, holds, and what is taken with a whole
# that this is a part of, or with a part.
OTHERS = f"""
SELECT CASE WHEN c.whole_id IS NOT NULL THEN 'relative' ELSE c.reason END AS kind, lower(c.during) AS starts_at,
       upper(c.during) AS ends_at, coalesce(whole.name, '') AS name, count(*) AS units
FROM claim c JOIN resource r ON r.id = c.resource_id LEFT JOIN resource whole ON whole.id = c.whole_id
WHERE {RUNS} AND r.id = $3 AND c.released_at IS NULL AND c.during && $4
  AND (c.reason IN ('busy', 'hold') OR c.whole_id IS NOT NULL) AND (c.expires_at IS NULL OR c.expires_at > now())
GROUP BY 1, 2, 3, 4
UNION ALL
SELECT 'relative', lower(c.during), upper(c.during), q.name, count(*)
FROM part p JOIN resource r ON r.id = p.whole_id JOIN resource q ON q.id = p.part_id
JOIN claim c ON c.resource_id = q.id AND c.whole_id IS DISTINCT FROM r.id
WHERE {RUNS} AND r.id = $3 AND c.released_at IS NULL AND c.during && $4
  AND (c.expires_at IS NULL OR c.expires_at > now())
GROUP BY 1, 2, 3, 4
ORDER BY 2, 3
"""


async def events(resource: ResourceOut, window: Span, by: Actor) -> list[Event]:
    """Read what takes time of a resource that the actor runs, by start, in its own zone."""
    zone = ZoneInfo(resource.time_zone)
    given = (by.organization_id, by.running, resource.id, Range(*window))
    found = [_of_booking(views.booking_of(row)) for row in await db.fetch(BOOKINGS, *given)]
    for row in await db.fetch(CLOSURES, *given):
        start, end = _local(row, zone)
        found.append(
            Event(
                kind="closure", starts_at=start, ends_at=end, text=row["reason"], units=row["units"],
                closure_id=row["id"], group_id=row["group_id"],
            )
        )  # fmt: skip
    for row in await db.fetch(OTHERS, *given):
        start, end = _local(row, zone)
        found.append(Event(kind=row["kind"], starts_at=start, ends_at=end, text=row["name"], units=row["units"]))
    return sorted(found, key=lambda one: (one.starts_at, one.ends_at))


def _local(row: Record, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return row["starts_at"].astimezone(zone), row["ends_at"].astimezone(zone)


def _of_booking(booking: Booking) -> Event:
    kind: Kind = "request" if booking.status == "requested" else "booking"
    return Event(
        kind=kind, starts_at=booking.starts_at, ends_at=booking.ends_at, units=booking.units, booking=booking
    )  # fmt: skip
