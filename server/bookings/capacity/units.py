"""Which units a booking gets, and how many there would be if others moved between them. Pure.

Best fit means the least free time left around the booking on its unit; ties go to the lowest number. That leaves more
room for long bookings than a random choice does.

Units are interchangeable, so a booking that lies ahead may move from one to another. Then what counts is only how many
units are taken at each moment (levelled()). A unit to which something ahead is nailed (a pinned claim, the closure of
some units) keeps what stands on it.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from server.core.errors import RuleRefused
from server.core.spans import Span, merged


class TakenSpan(msgspec.Struct, frozen=True):
    """Time taken on a unit. Only what other bookings keep their distance from is `apart`: bookings and holds.

    What was taken through a whole or a part stays where it is, at its own `distance`.
    """

    unit: int
    span: Span
    apart: bool
    id: UUID | None = None  # of the claim
    distance: int = 0  # minutes, if it is not `apart`

    def kept_free(self, distance: int) -> Span:
        """Its time with `distance` around it, or its own."""
        minutes = distance if self.apart else self.distance
        if not minutes:
            return self.span
        margin = timedelta(minutes=minutes)
        return Span(self.span.starts_at - margin, self.span.ends_at + margin)


class Run(msgspec.Struct):
    """What stands on a unit from `starts_at` on, the distance after it included, and cannot move but together."""

    unit: int
    starts_at: datetime
    ends_at: datetime
    claims: list[UUID | None]


def busy_by_unit(taken: Sequence[TakenSpan], distance: int) -> dict[int, list[Span]]:
    """What a new booking must not meet, unit by unit: merged, with `distance` minutes around other bookings."""
    by_unit: dict[int, list[Span]] = {}
    for one in taken:
        by_unit.setdefault(one.unit, []).append(one.kept_free(distance))
    return {unit: _joined(spans) for unit, spans in by_unit.items()}


def _joined(spans: list[Span]) -> list[Span]:
    return [Span(*one) for one in merged(spans)]


def follows(taken: Sequence[TakenSpan], distance: int, moment: datetime) -> bool:
    """Whether a booking ends at a moment, or before it by no more than the distance that is kept."""
    margin = timedelta(minutes=distance)
    return any(one.apart and moment - margin <= one.span.ends_at <= moment for one in taken)


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


def chosen(units: int, busy: Mapping[int, Sequence[Span]], wanted: Span, asked: Sequence[int]) -> list[int] | None:
    """The units that were asked for, or None when one of them is not free."""
    return sorted(asked) if {*asked} <= {*free_units(units, busy, wanted)} else None


def refuse_unless_numbers(units: int, asked: Sequence[int]) -> None:
    """Raise RuleRefused for the number of a unit that there is not."""
    if asked and max(asked) > units:
        remedy = f"its units have the numbers 1 to {units}" if units > 1 else "its only unit has the number 1"
        raise RuleRefused(remedy, rule="unit_numbers", limit=units, actual=max(asked), remedy=remedy)


def levelled(taken: Sequence[TakenSpan], distance: int, units: int, nailed: AbstractSet[int]) -> dict[int, list[Span]]:
    """busy_by_unit() as if bookings had been moved together on as few units as possible.

    The first unit is busy whenever one is taken, the second whenever two are, and so on. So many units are free for all
    of a time as could be, once others have moved (rearrange.py): with all that is movable, colouring intervals from
    left to right never needs more units than are taken at one moment. Nailed units stay as they are.
    """
    busy = busy_by_unit([one for one in taken if one.unit in nailed], distance)
    pool = [one for one in taken if one.unit not in nailed and one.unit <= units]
    margin = timedelta(minutes=distance)
    blocks = [one.kept_free(0) for one in pool if not one.apart]  # no unit is left out of these, or it would be nailed
    numbers = (unit for unit in range(1, units + 1) if unit not in nailed)
    levels = _levels(runs(pool, distance))
    for level, unit in zip(levels, numbers, strict=False):
        busy[unit] = _joined([Span(start - margin, end) for start, end in level] + blocks)
    for unit in numbers if blocks else ():
        busy[unit] = _joined(blocks)
    return busy


def runs(taken: Sequence[TakenSpan], distance: int) -> list[Run]:
    """Put together by unit what stands closer than `distance`, as it may where buffers grew later; by start."""
    margin = timedelta(minutes=distance)
    found: list[Run] = []
    for one in sorted((one for one in taken if one.apart), key=lambda one: (one.unit, one.span)):
        starts_at, ends_at = one.span.starts_at, one.span.ends_at + margin
        if found and found[-1].unit == one.unit and starts_at < found[-1].ends_at:
            found[-1].ends_at = max(ends_at, found[-1].ends_at)
            found[-1].claims.append(one.id)
        else:
            found.append(Run(one.unit, starts_at, ends_at, [one.id]))
    return sorted(found, key=lambda run: (run.starts_at, run.unit))


def _levels(standing: list[Run]) -> list[list[Span]]:
    """When at least one, at least two, … runs stand at once."""
    events = sorted([(run.starts_at, 1) for run in standing] + [(run.ends_at, -1) for run in standing])
    levels: list[list[Span]] = []
    since: list[datetime] = []  # of each level that is reached now
    for moment, step in events:
        if step > 0:
            since.append(moment)
            if len(levels) < len(since):
                levels.append([])
        else:
            levels[len(since) - 1].append(Span(since.pop(), moment))
    return levels


def _slack(busy: Sequence[Span], wanted: Span) -> timedelta:
    """How much free time is left around `wanted` up to the unit's neighbouring claims."""
    before = max((span.ends_at for span in busy if span.ends_at <= wanted.starts_at), default=_FAR_PAST)
    after = min((span.starts_at for span in busy if span.starts_at >= wanted.ends_at), default=_FAR_FUTURE)
    return after - before


_FAR_PAST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_FAR_FUTURE = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
