"""Busy time of a foreign calendar against everybody who books, cancels and holds at the same moment."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from server.calendars.reading.expansion import Found, Instance
from server.core import db
from server.core.encryption import seal
from server.core.ids import new_id
from server.foreign.take_over import take_over
from tests import factories
from tests.races.conftest import Arena

DAY = (datetime.now(UTC) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)

CONNECT = "INSERT INTO foreign_calendar (resource_id, id, member_id, url) VALUES ($1, $2, $3, $4)"

# What is busy and was taken by nobody else must be taken by busy time.
OPEN = """
SELECT count(*) FROM (
    SELECT unnest(range_agg(b.during) - coalesce((
        SELECT range_agg(c.during) FROM claim c WHERE c.resource_id = $1 AND c.unit = u AND c.released_at IS NULL
    ), '{}')) FROM foreign_busy b CROSS JOIN generate_series(1, 2) u WHERE b.resource_id = $1 GROUP BY u
) AS open
"""


LIVE = {on: f"SELECT count(*) FROM claim WHERE released_at IS NULL -- by index: {on}" for on in (True, False)}


async def count_live(*, by_index: bool) -> int:
    """Count live claims as the exclusion constraint sees them, or as they are."""
    kinds = ("seqscan",) if by_index else ("indexscan", "bitmapscan", "indexonlyscan")
    async with db.transaction():
        for kind in kinds:
            await db.execute(f"SET LOCAL enable_{kind} = off")
        return int(await db.fetchval(LIVE[by_index]))


async def test_no_time_is_taken_twice_and_none_that_is_busy_stays_open(arena: Arena) -> None:
    await arena.begin()
    chance = random.Random(5)
    resource = await factories.resource(arena.owner, units=2)
    calendar = new_id()
    await db.execute(CONNECT, resource, calendar, arena.owner.actor.member_id, seal("https://x.example/"))

    async def book(person: factories.Person) -> None:
        start = DAY + timedelta(minutes=30 * chance.randrange(48))
        wanted = {"resource_id": str(resource), "starts_at": start.isoformat()}
        wanted["ends_at"] = (start + timedelta(hours=1)).isoformat()
        made: Any = await arena.send("POST", chance.choice(("/bookings", "/holds")), person, wanted)
        assert made.status_code in (201, 409), made.text
        if made.status_code == 201 and chance.random() < 0.6:
            id, path = made.json()["id"], made.request.url.path
            if path.endswith("bookings"):
                done = await arena.send("POST", f"/bookings/{id}/cancel", person, {})
            else:
                done = await arena.send("DELETE", f"/holds/{id}", person)
            assert done.is_success, done.text

    async def read() -> None:
        starts = [DAY + timedelta(minutes=15 * chance.randrange(96)) for _ in range(6)]
        busy = [Instance(start, start + timedelta(minutes=15 * chance.randrange(1, 12))) for start in starts]
        await take_over(resource, calendar, Found(events=6, busy=busy), digest=b"")

    for _ in range(3):
        reading = [read() for _ in range(8)]
        await asyncio.gather(*(book(person) for person in arena.people[:40]), *reading)
    assert {name: count for name, count in (await arena.wrongs()).items() if count} == {}
    assert await db.fetchval(OPEN, resource) == 0
    assert await count_live(by_index=True) == await count_live(by_index=False), "docs/decisions/0145"
    assert arena.deadlocks() == 0
