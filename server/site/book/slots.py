"""The week of a resource as a grid of cells, each free, taken, closed or past. Pure."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.schemas import Availability, Free
from server.core.errors import DomainError
from server.core.recurrence import instant
from server.core.spans import Span, merged, monday

DAY = 1440  # minutes
USUAL = (8 * 60, 18 * 60)  # what is shown of a week in which it is never open
FINE = 12 * 60  # up to so many minutes a day the rows are half hours

Kind = Literal["free", "taken", "closed", "past", "skipped"]


class Cell(msgspec.Struct, kw_only=True):
    """A piece of a day. `starts_at` is None where the clocks skip it."""

    kind: Kind
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    units: int = 0
    reason: str = ""
    chosen: bool = False
    to: tuple[datetime, datetime] | None = None  # what choosing it asks for


class Week(msgspec.Struct, kw_only=True):
    """Seven days from Monday, and rows of seven cells by their minute of the day."""

    days: list[date]
    rows: list[tuple[int, list[Cell]]]
    near: int  # index of the first of the three days that a phone shows
    step: int


def window(day: date, zone: ZoneInfo) -> Span:
    """The week of a day as instants."""
    first = datetime.combine(monday(day), time(), zone)
    return Span(first, datetime.combine(monday(day) + timedelta(days=7), time(), zone))


def week(
    day: date, zone: ZoneInfo, seen: Availability, now: datetime, *, grid: int, least: int, chosen: Span | None
) -> Week:
    """Lay out the week of `day`. `grid` and `least`: minutes on which bookings start, and that they last at least."""
    days = [monday(day) + timedelta(days=number) for number in range(7)]
    for step in (30, 60):
        step = step if step % grid == 0 else grid
        cells = {minute: [_cell(one, minute, step, zone, seen, now) for one in days] for minute in range(0, DAY, step)}
        open_ = [minute for minute, row in cells.items() if any(cell.kind in ("free", "taken") for cell in row)]
        first, last = (min(open_), max(open_) + step) if open_ else USUAL
        if last - first <= FINE:
            break
    rows = [(minute, row) for minute, row in cells.items() if first <= minute < last]
    for _, row in rows:
        for cell in row:
            _choose(cell, seen, chosen, max(step, least))
    near = 0 if day.weekday() < 3 else 3 if day.weekday() < 6 else 4
    return Week(days=days, rows=rows, near=near, step=step)


def _cell(day: date, minute: int, step: int, zone: ZoneInfo, seen: Availability, now: datetime) -> Cell:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    try:
        start, end = instant(wall, zone), instant(wall + timedelta(minutes=step), zone)
    except DomainError:
        return Cell(kind="skipped")
    if start <= now:
        return Cell(kind="past", starts_at=start, ends_at=end)
    for free in seen.free:
        if free.starts_at <= start and end <= free.ends_at:
            return Cell(kind="free", starts_at=start, ends_at=end, units=free.units)
    closed = merged((one.starts_at, one.ends_at) for one in seen.closed)
    if any(first <= start and end <= last for first, last in closed):
        reason = next((one.reason for one in seen.closed if one.starts_at < end and start < one.ends_at), "")
        return Cell(kind="closed", starts_at=start, ends_at=end, reason=reason)
    return Cell(kind="taken", starts_at=start, ends_at=end)


def _choose(cell: Cell, seen: Availability, chosen: Span | None, least: int) -> None:
    """Say what a click asks for: longer than what was chosen, where that is one free time, else a new beginning."""
    if cell.starts_at is None or cell.ends_at is None:
        return
    if chosen is not None:
        cell.chosen = chosen.starts_at <= cell.starts_at and cell.ends_at <= chosen.ends_at
    if cell.kind != "free":
        return
    cell.to = (cell.starts_at, cell.starts_at + timedelta(minutes=least))
    if chosen is not None and cell.starts_at >= chosen.ends_at and _is_one(seen.free, chosen.starts_at, cell.ends_at):
        cell.to = (chosen.starts_at, cell.ends_at)


def _is_one(free: list[Free], start: datetime, end: datetime) -> bool:
    minutes = (end - start) / timedelta(minutes=1)
    for one in free:
        longest = one.max_minutes
        inside = one.starts_at <= start and end <= one.ends_at
        if inside and (longest is None or minutes <= longest):
            return True
    return False
