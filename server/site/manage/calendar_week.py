"""What an owner sees of one resource in a week: who comes, what is closed or busy, and where it lies in the grid."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Range, Record

from server.access.rights import RUNS
from server.bookings.capacity import views
from server.bookings.schemas import Booking
from server.core import db
from server.core.actor import Actor
from server.core.spans import Span
from server.resources.schemas import ResourceOut

Kind = Literal["booking", "request", "closure", "busy", "hold", "relative"]

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


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that takes time. Exactly one of `booking`, `closure_id` and neither says what it is."""

    kind: Kind
    starts_at: datetime
    ends_at: datetime
    text: str = ""  # the reason of a closure, the name of a whole or a part
    units: int | None = None
    booking: Booking | None = None
    closure_id: UUID | None = None
    group_id: UUID | None = None


class Placed(msgspec.Struct, frozen=True):
    """A piece of an event on one day: from which row on, over how many, beside how many others."""

    event: Event
    row: int
    rows: int
    lane: int
    lanes: int

    @property
    def until(self) -> int:
        """The first row after it."""
        return self.row + self.rows


class Day(msgspec.Struct, frozen=True):
    """A local day: its events in order, and where they lie in the grid."""

    day: date
    events: list[Event]
    placed: list[Placed]


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


def laid_out(days: list[date], found: list[Event], zone: ZoneInfo, first: int, step: int, rows: int) -> list[Day]:
    """Lay events into a grid whose rows begin at the minute `first` of the day and last `step` minutes each."""
    return [_day(day, found, zone, first, step, rows) for day in days]


def minutes_of(event: Event, day: date, zone: ZoneInfo) -> tuple[int, int] | None:
    """The wall clock minutes of a day that an event covers."""
    midnight = datetime.combine(day, time(), zone)
    after = datetime.combine(day + timedelta(days=1), time(), zone)
    if event.ends_at <= midnight or event.starts_at >= after:
        return None
    start = 0 if event.starts_at < midnight else event.starts_at.hour * 60 + event.starts_at.minute
    end = 1440 if event.ends_at >= after else event.ends_at.hour * 60 + event.ends_at.minute
    return start, max(end, start + 1)  # where the clocks are put back, the end may stand before the start


def _day(day: date, found: list[Event], zone: ZoneInfo, first: int, step: int, rows: int) -> Day:
    here, placed = [], list[Placed]()
    cluster: list[tuple[Event, int, int, int]] = []
    ends: list[int] = []

    def close() -> None:
        placed.extend(Placed(event, row, until - row, lane, len(ends)) for event, row, until, lane in cluster)
        cluster.clear()
        ends.clear()

    for event in found:
        covered = minutes_of(event, day, zone)
        if covered is None:
            continue
        here.append(event)
        row = min(max((covered[0] - first) // step, 0), rows - 1)
        until = max(min(-((first - covered[1]) // step), rows), row + 1)
        if cluster and row >= max(ends):
            close()
        lane = next((index for index, end in enumerate(ends) if end <= row), len(ends))
        ends[lane : lane + 1] = [until]
        cluster.append((event, row, until, lane))
    close()
    return Day(day, here, placed)
