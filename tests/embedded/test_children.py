"""What the house keeps running, without the house."""

import asyncio
import threading
from typing import Any

import pytest

from server.embedded import children
from server.embedded.children import Server, kept_running


class Fragile:
    """Something that dies when told to, and does not start when it is told not to."""

    def __init__(self) -> None:
        self.starts = self.ends = 0
        self.dying, self.begun = asyncio.Event(), asyncio.Event()
        self.broken = 0

    async def start(self) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError("the disk is full")
        self.starts += 1
        self.begun.set()

    async def died(self) -> None:
        await self.dying.wait()
        self.dying.clear()

    async def end(self) -> None:
        self.ends += 1

    async def die(self) -> None:
        self.begun.clear()
        self.dying.set()
        await self.begun.wait()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.001)


async def test_what_dies_is_started_again_and_ended_once() -> None:
    kept = Fragile()
    async with asyncio.timeout(60), kept_running("it", kept):
        for _ in range(3):
            await kept.die()
    assert (kept.starts, kept.ends) == (4, 1)


async def test_what_does_not_start_again_is_tried_until_it_does() -> None:
    kept = Fragile()
    async with asyncio.timeout(60), kept_running("it", kept):
        kept.broken = 4
        await kept.die()
    assert (kept.starts, kept.ends, kept.broken) == (2, 1, 0)


async def test_what_does_not_start_at_first_is_said_at_once() -> None:
    kept = Fragile()
    kept.broken = 1
    with pytest.raises(OSError, match="full"):
        async with kept_running("it", kept):
            pass


async def test_the_house_stops_while_something_does_not_start() -> None:
    kept = Fragile()
    async with asyncio.timeout(60):
        async with kept_running("it", kept):
            kept.broken = 1_000_000
            kept.dying.set()
            while kept.broken == 1_000_000:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert kept.ends == 1


async def test_pauses_double_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    real = asyncio.sleep

    async def noted(seconds: float) -> None:
        pauses.append(seconds)
        await real(0)

    monkeypatch.setattr(children, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(asyncio, "sleep", noted)
    kept = Fragile()
    async with asyncio.timeout(60), kept_running("it", kept):
        kept.broken = 7
        await kept.die()
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


class Slow:
    """A server whose start takes as long as the test likes."""

    def __init__(self) -> None:
        self.starting, self.goes_on = threading.Event(), threading.Event()
        self.running = False

    def start(self) -> None:
        self.starting.set()
        self.goes_on.wait()
        self.running = True

    def alive(self) -> bool:
        return self.running

    def stop(self) -> None:
        self.running = False


async def test_a_server_that_starts_while_the_house_is_broken_off_is_not_left_behind() -> None:
    slow: Any = Slow()
    starting = asyncio.create_task(Server(slow).start())
    await asyncio.to_thread(slow.starting.wait)
    starting.cancel()
    await asyncio.sleep(0)
    slow.goes_on.set()
    await asyncio.wait({starting})
    assert starting.cancelled()
    assert not slow.running
