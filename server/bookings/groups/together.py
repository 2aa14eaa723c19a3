"""When several resources are free at the same time. Pure.

Each is free in windows with rules of their own, and a time for all has to start and end as every one of them demands.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.capacity.availability import Window
from server.bookings.rules.blocks import blocks_in, last_on_grid, next_on_grid
from server.core.spans import Span
from server.resources.rules.schemas import Block, Rules

MOST = 500  # times that are gone on with; only with many resources of different rules are there more

Find = Callable[[datetime], datetime | None]


class Timing(msgspec.Struct, frozen=True):
    """When bookings start and end: every `step` minutes, or with whole blocks if there are any."""

    time_zone: str
    step: int
    blocks: tuple[Block, ...] = ()

    def holds(self, other: "Timing") -> bool:
        """Whether what is as the other demands is also as this one does."""
        if self.blocks or other.blocks:
            return self == other
        return self.time_zone == other.time_zone and other.step % self.step == 0


Ways = tuple[int, int | None, frozenset[Timing]]  # the shortest, the longest, and how bookings start and end
Footprints = Mapping[UUID, AbstractSet[UUID]]  # what is taken with a resource: itself and its parts
NOTHING_ELSE: Footprints = MappingProxyType({})


class Together(msgspec.Struct, frozen=True):
    """A time in which all of `resources` can be booked, for `min_minutes` to `max_minutes`, as every timing demands."""

    starts_at: datetime
    ends_at: datetime
    resources: tuple[UUID, ...]
    min_minutes: int = 1
    max_minutes: int | None = None
    timings: frozenset[Timing] = frozenset()

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)

    @property
    def ways(self) -> Ways:
        return self.min_minutes, self.max_minutes, self.timings

    @property
    def coarseness(self) -> int:
        return max((timing.step for timing in self.timings), default=0)


def alone(id: UUID, window: Window, time_zone: str) -> Together:
    """A free window of one resource."""
    rules: Rules = window.rules
    timing = Timing(time_zone, rules.step_minutes, rules.blocks)
    starts_at, ends_at = window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC)  # to count in real time
    return Together(starts_at, ends_at, (id,), rules.min_minutes, rules.max_minutes, frozenset([timing]))


def free_together(
    found: Sequence[Together], others: Sequence[Together], shortest: timedelta, footprints: Footprints = NOTHING_ELSE
) -> list[Together]:
    """Where one of `found` and one of `others` can be booked together for `shortest`: the longest times, by start."""
    both = (
        _joined(one, other)
        for one in found
        for other in others
        if one.span.meets(other.span) and not _taken_by(one, footprints) & _taken_by(other, footprints)
    )
    return longest([*cuts(both, shortest)])[:MOST]


def _joined(one: Together, other: Together) -> Together:
    limits = [most for most in (one.max_minutes, other.max_minutes) if most is not None]
    return Together(
        max(one.starts_at, other.starts_at),
        min(one.ends_at, other.ends_at),
        one.resources + other.resources,
        max(one.min_minutes, other.min_minutes),
        min(limits, default=None),
        one.timings | other.timings,
    )


def _taken_by(one: Together, footprints: Footprints) -> set[UUID]:
    return {taken for id in one.resources for taken in footprints.get(id, {id})}


def longest(times: Sequence[Together]) -> list[Together]:
    """Leave out what lies within another of them that leaves as much choice, whichever resources that has."""
    kept: list[Together] = []
    reached: dict[Ways, datetime] = {}
    for one in sorted(times, key=lambda one: (one.starts_at, -one.ends_at.timestamp(), one.coarseness)):
        if not any(end >= one.ends_at and _holds(ways, one.ways) for ways, end in reached.items()):
            reached[one.ways] = one.ends_at
            kept.append(one)
    return kept


def _holds(wide: Ways, narrow: Ways) -> bool:
    """Whether all that can be booked in the narrow ways can be in the wide ones."""
    (least, most, timings), (other_least, other_most, others) = wide, narrow
    if least > other_least or (most is not None and (other_most is None or most < other_most)):
        return False
    return all(any(timing.holds(other) for other in others) for timing in timings)


def cuts(times: Iterable[Together], shortest: timedelta) -> Iterator[Together]:
    """Cut each to its first start from which `shortest` can be booked and its last end; leave out what has none."""
    for one in times:
        if one.span.length >= shortest and (found := _cut(one, shortest)):
            yield found


def _cut(one: Together, shortest: timedelta) -> Together | None:
    least = max(shortest, timedelta(minutes=one.min_minutes))
    most = one.span.length if one.max_minutes is None else timedelta(minutes=one.max_minutes)
    starts, ends, lasts = zip(*(_bounds(timing, one.span) for timing in one.timings), strict=True)
    start = _agreed(one.starts_at, starts, one.span)
    while start is not None and start + least <= one.ends_at:
        end, last = _agreed(start + least, ends, one.span), _agreed(one.ends_at, lasts, one.span)
        if end is not None and last is not None and end <= min(start + most, last):
            return msgspec.structs.replace(one, starts_at=start, ends_at=last)
        start = _agreed(start + timedelta(microseconds=1), starts, one.span)
    return None


def _agreed(moment: datetime, finds: Sequence[Find], within: Span) -> datetime | None:
    """Go on from one to the next until all find the same, or have left the span: some grids never meet."""
    while True:
        before = moment
        for find in finds:
            found = find(moment)
            if found is None or not within.starts_at <= found <= within.ends_at:
                return None
            moment = found
        if moment == before:
            return moment


def _bounds(timing: Timing, span: Span) -> tuple[Find, Find, Find]:
    """What finds the next start, the next end and the last end in a span."""
    zone, step = ZoneInfo(timing.time_zone), timing.step
    if not timing.blocks:
        return (
            lambda moment: next_on_grid(moment, zone, step),
            lambda moment: next_on_grid(moment, zone, step),
            lambda moment: last_on_grid(moment, zone, step),
        )
    blocks = blocks_in(timing.blocks, zone, span)
    starts, ends = [block.starts_at for block in blocks], [block.ends_at for block in blocks]
    return (
        lambda moment: next(iter(starts[bisect_left(starts, moment) :]), None),
        lambda moment: next(iter(ends[bisect_left(ends, moment) :]), None),
        lambda moment: next(iter(ends[: bisect_right(ends, moment)][::-1]), None),
    )
