"""Series against bookings, moves, closures and other series: no half series, nothing sold twice."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.core import db
from tests import factories
from tests.races.conftest import CLIENTS, Arena
from tests.races.test_races import NOTHING_WRONG, all_at_once
from tests.times import at

pytestmark = pytest.mark.races

LENGTH = 8
# With `refuse` a series has all its occurrences or none; afterwards each may be moved or cancelled, but never vanish.
HALF_SERIES = """
SELECT count(*) FROM (
    SELECT 1 FROM booking WHERE series_id IS NOT NULL GROUP BY member_id, created_at, series_id
    HAVING count(*) <> 8
) half
"""
# Of those that were moved as a whole, all stand at one hour.
TORN = """
SELECT count(*) FROM (
    SELECT 1 FROM booking WHERE series_id IS NOT NULL AND status = 'confirmed'
    GROUP BY series_id HAVING count(DISTINCT starts_at::time) > 1 OR count(*) NOT IN (4, 8)
) torn
"""


def series(resource: UUID, hour: int) -> dict[str, Any]:
    times = {"starts_at": at(hour), "ends_at": at(hour + 1)}
    return {"resource_id": str(resource), **times, "rule": f"FREQ=DAILY;COUNT={LENGTH}"}


def one(resource: UUID, n: int) -> dict[str, Any]:
    day, hour = 7 + n % LENGTH, 9 + n % 3
    return {"resource_id": str(resource), "starts_at": at(hour, days=day), "ends_at": at(hour + 1, days=day)}


class Raced:
    """Doors that want the same hours of one resource, and a series for each client to change."""

    def __init__(self, arena: Arena, resource: UUID, own: list[str]) -> None:
        self.arena, self.resource, self.own = arena, resource, own

    def series(self, n: int) -> Awaitable[httpx.Response]:
        return self.arena.send("POST", "/series", self.arena.people[n], series(self.resource, 9 + n % 3))

    def book(self, n: int) -> Awaitable[httpx.Response]:
        return self.arena.send("POST", "/bookings", self.arena.people[n], one(self.resource, n))

    def close(self, n: int) -> Awaitable[httpx.Response]:
        body = one(self.resource, n)
        del body["resource_id"]
        return self.arena.send("POST", f"/resources/{self.resource}/closures", self.arena.owner, body)

    def move(self, n: int) -> Awaitable[httpx.Response]:
        body = {"starts_at": at(9 + n % 3)}
        return self.arena.send("PATCH", f"/series/{self.own[n % len(self.own)]}", self.arena.people[0], body)

    def cancel(self, n: int) -> Awaitable[httpx.Response]:
        body = {"from_recurrence_id": at(0, days=11)}
        return self.arena.send("POST", f"/series/{self.own[n % len(self.own)]}/cancel", self.arena.people[0], body)


async def prepared(arena: Arena) -> Raced:
    resource = await factories.resource(arena.owner)
    made = [await arena.send("POST", "/series", arena.people[0], series(resource, hour)) for hour in (1, 3, 5)]
    return Raced(arena, resource, [answer.json()["id"] for answer in made])


@pytest.mark.parametrize("other", ["series", "book", "close", "move", "cancel"])
@pytest.mark.parametrize("door", ["series", "move"])
async def test_no_half_series(arena: Arena, door: str, other: str) -> None:
    await arena.begin()
    raced = await prepared(arena)
    ways = (getattr(raced, door), getattr(raced, other))
    statuses = await all_at_once([ways[n % 2](n) for n in range(CLIENTS // 2)])
    assert all(status < 500 for status in statuses), statuses
    assert await arena.wrongs() == NOTHING_WRONG
    assert await db.fetchval(HALF_SERIES) == 0
    assert await db.fetchval(TORN) == 0
    assert arena.deadlocks() == 0


async def test_of_many_series_at_one_time_one_is_made(arena: Arena) -> None:
    await arena.begin()
    resource = await factories.resource(arena.owner)
    body = series(resource, 9)
    answers = await asyncio.gather(*(arena.send("POST", "/series", person, body) for person in arena.people))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CLIENTS - 1}
    assert all(answer.json()["alternatives"] for answer in answers if answer.status_code == 409)
    assert await db.fetchval("SELECT count(*) FROM booking") == LENGTH


async def test_half_a_series_would_be_seen(arena: Arena) -> None:
    """Negative control of the counts above."""
    await arena.begin()
    await prepared(arena)
    assert await db.fetchval(HALF_SERIES) == await db.fetchval(TORN) == 0
    await db.execute("UPDATE booking SET status = 'cancelled' WHERE id = (SELECT min(id::text)::uuid FROM booking)")
    assert await db.fetchval(TORN) == 1
    await db.execute("UPDATE booking SET series_id = NULL WHERE id = (SELECT min(id::text)::uuid FROM booking)")
    assert await db.fetchval(HALF_SERIES) == 1
