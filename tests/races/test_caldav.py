"""Owners' calendar programs and guests want the same times at once. RONGTONG_CALDAV_ROUNDS=200 goes on for long."""

import asyncio
import os
import random
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.capacity import lock
from server.caldav import overlap, put
from server.core import db
from tests import factories
from tests.caldav.speaking import Program, at, event, program
from tests.races.conftest import Arena
from tests.races.test_races import NOTHING_WRONG

pytestmark = pytest.mark.races
ROUNDS = int(os.environ.get("RONGTONG_CALDAV_ROUNDS", "2"))
AT_ONCE = 40

# An owner's event that is there, and for whose times something else was sold.
UNCLOSED = """
SELECT count(*) FROM closure c JOIN resource r ON r.id = c.resource_id
CROSS JOIN LATERAL generate_series(1, r.units) AS u (unit)
WHERE c.lifted_at IS NULL AND NOT tstzmultirange(c.during) <@ (
    SELECT coalesce(range_agg(k.during), '{}') FROM claim k
    WHERE k.resource_id = c.resource_id AND k.unit = u.unit AND k.released_at IS NULL AND k.reason = 'closure')
"""


async def one_round(arena: Arena, owners: Program, resource: UUID, number: int) -> list[httpx.Response]:
    """20 bookings and 20 events of 1 to 3 hours within half a day; some events move or go."""
    chance = random.Random(number)
    day = 24 * (number % 300)

    async def book(person: factories.Person) -> httpx.Response:
        start = day + chance.randrange(12)
        times = {"starts_at": at(start).isoformat(), "ends_at": at(start + chance.randint(1, 3)).isoformat()}
        return await arena.send("POST", "/bookings", person, {"resource_id": str(resource), **times})

    async def enter(index: int) -> httpx.Response:
        path = f"{owners.calendar(resource)}{number}-{index % 12}.ics"
        if index % 7 == 6:
            return await owners.ask("DELETE", path)
        data = event(f"{number}-{index % 12}@x", at(day + chance.randrange(12)), chance.randint(1, 3))
        return await owners.put(path, data)

    half = AT_ONCE // 2
    sending: list[Any] = [book(person) for person in arena.people[:half]] + [enter(index) for index in range(half)]
    chance.shuffle(sending)
    answers: list[httpx.Response] = await asyncio.gather(*sending)
    return answers


async def test_a_time_is_booked_or_closed_and_never_both(arena: Arena, app: Any) -> None:
    await arena.begin()
    resource = await factories.resource(arena.owner, units=2)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    seen: set[int] = set()
    async with httpx.AsyncClient(transport=transport, base_url="http://rongtong.test", timeout=60) as client:
        owners = await program(client, arena.owner)
        for number in range(ROUNDS):
            answers = await one_round(arena, owners, resource, number)
            seen |= {answer.status_code for answer in answers}
            assert await db.fetchval(UNCLOSED) == 0
            assert await arena.wrongs() == NOTHING_WRONG
    assert {201, 409} <= seen <= {201, 204, 404, 409}
    assert arena.deadlocks() == 0


async def test_control_without_the_lock_it_comes_apart(arena: Arena, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sold twice even then, for the table excludes it; but events are kept that do not close."""
    await arena.begin()
    resource = await factories.resource(arena.owner, units=2)
    monkeypatch.setattr(lock, "LOCK", lock.LOCK.replace("FOR NO KEY UPDATE OF r", ""))
    looking, everyone = 0, asyncio.Event()
    original = overlap.refuse_overlap

    async def together(*args: Any) -> None:
        nonlocal looking
        await original(*args)
        looking += 1
        if looking == 2:
            everyone.set()
        await everyone.wait()

    monkeypatch.setattr(put, "refuse_overlap", together)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rongtong.test", timeout=60) as client:
        owners = await program(client, arena.owner)
        calendar = owners.calendar(resource)
        both = await asyncio.gather(*(owners.put(f"{calendar}{n}.ics", event(f"{n}@x", at(9))) for n in "ab"))
    assert sorted(answer.status_code for answer in both) != [201, 201]  # with the lock both would be kept
    assert (await arena.wrongs())["too close"] == 0
