"""Halls and their bays taken by many at once: never both, no deadlock, whatever else changes meanwhile."""

import asyncio
import random
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.claims import door
from server.core import db
from tests import factories
from tests.races.conftest import CLIENTS, Arena
from tests.races.test_races import NOTHING_WRONG, all_at_once, wanted

pytestmark = pytest.mark.races

# Counted from the bookings alone: a whole and its part, or two wholes with a part in common, at the same time.
BOTH = """
WITH footprint AS (
    SELECT id AS resource_id, id AS takes FROM resource UNION SELECT whole_id, part_id FROM part
)
SELECT count(DISTINCT (a.id, b.id)) FROM booking a
JOIN footprint fa ON fa.resource_id = a.resource_id
JOIN footprint fb ON fb.takes = fa.takes AND fb.resource_id <> a.resource_id
JOIN booking b ON b.resource_id = fb.resource_id AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
WHERE a.status IN ('requested', 'confirmed', 'in_use') AND b.status IN ('requested', 'confirmed', 'in_use')
"""


class Site:
    """Two wholes over the same parts; some parts are older than the wholes, and some younger."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena

    async def build(self) -> "Site":
        older = [await factories.resource(self.arena.owner, units=units) for units in (1, 2)]
        self.wholes = [await factories.resource(self.arena.owner) for _ in range(2)]
        self.parts = [*older, *[await factories.resource(self.arena.owner, units=units) for units in (1, 2)]]
        for part in self.parts:
            for whole in self.wholes if part != self.parts[3] else self.wholes[:1]:
                await db.execute("INSERT INTO part (whole_id, part_id) VALUES ($1, $2)", whole, part)
        self.all = [*self.wholes, *self.parts]
        return self

    def book(self, person: factories.Person, chance: random.Random, *among: UUID) -> Any:
        body = wanted(chance.choice(among or self.all), chance.randrange(40), chance.randint(2, 8))
        return self.arena.send("POST", "/bookings", person, body)

    def group(self, person: factories.Person, chance: random.Random) -> Any:
        items = [wanted(one, chance.randrange(40), 2) for one in chance.sample(self.all, 6)]
        return self.arena.send("POST", "/bookings", person, {"items": items})

    def close(self, chance: random.Random) -> Any:
        times = wanted(self.wholes[0], chance.randrange(40), 3) | {"over_bookings": "cancel"}
        del times["resource_id"]
        path = f"/resources/{chance.choice(self.all)}/closures"
        return self.arena.send("POST", path, self.arena.owner, times)

    def units(self, chance: random.Random) -> Any:
        body = {"units": chance.randint(2, 4)}
        return self.arena.send("PATCH", f"/resources/{chance.choice(self.parts[1::2])}", self.arena.owner, body)

    def join(self, chance: random.Random) -> Any:
        wholes = [str(whole) for whole in chance.sample(self.wholes, chance.randint(1, 2))]
        path = f"/resources/{self.parts[3]}"
        return self.arena.send("PATCH", path, self.arena.owner, {"part_of_ids": wholes})


async def test_wholes_and_parts_are_never_both_taken(arena: Arena) -> None:
    await arena.begin()
    chance = random.Random(5)
    site = await Site(arena).build()
    first: list[httpx.Response] = await asyncio.gather(*(site.book(person, chance) for person in arena.people[:24]))
    kept = [(arena.people[n], answer.json()["id"]) for n, answer in enumerate(first) if answer.status_code == 201]
    sending = [site.book(person, chance) for person in arena.people * 2]
    sending += [site.group(person, chance) for person in arena.people[:16]]
    for person, id in kept:
        times = wanted(site.parts[0], chance.randrange(40))
        del times["resource_id"]
        sending += [
            arena.send("PATCH", f"/bookings/{id}", person, times),
            arena.send("POST", f"/bookings/{id}/cancel", person, {}),
        ]
    sending += [site.close(chance) for _ in range(6)]
    sending += [site.units(chance) for _ in range(6)]
    sending += [site.join(chance) for _ in range(6)]
    chance.shuffle(sending)
    statuses = await all_at_once(sending)
    assert set(statuses) <= {200, 201, 409}, statuses
    assert statuses[201] > 0
    assert await db.fetchval(BOTH) == 0
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0


async def race_for_one_time(arena: Arena) -> Counter[int]:
    site = await Site(arena).build()
    bodies = [wanted(site.all[n % len(site.all)], 40) for n in range(CLIENTS)]
    return await all_at_once(
        [arena.send("POST", "/bookings", person, body) for person, body in zip(arena.people, bodies, strict=True)]
    )


async def test_a_whole_or_its_parts_win(arena: Arena) -> None:
    await arena.begin()
    for _ in range(4):
        statuses = await race_for_one_time(arena)
        assert statuses[201] + statuses[409] == CLIENTS
        assert 1 <= statuses[201] <= 6  # one whole (with a part that is none of it), or units of the parts
    assert await db.fetchval(BOTH) == 0
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0


async def _nothing(whole_id: UUID, claims: list[UUID]) -> bool:
    return True


async def test_without_the_claims_on_the_parts_both_are_taken(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the count of wrongs sees the harm."""
    monkeypatch.setattr(door, "_take_parts", _nothing)
    await arena.begin()
    site = await Site(arena).build()
    await arena.send("POST", "/bookings", arena.people[0], wanted(site.wholes[0], 40))
    statuses = await all_at_once(
        [arena.send("POST", "/bookings", one, wanted(site.parts[0], 40)) for one in arena.people]
    )
    assert statuses == {201: 1, 409: CLIENTS - 1}
    assert await db.fetchval(BOTH) == 2  # each sees the other
