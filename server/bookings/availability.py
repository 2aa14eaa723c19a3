"""When a resource is free. Pure: opening hours minus what is taken, cut to what the rules would let through.

A booking keeps its units from start to end, so a free window is a time for which certain units are free all along. The
windows of several units may overlap: where neither can move, one unit free 8–12 and another 10–14 are two windows, and
8–14 could not be booked.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.blocks import blocks_in, chains
from server.bookings.grid import last_on_grid, next_on_grid, on_grid
from server.resources.rules import DEFAULTS, Rules
from server.spans import Span, without


class Window(msgspec.Struct, frozen=True):
    """A time for which `units` units are free from its start to its end, and the rules for bookings in it."""

    starts_at: datetime
    ends_at: datetime
    units: int
    rules: Rules = DEFAULTS

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
    """Cut windows to lead time, horizon and grid or blocks; drop those without room for the shortest booking.

    `minutes`: the length that somebody needs.
    """
    if rules.max_minutes is not None and max(minutes or 0, _least(rules)) > rules.max_minutes:
        return []
    zone = ZoneInfo(time_zone)
    earliest, latest = now + timedelta(minutes=rules.lead_minutes), now + timedelta(days=rules.horizon_days)
    shortest = timedelta(minutes=max(rules.min_minutes, minutes or 0))
    result = []
    for window in windows:
        cut = Span(max(window.starts_at, earliest), min(window.ends_at, latest))
        for one in _on_grid(cut, rules, zone):
            if one.length >= shortest:
                result.append(Window(one.starts_at.astimezone(zone), one.ends_at.astimezone(zone), window.units, rules))
    return result


def _on_grid(span: Span, rules: Rules, zone: ZoneInfo) -> list[Span]:
    """What of a span bookings can fill: cut to the grid, or to the blocks in it that follow each other."""
    if rules.blocks:
        return [Span(one[0].starts_at, one[-1].ends_at) for one in chains(blocks_in(rules.blocks, zone, span))]
    step = rules.step_minutes
    return [Span(next_on_grid(span.starts_at, zone, step), last_on_grid(span.ends_at, zone, step))]


def _least(rules: Rules) -> int:
    """The shortest length on the grid, where all its steps are equally long."""
    if rules.blocks or 1440 % rules.step_minutes:
        return rules.min_minutes
    return -(-rules.min_minutes // rules.step_minutes) * rules.step_minutes


def nearest(windows: list[Window], wanted: Span, time_zone: str, count: int = 3) -> list[Span]:
    """The free times of the same length nearest to `wanted`, by start. `windows` as bookable() gives them."""
    zone, length = ZoneInfo(time_zone), wanted.length
    minutes = length / timedelta(minutes=1)
    found: set[Span] = set()
    for window in windows:
        whole = Span(window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC))  # to count in real time
        last, rules = whole.ends_at - length, window.rules
        if last < whole.starts_at or minutes < rules.min_minutes or minutes > (rules.max_minutes or minutes):
            continue
        if rules.blocks:
            blocks = blocks_in(rules.blocks, zone, whole)
            ends = {block.ends_at for block in blocks}
            starts = (block.starts_at for block in blocks if block.starts_at + length in ends)
            found.update(Span(start.astimezone(zone), (start + length).astimezone(zone)) for start in starts)
            continue
        first = min(max(wanted.starts_at, whole.starts_at), last)
        for step in range(-count, count + 1):
            start = next_on_grid(first + step * length, zone, rules.step_minutes)
            if whole.starts_at <= start <= last and on_grid(start + length, zone, rules.step_minutes):
                found.add(Span(start.astimezone(zone), (start + length).astimezone(zone)))
    chosen: list[Span] = []
    for span in sorted(found, key=lambda span: (abs(span.starts_at - wanted.starts_at), span.starts_at)):
        if not any(span.meets(other) for other in chosen):
            chosen.append(span)
        if len(chosen) == count:
            break
    return sorted(chosen)
