"""Instants as whole numbers: microseconds since 1970. As exact as datetimes, at a fraction of their cost.

For what counts with hundreds of times at once (availability, docs/performance.md); everything else keeps to spans.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeAlias

Ticks: TypeAlias = tuple[int, int]  # like a Span: half-open

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MINUTE = 60_000_000


def tick(moment: datetime) -> int:
    return (moment - EPOCH) // TICK


def moment(tick: int, offset: tzinfo = UTC) -> datetime:
    """The instant as the clocks of a fixed offset show it."""
    return EPOCH.astimezone(offset) + tick * TICK


def ticks(spans: Iterable[tuple[datetime, datetime]]) -> list[Ticks]:
    return [(tick(start), tick(end)) for start, end in spans]
