"""Lay out a week of several resources, one row each: when they can be booked on each day. The rules are booking's."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.capacity.occupancy_read import READ, occupancies
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.core import db
from server.core.actor import Actor
from server.core.spans import Span, moment

DAYS = 7
CELLS = 48  # half hours of a day


class Day(msgspec.Struct, frozen=True):
    """A day of one resource: the minutes that can be booked, and as bars from half hour to half hour."""

    date: date
    minutes: int = 0
    bars: tuple[tuple[int, int], ...] = ()


async def week_ahead(
    ids: Sequence[UUID], first: date, zone: ZoneInfo, viewer: Actor | None, units: int = 1, minutes: int = 0
) -> dict[UUID, list[Day]]:
    """Tell for each resource what can be booked on DAYS days of a zone, `units` units for `minutes` at least."""
    rows = await db.fetch(READ, list(ids))
    days = [first + timedelta(days=number) for number in range(DAYS)]
    edges = [datetime.combine(day, time(), zone) for day in [*days, first + timedelta(days=DAYS)]]
    window = Span(edges[0], edges[-1])
    found = {}
    for resource, seen in await occupancies(window, [ResourceSnapshot.from_row(row) for row in rows], viewer):
        pieces = seen.free_by_rules(resource, min(units, resource.units), minutes or None)
        spans = [Span(moment(start), moment(end)) for _, free in pieces for start, end, _ in free]
        found[resource.id] = [
            laid_out(day, Span(start, end), spans) for day, start, end in zip(days, edges, edges[1:], strict=False)
        ]
    return found


def laid_out(day: date, bounds: Span, free: Sequence[Span]) -> Day:
    """Cut what is free to a day. Pure. Windows of several units may overlap: a minute counts once."""
    length = bounds.ends_at.timestamp() - bounds.starts_at.timestamp()
    cuts = sorted(
        (max(one.starts_at, bounds.starts_at).timestamp(), min(one.ends_at, bounds.ends_at).timestamp())
        for one in free
        if one.meets(bounds)
    )
    minutes, bars, reached = 0, list[tuple[int, int]](), 0.0
    for start, end in cuts:
        minutes += max(0, int(end - max(start, reached)) // 60)
        reached = max(reached, end)
        cell = [round((at - bounds.starts_at.timestamp()) / length * CELLS) for at in (start, end)]
        if bars and cell[0] <= bars[-1][1]:
            bars[-1] = (bars[-1][0], max(bars[-1][1], cell[1]))
        elif cell[0] < cell[1]:
            bars.append((cell[0], cell[1]))
    return Day(day, minutes, tuple(bars))
