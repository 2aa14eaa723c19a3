"""When a resource is free. Pure: opening hours minus what is taken, cut to what the rules would let through.

A booking keeps its units from start to end, so a free window is a time for which certain units are free all along. The
windows of several units may overlap: where neither can move, one unit free 8–12 and another 10–14 are two windows, and
8–14 could not be booked.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from math import ceil
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.rules.blocks import blocks_in, chains, last_on_grid, next_on_grid
from server.bookings.rules.lengths import counted, end_after, long_enough, times
from server.core.spans import MINUTE, TICK, Pair, Span, T, moment, tick, without
from server.resources.opening.wall_clock import shown, steady
from server.resources.rules.schemas import DEFAULTS, Rules

DAY = 1440 * MINUTE


class Window(msgspec.Struct, frozen=True):
    """A time for which `units` units are free from its start to its end, and the rules for bookings in it."""

    starts_at: datetime
    ends_at: datetime
    units: int
    rules: Rules = DEFAULTS

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


Piece: TypeAlias = tuple[T, T, int]  # from, until, and for how many units


def free_pieces(
    opening: Sequence[Pair[T]], busy: Mapping[int, Sequence[Pair[T]]], total: int, units: int
) -> list[Piece[T]]:
    """The longest times for which at least `units` of `total` units are free, by start."""
    untouched = total - sum(1 for unit in busy if unit <= total)
    free = [without(opening, taken) for unit, taken in busy.items() if unit <= total]
    if untouched:
        free.append(list(opening))
    weights = [1] * (len(free) - (untouched > 0)) + [untouched] * (untouched > 0)
    if len(free) == 1:
        weight = weights[0]
        return [(start, end, weight) for start, end in free[0]] if weight >= units else []
    return list(_longest(free, weights, units))


def _longest(free: list[list[Pair[T]]], weights: list[int], units: int) -> Iterator[Piece[T]]:
    starts = sorted({start for spans in free for start, _ in spans})
    cursors = [0] * len(free)
    reached: T | None = None
    for start in starts:
        ends: list[tuple[T, int]] = []
        for index, spans in enumerate(free):
            while cursors[index] < len(spans) and spans[cursors[index]][1] <= start:
                cursors[index] += 1
            if cursors[index] < len(spans) and spans[cursors[index]][0] <= start:
                ends.append((spans[cursors[index]][1], weights[index]))
        ends.sort(reverse=True)
        count: int = 0
        end: T | None = None
        for until, weight in ends:
            if count >= units and until != end:
                break
            count, end = count + weight, until
        if end is not None and count >= units and (reached is None or end > reached):
            reached = end
            yield start, end, count


def bookable(
    pieces: list[Piece[int]], rules: Rules, time_zone: str, now: datetime, minutes: int | None
) -> list[Piece[int]]:
    """Cut what is free, in ticks, to lead time, horizon and grid or blocks; drop what is too short.

    `minutes`: the length that somebody needs.
    """
    wanted = max(rules.shortest, minutes or 0)
    if not pieces or (rules.longest is not None and wanted > rules.longest):
        return []
    zone, today = ZoneInfo(time_zone), tick(now)
    earliest, latest = today + rules.lead_minutes * MINUTE, today + rules.horizon_days * DAY
    if rules.blocks:
        pieces = _in_blocks(_between(pieces, earliest, latest), rules, zone)
        spans = (Span(moment(start), moment(end)) for start, end, _ in pieces)
        return [piece for piece, span in zip(pieces, spans, strict=True) if any(times(span, wanted, zone, rules))]
    offset = steady(zone, Span(moment(pieces[0][0]), moment(max(end for _, end, _ in pieces))))
    if offset is None or 1440 % rules.step_minutes:
        pieces = _on_grid(_between(pieces, earliest, latest), rules.step_minutes, offset or zone)
        return [piece for piece in pieces if long_enough(piece, wanted, offset or zone, rules)]
    # The grid is as regular as the time: a division finds it.
    shortest, step, shift = wanted * MINUTE, rules.step_minutes * MINUTE, offset.utcoffset(None) // TICK
    earliest -= (earliest + shift) % -step
    found = []
    for start, end, units in pieces:
        first = start - (start + shift) % -step if start > earliest else earliest
        last = end if end < latest else latest
        last -= (last + shift) % step
        if last - first >= shortest:
            found.append((first, last, units))
    return found


def windows(pieces: list[Piece[int]], rules: Rules, zone: ZoneInfo) -> list[Window]:
    """Say in local time what bookable() found."""
    if not pieces:
        return []
    local = shown(zone, Span(moment(pieces[0][0]), moment(max(end for _, end, _ in pieces))))
    return [Window(local(start), local(end), units, rules) for start, end, units in pieces]


def _between(pieces: list[Piece[int]], earliest: int, latest: int) -> list[Piece[int]]:
    return [
        (max(start, earliest), min(end, latest), units)
        for start, end, units in pieces
        if start < latest and end > earliest
    ]


def _in_blocks(cuts: list[Piece[int]], rules: Rules, zone: ZoneInfo) -> list[Piece[int]]:
    """The blocks in each, those that follow each other together."""
    return [
        (tick(chain[0].starts_at), tick(chain[-1].ends_at), units)
        for start, end, units in cuts
        for chain in chains(blocks_in(rules.blocks, zone, Span(moment(start), moment(end))))
    ]


def _on_grid(cuts: list[Piece[int]], step: int, zone: tzinfo) -> list[Piece[int]]:
    """What of each lies on the grid of a zone whose clocks change, or on one that begins anew at midnight."""
    return [
        (tick(next_on_grid(moment(start), zone, step)), tick(last_on_grid(moment(end), zone, step)), units)
        for start, end, units in cuts
    ]


def nearest(windows: list[Window], wanted: Span, time_zone: str, count: int = 3) -> list[Span]:
    """The free times of the same length nearest to `wanted`, by start. `windows` as bookable() gives them."""
    zone, length = ZoneInfo(time_zone), wanted.length
    found: set[Span] = set()
    for window in windows:
        whole = Span(window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC))  # to count in real time
        rules = window.rules
        minutes = counted(wanted, zone, rules)
        if rules.blocks:
            if not rules.min_minutes <= minutes <= (rules.max_minutes or minutes):
                continue
            blocks = blocks_in(rules.blocks, zone, whole)
            ends = {block.ends_at for block in blocks}
            starts = (block.starts_at for block in blocks if block.starts_at + length in ends)
            found.update(Span(start.astimezone(zone), (start + length).astimezone(zone)) for start in starts)
            continue
        first = min(max(wanted.starts_at, whole.starts_at), whole.ends_at - length)
        for step in range(-count, count + 1):
            start = next_on_grid(first + step * length, zone, rules.step_minutes)
            end = end_after(start, ceil(minutes), zone, rules)
            real = (end - start) / timedelta(minutes=1)
            fits = rules.min_minutes <= real <= (rules.max_minutes or real)
            if fits and whole.holds(Span(start, end)) and counted(Span(start, end), zone, rules) == minutes:
                found.add(Span(start.astimezone(zone), end.astimezone(zone)))
    chosen: list[Span] = []
    for span in sorted(found, key=lambda span: (abs(span.starts_at - wanted.starts_at), span.starts_at)):
        if not any(span.meets(other) for other in chosen):
            chosen.append(span)
        if len(chosen) == count:
            break
    return sorted(chosen)
