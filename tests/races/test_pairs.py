"""Every door raced against every other, and itself, for the same hours: many clients on many connections."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from itertools import combinations_with_replacement
from typing import Any
from uuid import UUID

import pytest

from server.api import attendance, bookings, closures, groups, holds, series, waitlist
from server.bookings.capacity import lock
from server.core import db
from tests import factories
from tests.conftest import Services
from tests.losing import UntilLost
from tests.races.conftest import CLIENTS, Arena, opened
from tests.races.doors import DOORS, Scene
from tests.races.test_races import NOTHING_WRONG

pytestmark = pytest.mark.races

AT_ONCE = 48  # with fewer connections code without the lock passes

# A series has all its occurrences, but for those that its answer called skipped.
HALF_SERIES = """
SELECT count(*) FROM series s
WHERE (SELECT count(*) FROM booking b WHERE b.resource_id = s.resource_id AND b.series_id = s.id)
   <> 3 - jsonb_array_length(s.skipped)
"""

# Changing requests that are no door of their own here, and where they race or why they need not.
ELSEWHERE = {
    "PATCH /groups/{id}": "moves its parts as PATCH /bookings does, after locking all; test_groups.py",
    "POST /groups/{id}/cancel": "cancels its parts as it is done one by one, after locking all; test_groups.py",
    "PATCH /series/{id}": "test_series.py",
    "POST /series/{id}/cancel": "test_series.py",
    "POST /series/{id}/add": "test_series.py",
    "POST /series/preview": "takes nothing",
    "POST /series/{id}/approve": "approves its bookings as it is done one by one, after the same lock; test_series.py",
    "POST /series/{id}/decline": "declines its bookings as it is done one by one, after the same lock; test_series.py",
    "POST /bookings/{id}/extend": "moves the end as PATCH /bookings does, after the same lock; test_extend.py",
    "POST /bookings/{id}/hand-over": "takes nothing; test_hand_over.py",
    "POST /bookings/{id}/check-in": "takes nothing; test_attendance.py",
    "POST /bookings/{id}/propose": "test_holds.py",
    "POST /bookings/{id}/refuse-proposal": "test_holds.py",
    "DELETE /holds/{id}": "test_holds.py",
    "POST /waitlist": "takes nothing; test_holds.py",
    "POST /waitlist/{id}/pass": "test_holds.py",
    "DELETE /waitlist/{id}": "test_holds.py",
    "DELETE /resources/{resource_id}/closures/{id}": "only frees; tests/machine",
}
MODULES: tuple[Any, ...] = (bookings, attendance, closures, groups, holds, series, waitlist)


@pytest.fixture(scope="module")
async def ring(services: Services, app: Any, _pool: None) -> AsyncIterator[tuple[Arena, list[UUID]]]:
    """One arena for all pairs, each on a resource of its own; and what is booked with it in groups."""
    async with opened(services, app) as arena:
        await arena.begin()
        yield arena, [await factories.resource(arena.owner, units=CLIENTS) for _ in range(5)]


async def race(arena: Arena, others: list[UUID], one: str, other: str, **rules: Any) -> Counter[int]:
    """Let both doors be used by half of the clients each, at once."""
    scene = await Scene().begin(arena, others, **rules)
    doors = [DOORS[name](scene, lane) for lane, name in enumerate(dict.fromkeys((one, other)))]
    for door in doors:
        await door.prepare()
    sending = [doors[n % len(doors)].send(n // len(doors)) for n in range(AT_ONCE)]
    return Counter(answer.status_code for answer in await asyncio.gather(*sending))


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(DOORS, 2)))
async def test_every_pair_of_doors(ring: tuple[Arena, list[UUID]], one: str, other: str) -> None:
    arena, others = ring
    statuses = await race(arena, others, one, other)
    assert all(status < 500 for status in statuses), statuses
    assert statuses[200] + statuses[201] > 0, statuses
    assert await arena.wrongs() == NOTHING_WRONG
    assert await db.fetchval(HALF_SERIES) == 0
    assert arena.deadlocks() == 0


async def test_without_the_locks_doors_do_harm(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control: bookings come too close, deadlocks, answers of 500, half of something."""
    for name in ("LOCK", "LOCK_OF_BOOKING", "LOCK_ANY"):
        monkeypatch.setattr(lock, name, getattr(lock, name).replace("FOR NO KEY UPDATE OF r", ""))
    await arena.begin()
    others = [await factories.resource(arena.owner, units=CLIENTS) for _ in range(5)]
    pairs = (("Move", "Cancel"), ("Approve", "Decline"), ("Book", "Extend"))

    async def harmed(number: int) -> bool:
        statuses = await race(arena, others, *pairs[number % len(pairs)], buffer_after_minutes=15)
        failed = any(status >= 500 for status in statuses) or arena.deadlocks() > 0
        return failed or await arena.wrongs() != NOTHING_WRONG

    await until_lost(harmed)


def test_every_request_that_changes_something_is_raced() -> None:
    """A new door must be added to DOORS, or it must be said why not."""
    routes = {
        f"{method} {path}".replace(":uuid", "")
        for module in MODULES
        for handler in module.ROUTES
        for method in handler.http_methods
        for path in handler.paths
        if method in ("POST", "PATCH", "PUT", "DELETE")
    }
    assert routes == {door.route for door in DOORS.values()} | ELSEWHERE.keys()
