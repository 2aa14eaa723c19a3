"""Spans of time: half-open pairs of instants, and the arithmetic on sorted lists of them. Pure.

The arithmetic works on ticks as well, instants as whole numbers (microseconds since 1970): as exact as datetimes, at a
fraction of their cost. What counts with hundreds of times at once takes them (availability, docs/performance.md). It
returns bare pairs, for to make a Span costs ten times as much.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple, TypeAlias, TypeVar

Ticks: TypeAlias = tuple[int, int]  # like a Span: half-open
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MINUTE = 60_000_000  # ticks

T = TypeVar("T", datetime, int)

Minutes = tuple[tuple[int, int], ...]  # of a local week or day: sorted, disjoint, half-open


class Span(NamedTuple):
    """From `starts_at` up to, not including, `ends_at`; both aware."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    def meets(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def holds(self, other: "Span") -> bool:
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


Pair: TypeAlias = tuple[T, T]  # a Span, or Ticks


def merged(spans: Iterable[Pair[T]]) -> list[Pair[T]]:
    """Sort, and join what overlaps or touches."""
    result: list[Pair[T]] = []
    reached: T | None = None
    for span in sorted(spans):
        if reached is None or span[0] > reached:
            result.append(span)
            reached = span[1]
        elif span[1] > reached:
            reached = span[1]
            result[-1] = (result[-1][0], reached)
    return result


def without(spans: Sequence[Pair[T]], taken: Sequence[Pair[T]]) -> list[Pair[T]]:
    """What is left of `spans` outside `taken`. Both sorted and disjoint, as merged() makes them."""
    result: list[Pair[T]] = []
    first, count = 0, len(taken)
    for start, end in spans:
        while first < count and taken[first][1] <= start:
            first += 1
        for index in range(first, count):
            gone, back = taken[index]
            if gone >= end:
                break
            if gone > start:
                result.append((start, gone))
            if back > start:
                start = back
        if start < end:
            result.append((start, end))
    return result


def common(some: Sequence[Pair[T]], others: Sequence[Pair[T]]) -> list[Pair[T]]:
    """What lies in both. Both sorted and disjoint."""
    result: list[Pair[T]] = []
    first, count = 0, len(others)
    for start, end in some:
        while first < count and others[first][1] <= start:
            first += 1
        for index in range(first, count):
            other = others[index]
            if other[0] >= end:
                break
            result.append((max(start, other[0]), min(end, other[1])))
    return result


def within(spans: Iterable[Pair[T]], window: Pair[T]) -> list[Pair[T]]:
    """The parts of `spans` inside `window`."""
    first, last = window
    cut = [(start if start > first else first, end if end < last else last) for start, end in spans]
    return [span for span in cut if span[0] < span[1]]


def monday(day: date) -> date:
    """The first day of the week of a day."""
    return day - timedelta(days=day.weekday())


def minutes(ranges: Any) -> Minutes:
    return tuple((one.lower, one.upper) for one in ranges)


def tick(moment: datetime) -> int:
    return (moment - EPOCH) // TICK


def moment(tick: int, offset: tzinfo = UTC) -> datetime:
    """The instant as the clocks of a fixed offset show it."""
    return EPOCH.astimezone(offset) + tick * TICK


def ticks(spans: Iterable[tuple[datetime, datetime]]) -> list[Ticks]:
    return [(tick(start), tick(end)) for start, end in spans]
