"""The week of a resource as a grid of cells, each free, taken, closed or past. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.rules.blocks import blocks_in, chains, last_on_grid, next_on_grid
from server.bookings.rules.lengths import end_after
from server.bookings.schemas import Availability, Free
from server.core.errors import DomainError
from server.core.recurrence import instant
from server.core.spans import Span, merged, monday
from server.resources.rules.schemas import Rules

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


def week(day: date, zone: ZoneInfo, seen: Availability, now: datetime, *, rules: Rules, chosen: Span | None) -> Week:
    """Lay out the week of `day`. `rules` say where bookings begin and end."""
    days = [monday(day) + timedelta(days=number) for number in range(7)]
    grid = rules.step_minutes
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
            _choose(cell, seen, chosen, step, zone, rules)
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


def _choose(cell: Cell, seen: Availability, chosen: Span | None, step: int, zone: ZoneInfo, rules: Rules) -> None:
    """Say what a click asks for: longer than what was chosen, where that can be booked, else a new beginning."""
    if cell.starts_at is None or cell.ends_at is None:
        return
    if chosen is not None:
        cell.chosen = chosen.starts_at <= cell.starts_at and cell.ends_at <= chosen.ends_at
    if cell.kind != "free":
        return
    begin, until = (one.astimezone(UTC) for one in (cell.starts_at, cell.ends_at))  # to count in real time
    windows = [one for one in seen.free if one.starts_at <= begin and until <= one.ends_at]
    if chosen is not None and begin >= chosen.ends_at:
        longer = (
            Span(chosen.starts_at, end) for one in windows for end in _ends(one, chosen.starts_at, until, rules, zone)
        )
        cell.to = next(_asked(longer, zone), None)
    if cell.to is None:
        cell.to = next(
            _asked((time for one in windows for time in _times(one, begin, until, step, rules, zone)), zone), None
        )
    if cell.to is None:
        cell.kind = "taken"


def _asked(times: Iterable[Span], zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    return ((start.astimezone(zone), end.astimezone(zone)) for start, end in times)


def _ends(free: Free, start: datetime, until: datetime, rules: Rules, zone: ZoneInfo) -> Iterator[datetime]:
    """The first end that leaves no cell out up to `until`, if a booking from `start` may last so long."""
    whole = Span(start.astimezone(UTC), free.ends_at.astimezone(UTC))
    if rules.blocks:
        blocks = chains(blocks_in(rules.blocks, zone, whole))
        end = next((one.ends_at for chain in blocks[:1] for one in chain if one.ends_at >= until), None)
    else:
        end = next_on_grid(until, zone, rules.step_minutes)
    if end is not None and _may_be(free, Span(whole.starts_at, end)):
        yield end


def _times(free: Free, begin: datetime, until: datetime, step: int, rules: Rules, zone: ZoneInfo) -> Iterator[Span]:
    """The times with this cell in them that a click may mean: from its beginning, or else the last that has it."""
    whole = Span(free.starts_at.astimezone(UTC), free.ends_at.astimezone(UTC))
    if rules.blocks:
        times: Iterable[Span] = (one for one in blocks_in(rules.blocks, zone, whole) if one.meets(Span(begin, until)))
    else:
        end = end_after(begin, max(step, free.min_minutes), zone, rules)
        last = last_on_grid(whole.ends_at - timedelta(minutes=free.min_minutes), zone, rules.step_minutes)
        times = (Span(begin, end), Span(last, end_after(last, free.min_minutes, zone, rules)))
    return (one for one in times if _may_be(free, one) and one.meets(Span(begin, until)))


def _may_be(free: Free, time: Span) -> bool:
    minutes = time.length / timedelta(minutes=1)
    inside = free.starts_at <= time.starts_at and time.ends_at <= free.ends_at
    return inside and free.min_minutes <= minutes <= (free.max_minutes or minutes)
