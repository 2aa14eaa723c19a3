"""Opening hours: weekly local hours in the resource's own zone, with dated exceptions, as spans of instants. Pure.

A week is made of shifts, and a shift belongs to the day on which it opens: who closes a Friday closes the night that
begins then, and leaves the one that ends then. Shifts are at most a day long; `((0, WEEK),)` is open around the clock.

Minutes are counted on the clock on the wall. A bound that the wall clock skips (spring) is the moment of the jump; one
that it shows twice (autumn) opens at the first and closes at the second, so that no opening time is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from server.core.spans import Minutes, Span, Ticks, merged, moment, tick, within
from server.core.time_zones import jump

DAY = 1440  # minutes
WEEK = 7 * DAY
ONE_DAY = timedelta(days=1)


def open_spans(week: Minutes, exceptions: Mapping[date, Minutes], time_zone: str, window: Span) -> list[Span]:
    """When it is open within `window`: sorted, disjoint, in UTC.

    `week` holds shifts in minutes of the week from Monday 00:00; `exceptions` shifts in minutes of the local day on
    which they open, replacing that day's.
    """
    return [Span(moment(start), moment(end)) for start, end in open_ticks(week, exceptions, time_zone, window)]


def open_ticks(week: Minutes, exceptions: Mapping[date, Minutes], time_zone: str, window: Span) -> list[Ticks]:
    """The same in ticks."""
    bounds = (tick(window.starts_at), tick(window.ends_at))
    if week == ((0, WEEK),) and not exceptions:
        return [bounds]
    zone = ZoneInfo(time_zone)
    day = window.starts_at.astimezone(zone).date() - ONE_DAY
    last = window.ends_at.astimezone(zone).date() + ONE_DAY
    found: list[Ticks] = []
    while day <= last:
        exception = exceptions.get(day)
        found += weekly_ticks(week, time_zone, day) if exception is None else _ticks(zone, day, exception)
        day += ONE_DAY
    return within(merged(found), bounds)


@lru_cache(maxsize=20_000)
def weekly_ticks(week: Minutes, time_zone: str, day: date) -> list[Ticks]:
    """The shifts of one local day."""
    return _ticks(ZoneInfo(time_zone), day, opens_on(week, day.weekday()))


def opens_on(week: Minutes, weekday: int) -> Minutes:
    """The shifts that open on a weekday, in minutes of that day: a night reaches into the next."""
    first = weekday * DAY
    if week == ((0, WEEK),):
        return ((0, DAY),)
    return tuple((start - first, end - first) for start, end in week if first <= start < first + DAY)


def is_always(week: Minutes) -> bool:
    """Whether it is open around the clock, in however many shifts."""
    return minutes_open(week) == ((0, WEEK),)


def minutes_open(week: Minutes) -> Minutes:
    """At which minutes of the week it is open, whichever shift it is: disjoint, a Sunday night wrapped to Monday."""
    cut = [(start, min(end, WEEK)) for start, end in week]
    cut += [(0, end - WEEK) for _, end in week if end > WEEK]
    return tuple(merged(cut))


def _ticks(zone: ZoneInfo, day: date, hours: Iterable[tuple[int, int]]) -> list[Ticks]:
    bounds = (
        (tick(_instant(zone, day, start, closing=False)), tick(_instant(zone, day, end, closing=True)))
        for start, end in hours
    )
    return [(start, end) for start, end in bounds if start < end]


def _instant(zone: ZoneInfo, day: date, minute: int, *, closing: bool) -> datetime:
    """The instant of a minute of a local day."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    early, late = wall.replace(fold=0).astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if early == late:
        return early
    if early < late:  # shown twice
        return late if closing else early
    return jump(zone, late, early)  # skipped


def week_of(hours: Minutes, shifts: Minutes = ()) -> Minutes:
    """The shifts that are kept of a week; where none are, they are read off the hours.

    What is open for no longer than a day is one shift; what is open for longer is cut at midnight.
    """
    if shifts:
        return shifts
    found: list[tuple[int, int]] = []
    for start, end in _whole_nights(hours):
        cuts = [start, end] if end - start <= DAY else [start, *range((start // DAY + 1) * DAY, end, DAY), end]
        found += pairwise(cuts)
    return as_week(sorted((start % WEEK, start % WEEK + end - start) for start, end in found))


def as_week(shifts: Iterable[tuple[int, int]]) -> Minutes:
    """Shifts by their openings; those of seven whole days are open around the clock."""
    found = tuple(shifts)
    return ((0, WEEK),) if found == tuple((day, day + DAY) for day in range(0, WEEK, DAY)) else found


def _whole_nights(minutes: Minutes) -> list[tuple[int, int]]:
    """Join what was cut at the end of Sunday, unless it is always open."""
    if len(minutes) > 1 and minutes[0][0] == 0 and minutes[-1][1] == WEEK:
        return [*minutes[1:-1], (minutes[-1][0], WEEK + minutes[0][1])]
    return list(minutes)


def fits(opening: Sequence[Span], wanted: Span) -> bool:
    """Whether it is open for all of `wanted`. `opening` as open_spans() gives it."""
    return any(span.holds(wanted) for span in opening)
