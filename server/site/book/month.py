"""The month of a resource: how many hours of each day can still be booked. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.schemas import Availability
from server.core.spans import Span, merged, monday, within, without

FEW, MANY = 1 / 3, 2 / 3  # of the hours in which it is open

Kind = Literal["past", "closed", "full", "few", "some", "many"]
Pieces = list[tuple[datetime, datetime]]


class Day(msgspec.Struct, frozen=True):
    """A day, and the minutes of it that are free."""

    day: date
    kind: Kind
    minutes: int = 0


class Month(msgspec.Struct, frozen=True):
    """Weeks from Monday; None stands for days of other months."""

    first: date
    weeks: list[list[Day | None]]

    @property
    def before(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)


def window(day: date, zone: ZoneInfo) -> Span:
    """The month of a day as instants, and the weeks in which it begins and ends."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1)
    return Span(_midnight(monday(first), zone), _midnight(monday(last - timedelta(days=1)) + timedelta(days=7), zone))


def month(day: date, zone: ZoneInfo, seen: Availability, now: datetime) -> Month:
    """Lay out the month of `day`."""
    first = day.replace(day=1)
    free = merged(_real(one.starts_at, one.ends_at) for one in seen.free)
    closed = merged(_real(one.starts_at, one.ends_at) for one in seen.closed)
    start, weeks = monday(first), list[list[Day | None]]()
    while start < (first + timedelta(days=31)).replace(day=1):
        days = [start + timedelta(days=number) for number in range(7)]
        weeks.append([_day(one, zone, free, closed, now) if one.month == first.month else None for one in days])
        start += timedelta(days=7)
    return Month(first, weeks)


def _day(day: date, zone: ZoneInfo, free: Pieces, closed: Pieces, now: datetime) -> Day:
    bounds = _real(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))
    if bounds[1] <= now:
        return Day(day, "past")
    minutes = _minutes(within(free, bounds))
    open_ = _minutes(without([bounds], closed))
    if not minutes:
        return Day(day, "full" if open_ else "closed")
    share = minutes / max(open_, minutes)
    return Day(day, "few" if share < FEW else "many" if share > MANY else "some", minutes)


def _minutes(pieces: Pieces) -> int:
    return sum(int((end - start) / timedelta(minutes=1)) for start, end in pieces)


def _real(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """In UTC, where the difference of two times is the time between them."""
    return start.astimezone(UTC), end.astimezone(UTC)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
