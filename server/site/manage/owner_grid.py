"""The grid of an owner's week: rows of local time, and of each cell whether it is open. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from server.core.errors import DomainError
from server.core.recurrence import instant
from server.core.spans import Span
from server.site.manage.calendar_week import Day, Event, laid_out, minutes_of

DAY = 1440  # minutes
USUAL = (8 * 60, 18 * 60)  # what is shown at least
FINE = 12 * 60  # up to so many minutes a day the rows are half hours


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
