"""A base with many seats, booked by many at once: never more than there are, and nobody refused while there is room."""

import asyncio
import random
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.capacity import lock
from server.core import db
from tests import factories
from tests.losing import UntilLost
from tests.races.conftest import CLIENTS, Arena
from tests.races.test_races import NOTHING_WRONG, all_at_once, wanted

pytestmark = pytest.mark.races

SEATS = 30
REQUESTS = 100
TAKEN = "SELECT lower(during) AS starts_at, upper(during) AS ends_at FROM live_claims WHERE resource_id = $1"
REARRANGED = "SELECT count(*) FROM booking_change WHERE verb = 'rearranged'"


async def taken_at_most(base: UUID, body: dict[str, Any]) -> int:
    """How many seats are taken at the fullest moment of a wanted time, counted without any code of ours."""
    starts_at, ends_at = datetime.fromisoformat(body["starts_at"]), datetime.fromisoformat(body["ends_at"])
    rows = [(row["starts_at"], row["ends_at"]) for row in await db.fetch(TAKEN, base)]
    moments = [starts_at, *(start for start, _ in rows if starts_at < start < ends_at)]
    return max(sum(1 for start, end in rows if start <= moment < end) for moment in moments)


async def book(arena: Arena, person: factories.Person, body: dict[str, Any]) -> httpx.Response:
    """Send again what was not decided in time: on a busy machine a queue of 100 may outwait the lock."""
    while (answer := await arena.send("POST", "/bookings", person, body)).status_code == 503:
        continue
    return answer


async def race_for_seats(arena: Arena, chance: random.Random) -> tuple[UUID, list[dict[str, Any]]]:
    """Let 100 ask for 1 to 4 seats at overlapping times. Return the base and what was refused."""
    base = await factories.resource(arena.owner, kind="training_base", units=SEATS)
    bodies = [
        wanted(base, 32 + chance.randrange(20), chance.randint(2, 12), units=chance.randint(1, 4))
        for _ in range(REQUESTS)
    ]
    sending = [book(arena, arena.people[n % CLIENTS], body) for n, body in enumerate(bodies)]
    answers = await asyncio.gather(*sending)
    assert {answer.status_code for answer in answers} == {201, 409}
    return base, [body for answer, body in zip(answers, bodies, strict=True) if answer.status_code == 409]


async def test_a_full_base_is_really_full(arena: Arena) -> None:
    await arena.begin()
    for seed in range(3):
        base, refused = await race_for_seats(arena, random.Random(seed))
        for body in refused:
            assert await taken_at_most(base, body) + body["units"] > SEATS
    assert await arena.wrongs() == NOTHING_WRONG
    assert await db.fetchval(REARRANGED) > 0
    assert arena.deadlocks() == 0


async def test_without_making_room_some_are_refused_while_there_is_room(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control."""

    async def nobody_moves(*_: object) -> None:
        return None

    monkeypatch.setattr(lock, "make_room", nobody_moves)
    await arena.begin()

    async def refused_in_vain(seed: int) -> bool:
        base, refused = await race_for_seats(arena, random.Random(seed))
        return any([await taken_at_most(base, body) + body["units"] <= SEATS for body in refused])

    await until_lost(refused_in_vain)


async def test_making_room_races_with_every_other_door(arena: Arena) -> None:
    await arena.begin(buffer_after_minutes=15)
    chance = random.Random(4)
    resource = await factories.resource(arena.owner, units=3, **arena.rules)
    kept = []
    for person in arena.people[:24]:
        body = wanted(resource, 32 + chance.randrange(32), chance.randint(1, 6))
        answer = await arena.send("POST", "/bookings", person, body)
        if answer.status_code == 201:
            kept.append((person, answer.json()["id"]))
    sending = []
    for person, id in kept:
        times = wanted(resource, 32 + chance.randrange(32), chance.randint(2, 6))
        del times["resource_id"]
        way = chance.choice(["move", "cancel", "close"])
        if way == "move":
            sending.append(arena.send("PATCH", f"/bookings/{id}", person, times))
        elif way == "cancel":
            sending.append(arena.send("POST", f"/bookings/{id}/cancel", person, {}))
        else:
            sending.append(arena.send("POST", f"/resources/{resource}/closures", arena.owner, times | {"units": 1}))
    for person in arena.people:
        body = wanted(resource, 32 + chance.randrange(32), chance.randint(4, 10))
        sending.append(arena.send("POST", "/bookings", person, body))
    chance.shuffle(sending)
    statuses = await all_at_once(list(sending))
    assert all(status < 500 for status in statuses), statuses
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0
