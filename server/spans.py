"""Spans of time: half-open pairs of instants, and the arithmetic on sorted lists of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple


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


def merged(spans: Iterable[Span]) -> list[Span]:
    """Sort, and join what overlaps or touches."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.starts_at <= result[-1].ends_at:
            if span.ends_at > result[-1].ends_at:
                result[-1] = Span(result[-1].starts_at, span.ends_at)
        else:
            result.append(span)
    return result


def without(spans: list[Span], taken: list[Span]) -> list[Span]:
    """What is left of `spans` outside `taken`. Both sorted and disjoint, as merged() makes them."""
    result: list[Span] = []
    first = 0
    for span in spans:
        start = span.starts_at
        while first < len(taken) and taken[first].ends_at <= start:
            first += 1
        index = first
        while index < len(taken) and taken[index].starts_at < span.ends_at:
            if taken[index].starts_at > start:
                result.append(Span(start, taken[index].starts_at))
            start = max(start, taken[index].ends_at)
            index += 1
        if start < span.ends_at:
            result.append(Span(start, span.ends_at))
    return result


def common(some: list[Span], others: list[Span]) -> list[Span]:
    """What lies in both. Both sorted and disjoint."""
    result: list[Span] = []
    first = 0
    for span in some:
        while first < len(others) and others[first].ends_at <= span.starts_at:
            first += 1
        for other in others[first:]:
            if other.starts_at >= span.ends_at:
                break
            result.append(Span(max(span.starts_at, other.starts_at), min(span.ends_at, other.ends_at)))
    return result


def within(spans: Iterable[Span], window: Span) -> list[Span]:
    """The parts of `spans` inside `window`."""
    cut = (Span(max(s.starts_at, window.starts_at), min(s.ends_at, window.ends_at)) for s in spans if s.meets(window))
    return [span for span in cut if span.starts_at < span.ends_at]
