"""Which units a booking gets: the best fitting ones, never random ones.

Best fit means the least free time left around the booking on its unit; ties go to the lowest number. That leaves more
room for long bookings than a random choice does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from server.spans import Span


def free_units(units: int, busy: Mapping[int, Sequence[Span]], wanted: Span) -> list[int]:
    """The units of 1…`units` on which nothing in `busy` meets `wanted`."""
    return [unit for unit in range(1, units + 1) if not any(span.meets(wanted) for span in busy.get(unit, ()))]


def best_fit(units: int, busy: Mapping[int, Sequence[Span]], wanted: Span, count: int) -> list[int] | None:
    """Choose `count` free units, or None when there are not so many."""
    free = free_units(units, busy, wanted)
    if len(free) < count:
        return None
    free.sort(key=lambda unit: (_slack(busy.get(unit, ()), wanted), unit))
    return sorted(free[:count])


def _slack(busy: Sequence[Span], wanted: Span) -> timedelta:
    """How much free time is left around `wanted` up to the unit's neighbouring claims."""
    before = max((span.ends_at for span in busy if span.ends_at <= wanted.starts_at), default=_FAR_PAST)
    after = min((span.starts_at for span in busy if span.starts_at >= wanted.ends_at), default=_FAR_FUTURE)
    return after - before


_FAR_PAST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_FAR_FUTURE = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
