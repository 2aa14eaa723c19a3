"""What is owed stands in the transaction of the change; the bell is only a bell."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.core import db, doorbell
from server.core.ids import new_id
from server.embedded.servers import Valkey
from server.outbox import notices
from tests.conftest import Services
from tests.patience import PATIENCE
from tests.worker import news
from worker.bell import arq_worker, listen


@pytest.mark.usefixtures("_pool")
async def test_notices_are_owed_only_within_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        await notices.owe([notices.Owed("confirmed", "a@example.com", "en", news.facts(new_id()))])


@pytest.mark.usefixtures("rolled_back")
async def test_what_was_undone_owes_nothing() -> None:
    async def change() -> None:
        async with db.transaction():
            await news.owed("a@example.com")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change()
    assert await notices.listing("waiting") == []


@pytest.mark.usefixtures("rolled_back")
async def test_notices_keep_the_order_in_which_they_were_owed() -> None:
    await news.three_changes("a@example.com")
    assert [notice.kind for notice in await notices.listing("waiting")] == ["cancelled", "moved", "confirmed"]


async def test_a_ring_wakes_the_worker(services: Services) -> None:
    rung = asyncio.Event()
    listening = asyncio.create_task(listen(services.valkey.url, rung))
    try:
        async with asyncio.timeout(PATIENCE), doorbell.bell(services.valkey.url):
            for _ in range(3):  # also the second and third time
                rung.clear()
                while not rung.is_set():  # one that comes while the last is being heard adds nothing
                    doorbell.ring()
                    await asyncio.sleep(0.01)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_many_rings_are_one_job(services: Services) -> None:
    async with asyncio.timeout(PATIENCE), doorbell.bell(services.valkey.url):
        redis = doorbell.queue(services.valkey.url)
        await redis.flushall()
        for _ in range(100):
            doorbell.ring()
        while not (jobs := await redis.zrange("arq:queue", 0, -1)):  # noqa: ASYNC110 - it is in Redis
            await asyncio.sleep(0)
        stored = await redis.get("arq:job:drain")
        await redis.flushall()
        await redis.aclose(close_connection_pool=True)
    assert jobs == [b"drain"]
    assert not stored.startswith(b"\x80"), "no pickle"


async def test_ringing_neither_fails_nor_waits_while_redis_is_away(tmp_path: Path) -> None:
    async with doorbell.bell(f"unix://{tmp_path}/nobody.sock"):
        doorbell.ring()
        await asyncio.sleep(0)
        doorbell.ring()
    doorbell.ring()  # nor when no bell is held


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """One that is not yet running. Its directory has a short name, for its socket's sake."""
    with tempfile.TemporaryDirectory(prefix="rt-") as directory:
        yield Valkey(Path(directory))


async def test_a_ring_reaches_a_redis_that_came_later(valkey: Valkey) -> None:
    rung = asyncio.Event()
    async with asyncio.timeout(PATIENCE), doorbell.bell(valkey.url):
        listening = asyncio.create_task(listen(valkey.url, rung))
        doorbell.ring()
        await asyncio.sleep(0.1)
        try:
            for _ in range(2):  # the second time after it was away and has lost all
                await asyncio.to_thread(valkey.start)
                while not rung.is_set():
                    doorbell.ring()
                    await asyncio.sleep(0.05)
                await asyncio.to_thread(valkey.stop)
                rung.clear()
        finally:
            valkey.stop()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def test_ringing_stays_outside_of_the_bookers_transaction(services: Services) -> None:
    """The task that rings was started with a transaction at hand and must not carry it along."""
    seen: list[object] = []

    async def look(url: str, rung: asyncio.Event) -> None:
        seen.append(db.DB.current_transaction.get())

    patch = pytest.MonkeyPatch()
    patch.setattr(doorbell, "_carry", look)
    token = db.DB.current_transaction.set("a transaction")
    try:
        async with doorbell.bell(services.valkey.url):
            await asyncio.sleep(0)
    finally:
        db.DB.current_transaction.reset(token)
        patch.undo()
    assert seen == [None]


async def test_the_worker_keeps_no_results_and_speaks_no_pickle() -> None:
    worker = arq_worker(doorbell.queue("redis://127.0.0.1:1/0"), asyncio.Event())
    assert worker.keep_result_s == 0
    assert worker.job_serializer({"a": 1}) == b"\x81\xa1a\x01"  # type: ignore[misc]
