"""Rights taken away while what they allowed is under way: nothing is done that nobody had the right to at its commit.

RONGTONG_AUTHORITY_ATTEMPTS=100000 goes on for long.
"""

import asyncio
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from server.access import acting
from server.core import db, migrate
from tests import factories
from tests.conftest import Services
from tests.losing import UntilLost
from tests.races.conftest import Arena, opened
from tests.races.doors import DOORS, times
from tests.races.taking_rights import STANDING, WITHHELD, WRONG, Round

pytestmark = pytest.mark.races

ATTEMPTS = int(os.environ.get("RONGTONG_AUTHORITY_ATTEMPTS", "250"))
AT_ONCE = 42


@pytest.fixture(scope="module")
async def dated(app: Any, _pool: None) -> AsyncIterator[Services]:
    """A server that remembers when each transaction committed."""
    data = Path(tempfile.mkdtemp(prefix="rt-"))
    services = Services(data)
    services.postgres.start()
    try:
        admin = await asyncpg.connect(services.postgres.url_of("postgres"))
        await admin.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        await admin.close()
        services.postgres.stop()
        services.postgres.start()
        await migrate.forwards(services.postgres.url)
        yield services
    finally:
        services.postgres.stop("immediate")
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
async def drill(dated: Services, app: Any) -> AsyncIterator[Arena]:
    async with opened(dated, app) as arena:
        yield arena


async def booked_meanwhile(arena: Arena, how: str) -> tuple[int, int]:
    """Let one member book many hours while losing their membership.

    Tell how that was answered, and how much stands for someone inactive.
    """
    admin = await factories.person()
    booker = await factories.person(admin.actor.organization_id, "booker")
    resource = await factories.resource(arena.owner)
    sending: list[Awaitable[httpx.Response]] = [
        arena.send("POST", "/bookings", booker, {"resource_id": str(resource), **times(2 * n, 1)})
        for n in range(AT_ONCE)
    ]
    taking = Round()
    taking.arena = arena
    sending.insert(AT_ONCE // 2, taking.take(how, booker, admin))
    answers = await asyncio.gather(*sending)
    return answers[AT_ONCE // 2].status_code, int(await db.fetchval(STANDING))


@pytest.mark.parametrize("how", ["remove", "leave", "erase"])
async def test_nothing_stands_for_someone_inactive(arena: Arena, how: str) -> None:
    await arena.begin()
    for _ in range(3):
        assert await booked_meanwhile(arena, how) == (200, 0)
    assert arena.deadlocks() == 0


@pytest.mark.parametrize("how", ["remove", "erase"])
async def test_control_without_the_lock_bookings_stand(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost, how: str
) -> None:
    monkeypatch.setattr(acting, "_stand", as_the_request_began)
    await arena.begin()

    async def stands(_: int) -> bool:
        taken, standing = await booked_meanwhile(arena, how)
        return taken == 200 and standing > 0  # without the lock the taker may also be the one who gives up

    await until_lost(stands)


async def as_the_request_began(*_: Any) -> frozenset[Any]:
    return frozenset()


async def test_nobody_does_through_any_door_what_they_have_lost_the_right_to(drill: Arena) -> None:
    chance, answers = random.Random(1), Counter[int]()
    while answers.total() < ATTEMPTS:
        answers += await (await Round().begin(drill, chance, [*DOORS])).race()
    print(dict(answers), "deadlocks", drill.deadlocks())
    assert [tuple(row) for row in await db.fetch(WRONG)] == []
    assert await db.fetchval(STANDING) == await db.fetchval(WITHHELD) == 0
    assert {status for status in answers if status >= 500} == set()
    assert {200, 201, 401} <= set(answers)


async def test_control_without_the_lock_people_do_what_they_may_not(
    drill: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    monkeypatch.setattr(acting, "_stand", as_the_request_began)

    async def wrong(seed: int) -> bool:
        await (await Round().begin(drill, random.Random(seed), ["Book", "Hold", "Series", "Close"])).race()
        return bool(await db.fetch(WRONG))

    await until_lost(wrong)
