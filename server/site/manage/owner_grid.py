"""The grid of an owner's week: rows of local time, and of each cell whether it is open. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.schemas import Booking
from server.core.errors import DomainError
from server.core.recurrence import instant
from server.core.spans import Span

Kind = Literal["booking", "request", "closure", "busy", "hold", "relative"]
DAY = 1440  # minutes
USUAL = (8 * 60, 18 * 60)  # what is shown at least
FINE = 12 * 60  # up to so many minutes a day the rows are half hours


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


class Cell(msgspec.Struct, frozen=True):
    """A piece of a day. Without a span the clocks skip it."""

    span: Span | None
    open: bool
    past: bool


class Grid(msgspec.Struct, frozen=True):
    """Seven days, and rows of seven cells by their minute of the day."""

    days: list[Day]
    rows: list[tuple[int, list[Cell]]]
    step: int
    near: int  # index of the first of the three days that a phone shows


def grid(
    days: list[date], found: list[Event], opening: Sequence[Span], zone: ZoneInfo, now: datetime, shown: date
) -> Grid:
    """Lay out a week: all hours in which it is open or something takes place."""
    hours = [USUAL]
    for day in days:
        hours += [covered for event in found if (covered := minutes_of(event, day, zone)) and event.kind != "closure"]
        for span in opening:
            start, end = (moment.astimezone(zone) for moment in span)
            covered = minutes_of(Event(kind="hold", starts_at=start, ends_at=end), day, zone)
            hours += [covered] if covered else []
    first = min(start for start, _ in hours) // 60 * 60
    last = -(-max(end for _, end in hours) // 60) * 60
    step = 30 if last - first <= FINE else 60
    rows = [
        (minute, [_cell(day, minute, step, opening, zone, now) for day in days]) for minute in range(first, last, step)
    ]
    laid = laid_out(days, found, zone, first, step, len(rows))
    near = 0 if shown.weekday() < 3 else 3 if shown.weekday() < 6 else 4
    return Grid(laid, rows, step, near)


def _cell(day: date, minute: int, step: int, opening: Sequence[Span], zone: ZoneInfo, now: datetime) -> Cell:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    try:
        span = Span(instant(wall, zone), instant(wall + timedelta(minutes=step), zone))
    except DomainError:
        return Cell(None, False, False)
    return Cell(span, any(one.holds(span) for one in opening), span.ends_at <= now)


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
