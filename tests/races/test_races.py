"""Every way of taking time, raced against itself and every other by 64 clients on 64 connections."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.capacity import lock
from server.core import db
from tests import factories
from tests.losing import UntilLost
from tests.races.conftest import CLIENTS, Arena
from tests.times import at

pytestmark = pytest.mark.races

NOTHING_WRONG = {"too close": 0, "miscounted": 0, "half groups": 0, "half holds": 0, "misplaced": 0, "untold": 0}


def wanted(resource: UUID, quarter: int, length: int = 4, **more: Any) -> dict[str, Any]:
    """A booking that starts `quarter` quarters of an hour into a day and lasts `length` of them."""
    times = {"starts_at": at(0, 15 * quarter), "ends_at": at(0, 15 * (quarter + length))}
    return {"resource_id": str(resource), **times, **more}


async def all_at_once(sending: list[Awaitable[httpx.Response]]) -> Counter[int]:
    answers = await asyncio.gather(*sending)
    return Counter(answer.status_code for answer in answers)


async def race_for_one_slot(arena: Arena) -> Counter[int]:
    resource = await factories.resource(arena.owner)
    body = wanted(resource, 40)
    return await all_at_once([arena.send("POST", "/bookings", person, body) for person in arena.people])


async def race_for_random_slots(arena: Arena, chance: random.Random) -> Counter[int]:
    resources = [await factories.resource(arena.owner, units=2, **arena.rules) for _ in range(3)]
    bodies = [
        wanted(chance.choice(resources), chance.randrange(60), chance.randrange(1, 12), units=chance.randint(1, 2))
        for _ in range(4 * CLIENTS)
    ]
    people = arena.people * 4
    return await all_at_once(
        [arena.send("POST", "/bookings", person, body) for person, body in zip(people, bodies, strict=True)]
    )


async def test_one_slot_has_one_winner_and_every_loser_alternatives(arena: Arena) -> None:
    await arena.begin()
    for _ in range(10):
        assert await race_for_one_slot(arena) == {201: 1, 409: CLIENTS - 1}
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0


async def test_random_slots_never_meet(arena: Arena) -> None:
    await arena.begin(buffer_after_minutes=15)
    statuses = await race_for_random_slots(arena, random.Random(1))
    assert set(statuses) == {201, 409}
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0


async def test_groups_of_six_are_booked_whole_or_not_at_all(arena: Arena) -> None:
    await arena.begin()
    chance = random.Random(2)
    resources = [await factories.resource(arena.owner) for _ in range(12)]
    groups = [
        {"items": [wanted(one, 4 * chance.randrange(12)) for one in chance.sample(resources, 6)]} for _ in arena.people
    ]
    statuses = await all_at_once(
        [arena.send("POST", "/bookings", person, body) for person, body in zip(arena.people, groups, strict=True)]
    )
    assert set(statuses) == {201, 409}
    assert await db.fetchval("SELECT count(*) FROM booking") == 6 * statuses[201]
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0


async def test_nobody_is_refused_while_a_seat_is_free(arena: Arena) -> None:
    await arena.begin()
    base = await factories.resource(arena.owner, kind="training_base", units=30)
    statuses = await all_at_once([arena.send("POST", "/bookings", person, wanted(base, 40)) for person in arena.people])
    assert statuses == {201: 30, 409: CLIENTS - 30}
    assert await arena.wrongs() == NOTHING_WRONG


async def test_the_same_key_sent_twenty_times_books_once(arena: Arena) -> None:
    await arena.begin()
    resource = await factories.resource(arena.owner, units=30)
    transport = httpx.ASGITransport(app=arena.app)
    headers = arena.people[0].bearer | {"Idempotency-Key": "the same"}
    async with httpx.AsyncClient(transport=transport, base_url="http://rongtong.test", timeout=60) as client:
        answers = await asyncio.gather(
            *(client.post("/api/v1/bookings", json=wanted(resource, 40), headers=headers) for _ in range(20))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await db.fetchval("SELECT count(*) FROM booking") == 1


async def test_the_same_key_sent_ten_times_makes_one_of_each(arena: Arena) -> None:
    """Through other doors: what is told once, what takes time, what a manager makes."""
    await arena.begin()
    resource = await factories.resource(arena.owner, units=30)
    times = {"starts_at": at(10), "ends_at": at(11)}
    doors: list[tuple[str, str, factories.Person, dict[str, Any]]] = [
        ("hold", "/holds", arena.people[0], {"resource_id": str(resource), **times}),
        ("feed", "/feeds", arena.people[0], {"scope": "person"}),
        ("closure", f"/resources/{resource}/closures", arena.owner, {"starts_at": at(20), "ends_at": at(21)}),
        ("app_password", "/app-passwords", arena.owner, {"label": "telephone"}),
    ]
    transport = httpx.ASGITransport(app=arena.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rongtong.test", timeout=60) as client:
        for table, path, person, body in doors:
            headers = person.bearer | {"Idempotency-Key": path}
            answers = await asyncio.gather(
                *(client.post(f"/api/v1{path}", json=body, headers=headers) for _ in range(10))
            )
            assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}, path
            assert await db.fetchval(f"SELECT count(*) FROM {table}") == 1, path


async def test_without_the_lock_bookings_come_too_close(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control: what no pairwise constraint can say is only safe under the lock."""
    monkeypatch.setattr(lock, "LOCK", lock.LOCK.replace("FOR NO KEY UPDATE OF r", ""))
    await arena.begin(buffer_after_minutes=15)

    async def too_close(seed: int) -> bool:
        await race_for_random_slots(arena, random.Random(seed))
        return (await arena.wrongs())["too close"] > 0

    await until_lost(too_close)


async def test_without_the_constraint_and_the_lock_time_is_sold_twice(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control: without both there are double bookings, and the count of wrongs sees them."""
    monkeypatch.setattr(lock, "LOCK", lock.LOCK.replace("FOR NO KEY UPDATE OF r", ""))
    async with db.transaction():
        await db.execute("SET LOCAL ROLE NONE")  # the application may not do this
        await db.execute("ALTER TABLE claim DROP CONSTRAINT claim_once")
    await arena.begin()

    async def sold_twice(_: int) -> bool:
        return (await race_for_one_slot(arena))[201] > 1

    await until_lost(sold_twice)
    assert (await arena.wrongs())["too close"] > 0
