"""Count the hours of an owner's resources, month by month: open, booked, used, not kept.

Bookings are counted by SQL, in the months of the resource's own zone; opening hours by the function that booking asks,
so that holidays and exceptions count as they do there. Hours are unit hours: two units open for an hour are two.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.capacity import lock
from server.bookings.capacity.occupancy_read import surroundings
from server.bookings.capacity.resource_snapshot import Bookable
from server.core import db
from server.core.actor import Actor
from server.core.days import HOME
from server.core.spans import Span, within
from server.resources.own import OWN

MONTHS = 12
MOST = 300  # resources in one report: some seconds

RESOURCES = f"""
SELECT {lock.COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE {OWN} AND ($3::uuid IS NULL OR r.id = $3) ORDER BY r.name, r.id LIMIT $4
"""

# By the clocks of these resources; those that stand farthest east begin a month first. Of none, by the clock of $4.
LATEST = f"""
SELECT coalesce(max((now() AT TIME ZONE r.time_zone)::date), (now() AT TIME ZONE $4)::date) FROM resource r
WHERE {OWN} AND ($3::uuid IS NULL OR r.id = $3)
"""

# $2: resources, $3 and $4: the first day and the day after the last, local. $1 is the owner.
COUNTED = """
SELECT b.resource_id, m.month::date AS month,
    coalesce(sum(b.units * t.booked), 0)::float AS booked,
    coalesce(sum(b.units * t.booked) FILTER (WHERE b.organization_id <> $1), 0)::float AS booked_outside,
    coalesce(sum(b.units * t.used) FILTER (WHERE b.status IN ('in_use', 'completed')), 0)::float AS used,
    coalesce(sum(b.units * t.booked) FILTER (WHERE b.status = 'no_show'), 0)::float AS no_show,
    count(*) FILTER (WHERE date_trunc('month', b.starts_at AT TIME ZONE r.time_zone) = m.month) AS bookings
FROM booking b JOIN resource r ON r.id = b.resource_id
CROSS JOIN LATERAL generate_series(
    date_trunc('month', b.starts_at AT TIME ZONE r.time_zone), b.ends_at AT TIME ZONE r.time_zone, interval '1 month'
) AS m (month)
CROSS JOIN LATERAL (SELECT m.month AT TIME ZONE r.time_zone AS first,
                           (m.month + interval '1 month') AT TIME ZONE r.time_zone AS last) w
CROSS JOIN LATERAL (SELECT
    greatest(0, extract(epoch FROM least(b.ends_at, w.last) - greatest(b.starts_at, w.first))) / 3600 AS booked,
    greatest(0, extract(epoch FROM least(coalesce(b.checked_out_at, b.ends_at), w.last)
                                 - greatest(coalesce(b.checked_in_at, b.starts_at), w.first))) / 3600 AS used) t
WHERE b.resource_id = ANY($2) AND b.status IN ('confirmed', 'in_use', 'completed', 'no_show')
  AND m.month >= $3::date AND m.month < $4::date AND t.booked + t.used > 0
GROUP BY 1, 2
"""


class Hours(msgspec.Struct):
    """Unit hours of a month, of one resource or of all. `booked_outside`: by others than the owner."""

    open: float = 0
    booked: float = 0
    booked_outside: float = 0
    used: float = 0
    no_show: float = 0
    bookings: int = 0

    def add(self, other: "Hours") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def share(self) -> float:
        """Which part of the open time was booked."""
        return self.booked / self.open if self.open else 0


class Line(msgspec.Struct, frozen=True):
    """A resource with its hours in all months."""

    id: UUID
    name: str
    hours: Hours


class Report(msgspec.Struct, frozen=True):
    """Hours by month, and by resource."""

    months: dict[date, Hours]
    resources: list[Line]
    total: Hours


def months(last: date, count: int = MONTHS) -> list[date]:
    """The first days of so many months up to the one of `last`."""
    number = last.year * 12 + last.month - 1
    return [date(one // 12, one % 12 + 1, 1) for one in range(number - count + 1, number + 1)]


def after(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


async def latest_month(by: Actor, resource_id: UUID | None = None) -> date:
    """The first day of the month that it is at the resources that the actor runs, or at one of them."""
    day: date = await db.fetchval(LATEST, by.organization_id, by.running, resource_id, HOME)
    return day.replace(day=1)


async def report(by: Actor, wanted: list[date], resource_id: UUID | None = None) -> Report:
    """Count the hours of the resources that the actor runs, or of one of them, in these months."""
    rows = await db.fetch(RESOURCES, by.organization_id, by.running, resource_id, MOST)
    resources = [Bookable.from_row(row) for row in rows]
    found = {(one.id, month): Hours() for one in resources for month in wanted}
    if resources:
        ids = [one.id for one in resources]
        for row in await db.fetch(COUNTED, by.organization_id, ids, wanted[0], after(wanted[-1])):
            values = {name: row[name] for name in Hours.__struct_fields__ if name != "open"}
            found[row["resource_id"], row["month"]] = Hours(**values)
        for id, month, hours in await _open(resources, wanted):
            found[id, month].open = hours
    by_month = {month: _sum(found[one.id, month] for one in resources) for month in wanted}
    lines = [Line(one.id, one.name, _sum(found[one.id, month] for month in wanted)) for one in resources]
    return Report(by_month, lines, _sum(by_month.values()))


async def _open(resources: list[Bookable], wanted: list[date]) -> Iterable[tuple[UUID, date, float]]:
    zones = [one.zone for one in resources]
    start = min(_instant(wanted[0], zone) for zone in zones)
    end = max(_instant(after(wanted[-1]), zone) for zone in zones)
    found = []
    for one, seen in await surroundings(Span(start, end), resources, None):
        opening = seen.opening(one)
        for month in wanted:
            window = Span(_instant(month, one.zone), _instant(after(month), one.zone))
            hours = sum((end - start for start, end in within(opening, window)), timedelta()) / timedelta(hours=1)
            found.append((one.id, month, hours * one.units))
    return found


def _instant(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)  # within a zone walls are subtracted


def _sum(many: Iterable[Hours]) -> Hours:
    total = Hours()
    for one in many:
        total.add(one)
    return total


def rows(found: Report) -> list[tuple[Any, ...]]:
    """The report as a table: months first, then resources."""
    named = [(f"{month:%Y-%m}", hours) for month, hours in found.months.items()]
    named += [(line.name, line.hours) for line in found.resources]
    return [
        (name, *(round(getattr(hours, field), 2) for field in Hours.__struct_fields__), round(hours.share, 4))
        for name, hours in named
    ]


COLUMNS = ("month or resource", *Hours.__struct_fields__, "share of open hours booked")
