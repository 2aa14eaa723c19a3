"""Move bookings between interchangeable units so that a wanted time fits. Pure.

Bookings are gone through by start, and each keeps its unit unless what was put there before is in its way; then it
takes one that is free at that moment, if it can one that stays free until the end. Whenever levelled() says that
there is room, this finds it: a booking that begins always finds a unit, for at no moment are more taken than there are.
It stops as soon as everybody is back on their own unit.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from server.bookings.capacity.units import Occupation, Run, busy_by_unit, free_units, runs
from server.core.spans import Span


class Arrangement(msgspec.Struct, frozen=True):
    """The units for a wanted time, and the claims that must move first, with the unit for each."""

    units: list[int]
    moves: dict[UUID, int]


def rearrange(
    units: int, nailed: AbstractSet[int], taken: Sequence[Occupation], wanted: Span, count: int, distance: int
) -> Arrangement | None:
    """Find `count` units for `wanted`, or None when there is no room.

    `taken` holds everything that ends after now, with ids; `wanted` must lie ahead. What has started and what stands on
    a unit in `nailed` never moves: such a unit is used as it is.
    """
    free = free_units(units, busy_by_unit(taken, distance), wanted)
    fixed = [unit for unit in free if unit in nailed][:count]
    shut = {one.unit for one in taken if not one.apart and one.kept_free(0).meets(wanted)}
    pool = [unit for unit in range(1, units + 1) if unit not in nailed]
    movable = [one for one in taken if one.unit not in nailed and one.unit <= units]
    sweep = _Sweep(pool, runs(movable, distance))
    end = wanted.ends_at + timedelta(minutes=distance)
    chosen = sweep.put(wanted.starts_at, end, count - len(fixed), shut)
    if chosen is None or not sweep.settle():
        return None
    return Arrangement(sorted(fixed + chosen), sweep.moves)


class _Sweep:
    """The units of the pool at a moment that moves from left to right."""

    def __init__(self, pool: list[int], standing: list[Run]) -> None:
        self.pool = pool
        self.coming = standing[::-1]  # the next one last
        self.starts: dict[int, list[datetime]] = {unit: [] for unit in pool}  # of what still comes, the next one last
        for run in self.coming:
            self.starts[run.unit].append(run.starts_at)
        self.ends: dict[int, datetime] = {}  # of what stands there
        self.newcomers: dict[int, datetime] = {}  # when those that were put on a unit leave it
        self.moves: dict[UUID, int] = {}

    def put(self, start: datetime, end: datetime, count: int, shut: AbstractSet[int] = frozenset()) -> list[int] | None:
        """Take `count` units that are free at `start`, those on which the next one comes last."""
        while self.coming and self.coming[-1].starts_at < start:
            self._keep(self._next())
        free = [unit for unit in self.pool if unit not in shut and not self._taken(unit, start)]
        if len(free) < count:
            return None
        free.sort(key=lambda unit: (-self._next_start(unit), unit))
        for unit in free[:count]:
            self.ends[unit] = self.newcomers[unit] = end
        return free[:count]

    def settle(self) -> bool:
        """Let everybody who still comes keep their unit, or take another, until no newcomer is in the way."""
        while self.coming and any(end > self.coming[-1].starts_at for end in self.newcomers.values()):
            run = self._next()
            newcomer = self.newcomers.get(run.unit)
            if newcomer is None or newcomer <= run.starts_at:
                self._keep(run)
                continue
            unit = self.put(run.starts_at, run.ends_at, 1)
            if unit is None:
                return False
            self.moves |= {claim: unit[0] for claim in run.claims if claim is not None}
        return True

    def _next(self) -> Run:
        run = self.coming.pop()
        self.starts[run.unit].pop()
        return run

    def _keep(self, run: Run) -> None:
        self.ends[run.unit] = max(run.ends_at, self.ends.get(run.unit, run.ends_at))

    def _taken(self, unit: int, moment: datetime) -> bool:
        return unit in self.ends and self.ends[unit] > moment

    def _next_start(self, unit: int) -> float:
        starts = self.starts[unit]
        return starts[-1].timestamp() if starts else float("inf")
