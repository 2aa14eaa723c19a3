"""Groups shifted and cancelled as one, while their parts are moved and others book."""

import asyncio
import random
from collections import Counter

import pytest

from server.core import db
from tests import factories
from tests.races.conftest import Arena
from tests.races.test_races import NOTHING_WRONG, wanted

pytestmark = pytest.mark.races

# Groups whose parts are not all cancelled together, or not all at the same distance from each other as before.
TORN = """
SELECT count(*) FROM (
    SELECT 1 FROM booking WHERE group_id IS NOT NULL GROUP BY group_id
    HAVING count(DISTINCT status) > 1 OR max(starts_at) <> min(starts_at)
) torn
"""


async def test_groups_move_and_end_whole(arena: Arena) -> None:
    await arena.begin()
    chance = random.Random(7)
    resources = [await factories.resource(arena.owner, units=2) for _ in range(8)]
    groups = []
    for person in arena.people[:6]:
        start = chance.randrange(40)
        items = [wanted(one, start, 2) for one in chance.sample(resources, 6)]
        answer = await arena.send("POST", "/bookings", person, {"items": items})
        if answer.status_code == 201:
            groups.append((person, answer.json()["group_id"]))
    sending = []
    for person, id in groups:
        for _ in range(3):
            shift = {"shift_minutes": 15 * chance.choice([-3, -2, -1, 1, 2, 3])}
            sending.append(arena.send("PATCH", f"/groups/{id}", person, shift))
        if chance.random() < 0.5:
            sending.append(arena.send("POST", f"/groups/{id}/cancel", person, {}))
    for person in arena.people[:12]:
        sending.append(
            arena.send("POST", "/bookings", person, wanted(chance.choice(resources), chance.randrange(44), 2))
        )
    chance.shuffle(sending)
    statuses = Counter(answer.status_code for answer in await asyncio.gather(*sending))
    assert set(statuses) <= {200, 201, 409}, statuses
    assert statuses[200] > 0
    assert await db.fetchval(TORN) == 0
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0
