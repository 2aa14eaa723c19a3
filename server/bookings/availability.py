"""When a resource is free. Pure: opening hours minus what is taken, cut to what the rules would let through.

A booking keeps its units from start to end, so a free window is a time for which certain units are free all along. The
windows of several units may overlap: where neither can move, one unit free 8–12 and another 10–14 are two windows, and
8–14 could not be booked.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.grid import last_on_grid, next_on_grid
from server.resources.rules import Rules
from server.spans import Span, without


class Window(msgspec.Struct, frozen=True):
    """A time for which `units` units are free from its start to its end."""

    starts_at: datetime
    ends_at: datetime
    units: int

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


def free_windows(opening: list[Span], busy: Mapping[int, list[Span]], total: int, units: int) -> list[Window]:
    """The longest windows for which at least `units` of `total` units are free, by start."""
    untouched = total - sum(1 for unit in busy if unit <= total)
    free = [without(opening, spans) for unit, spans in busy.items() if unit <= total]
    if untouched:
        free.append(opening)
    weights = [1] * (len(free) - (untouched > 0)) + [untouched] * (untouched > 0)
    if len(free) == 1:
        return [Window(s.starts_at, s.ends_at, weights[0]) for s in free[0]] if weights[0] >= units else []
    return list(_longest(free, weights, units))


def _longest(free: list[list[Span]], weights: list[int], units: int) -> Iterator[Window]:
    starts = sorted({span.starts_at for spans in free for span in spans})
    cursors = [0] * len(free)
    reached: datetime | None = None
    for start in starts:
        ends: list[tuple[datetime, int]] = []
        for index, spans in enumerate(free):
            while cursors[index] < len(spans) and spans[cursors[index]].ends_at <= start:
                cursors[index] += 1
            if cursors[index] < len(spans) and spans[cursors[index]].starts_at <= start:
                ends.append((spans[cursors[index]].ends_at, weights[index]))
        ends.sort(reverse=True)
        count, end = 0, None
        for moment, weight in ends:
            if count >= units and moment != end:
                break
            count, end = count + weight, moment
        if end is not None and count >= units and (reached is None or end > reached):
            reached = end
            yield Window(start, end, count)


def bookable(windows: list[Window], rules: Rules, time_zone: str, now: datetime, minutes: int | None) -> list[Window]:
    """Cut windows to lead time, horizon and grid; drop those shorter than the shortest booking or `minutes`."""
    zone = ZoneInfo(time_zone)
    earliest, latest = now + timedelta(minutes=rules.lead_minutes), now + timedelta(days=rules.horizon_days)
    shortest = timedelta(minutes=max(rules.min_minutes, minutes or 0))
    result = []
    for window in windows:
        starts_at = next_on_grid(max(window.starts_at, earliest), zone, rules.step_minutes)
        ends_at = last_on_grid(min(window.ends_at, latest), zone, rules.step_minutes)
        if ends_at - starts_at >= shortest:
            result.append(Window(starts_at.astimezone(zone), ends_at.astimezone(zone), window.units))
    return result


def nearest(windows: list[Window], wanted: Span, rules: Rules, time_zone: str, count: int = 3) -> list[Span]:
    """The free times of the same length nearest to `wanted`, by start. `windows` as bookable() gives them."""
    zone, length = ZoneInfo(time_zone), wanted.length
    found: set[Span] = set()
    for window in windows:
        last = window.ends_at - length
        if last < window.starts_at:
            continue
        first = min(max(wanted.starts_at, window.starts_at), last)
        for step in range(-count, count + 1):
            start = next_on_grid(first + step * length, zone, rules.step_minutes)
            if window.starts_at <= start <= last:
                found.add(Span(start.astimezone(zone), (start + length).astimezone(zone)))
    chosen: list[Span] = []
    for span in sorted(found, key=lambda span: (abs(span.starts_at - wanted.starts_at), span.starts_at)):
        if not any(span.meets(other) for other in chosen):
            chosen.append(span)
        if len(chosen) == count:
            break
    return sorted(chosen)
