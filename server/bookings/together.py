"""When several resources are free at the same time. Pure."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.grid import last_on_grid, next_on_grid
from server.spans import Span

Grid = tuple[ZoneInfo, int]  # a zone and a step in minutes


Footprints = Mapping[UUID, AbstractSet[UUID]]  # what is taken with a resource: itself and its parts
NOTHING_ELSE: Footprints = MappingProxyType({})


class Together(msgspec.Struct, frozen=True):
    """A time in which all of `resources` can be booked; any part of it that is long enough and on the grid of each."""

    starts_at: datetime
    ends_at: datetime
    resources: tuple[UUID, ...]

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


def free_together(
    found: Sequence[Together], others: Sequence[Together], shortest: timedelta, footprints: Footprints = NOTHING_ELSE
) -> list[Together]:
    """Where one of `found` and one of `others` are free together: the longest times, by start."""
    both = [
        Together(max(one.starts_at, other.starts_at), min(one.ends_at, other.ends_at), one.resources + other.resources)
        for one in found
        for other in others
        if one.span.meets(other.span) and not _taken_by(one, footprints) & _taken_by(other, footprints)
    ]
    return longest([one for one in both if one.span.length >= shortest])


def _taken_by(one: Together, footprints: Footprints) -> set[UUID]:
    return {taken for id in one.resources for taken in footprints.get(id, {id})}


def longest(times: Sequence[Together]) -> list[Together]:
    """Leave out what lies within another of them, whichever resources that has."""
    kept: list[Together] = []
    for one in sorted(times, key=lambda one: (one.starts_at, -one.ends_at.timestamp())):
        if not kept or one.ends_at > kept[-1].ends_at:
            kept.append(one)
    return kept


def on_grids(span: Span, grids: Sequence[Grid]) -> Span | None:
    """Cut a span to starts and ends that are on every grid; None when nothing is left."""
    start, end = span
    while start < end:
        later = start
        for zone, step in grids:
            later = next_on_grid(later, zone, step)
        if later == start:
            break
        start = later
    while start < end:
        earlier = end
        for zone, step in grids:
            earlier = last_on_grid(earlier, zone, step)
        if earlier == end:
            return Span(start, end)
        end = earlier
    return None
