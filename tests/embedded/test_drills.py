"""The house is struck while people book, and heals: nothing acknowledged is lost, nothing doubled, no mail is given up.

RONGTONG_DRILL_ROUNDS=20 strikes more often.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest

from server.embedded import servers
from tests.embedded.test_up import House, processes
from tests.faults.deployment import insist, until

ROUNDS = int(os.environ.get("RONGTONG_DRILL_ROUNDS", "1"))
BEFORE, AFTER = 4, 4  # bookings acknowledged before and after each blow
WEEKS = 50  # to book in
SEATS = 20  # bookings at one hour of the training base, which has 30 seats
ROOM = "300m"  # a disk that a house fits on

OPEN = "SELECT count(*) FROM {} WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL"
DEAD = "SELECT count(*) FROM notice WHERE dead_at IS NOT NULL"
BOOKED = "SELECT id::text FROM booking WHERE purpose LIKE 'drill %'"
SENT = "SELECT count(*) FROM notice WHERE sent_at IS NOT NULL"


class Struck(House):
    """A house whose log is kept and whose parts can be killed."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"RONGTONG_RATE_LIMITS": "off"}

    def up(self) -> None:
        command = [sys.executable, "-m", "server.cli", "up", "--port", str(self.port)]
        with self.log.open("wb") as log:
            self.supervisor = subprocess.Popen(
                command, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.supervisor.stdout is not None
        self.said = ""
        for line in self.supervisor.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError(self.log.read_text())

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    def postmaster(self) -> int:
        return int((self.data / "postgres" / "postmaster.pid").read_text().split("\n")[0])

    def backends(self) -> list[int]:
        """Those that serve somebody."""
        mine = f"PPid:\t{self.postmaster()}\n"
        found = []
        for pid in processes("postgres: rongtong"):
            with suppress(OSError):
                found += [pid] if mine in Path(f"/proc/{pid}/status").read_text() else []
        return found

    def valkeys(self) -> list[int]:
        return [pid for pid in processes(str(servers.Valkey(self.data).socket)) if "valkey" in name(pid)]

    async def ask(self, sql: str) -> list[Any]:
        connection = await asyncpg.connect(servers.Postgres(self.data).url)
        try:
            return [row[0] for row in await connection.fetch(sql)]
        finally:
            await connection.close()


def name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text()
    return ""


class Booking:
    """Someone who books one hour after another, and insists."""

    def __init__(self, house: Struck) -> None:
        self.house = house
        self.acknowledged: list[str] = []
        self.going: asyncio.Task[None] | None = None
        here = datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=8, minute=0, second=0, microsecond=0)
        self.monday = here + timedelta(days=7 - here.weekday())
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{house.port}/api/v1",
            headers={"Authorization": f"Bearer {house.token}"},
            timeout=20,
        )

    async def go_on(self) -> None:
        listed = await insist(self.client, "GET", "/resources", params={"kind": "training_base"})
        resource = listed.json()["items"][0]["id"]
        for number in range(14 * SEATS * 6 * WEEKS):
            day, hour = divmod(number // SEATS, 14)
            week, weekday = divmod(day, 6)
            start = (self.monday + timedelta(weeks=week, days=weekday, hours=hour)).astimezone(UTC)
            wanted = {
                "resource_id": resource, "purpose": f"drill {number}",
                "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat(),
            }  # fmt: skip
            key = {"Idempotency-Key": f"drill {number}"}
            answer = await insist(self.client, "POST", "/bookings", json=wanted, headers=key)
            if answer.status_code == 422:  # a public holiday
                continue
            assert answer.status_code == 201, answer.text
            self.acknowledged.append(answer.json()["id"])
        raise AssertionError("all that there is has been booked")

    async def some_more(self, how_many: int) -> None:
        wanted = len(self.acknowledged) + how_many

        async def enough() -> bool:
            if self.going is not None and self.going.done():
                self.going.result()  # why it books no more
            return len(self.acknowledged) >= wanted

        await until(enough)


@asynccontextmanager
async def booking(house: Struck) -> AsyncIterator[Booking]:
    """Somebody books meanwhile; afterwards all is as they were told."""
    one = Booking(house)
    going = one.going = asyncio.create_task(one.go_on())
    try:
        yield one
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        await one.client.aclose()
    await until(lambda: is_well(house))
    booked = await house.ask(BOOKED)
    assert set(one.acknowledged) <= set(booked)
    assert len(booked) - len(set(one.acknowledged)) <= 1, "the last may have been broken off"
    assert await house.ask(DEAD) == [0]
    letters = {message_id(file) for file in (house.data / "mail").glob("*.eml")}
    assert len(letters) >= (await house.ask(SENT))[0]


async def is_well(house: Struck) -> bool:
    """Whether all runs, and nothing waits to be sent."""
    if (await asyncio.to_thread(house.get, "/health/ready"))[0] != 200 or not servers.Valkey(house.data).running():
        return False
    return await house.ask(OPEN.format("notice")) == [0] and await house.ask(OPEN.format("letter")) == [0]


def message_id(mail: Path) -> str:
    return next(line for line in mail.read_text(errors="replace").splitlines() if line.lower().startswith("message-id"))


def kill(*processes: int) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


BLOWS: dict[str, Callable[[Struck], None]] = {
    "postmaster": lambda house: kill(house.postmaster()),
    "backend": lambda house: kill(*house.backends()[:1]),
    "valkey": lambda house: kill(*house.valkeys()),
    "both": lambda house: kill(house.postmaster(), *house.valkeys()),
}


@pytest.fixture
def house() -> Iterator[Struck]:
    made = Struck()
    try:
        made.up()
        yield made
    finally:
        made.throw_away()
        made.log.unlink(missing_ok=True)


async def test_what_is_killed_is_started_again_and_nothing_is_lost(house: Struck) -> None:
    chance = random.Random(ROUNDS)
    blows = [*BLOWS] if ROUNDS == 1 else chance.choices([*BLOWS], k=4 * ROUNDS)
    async with booking(house) as somebody:
        for blow in blows:
            await somebody.some_more(BEFORE)
            BLOWS[blow](house)
            await until(lambda: is_there(house))
            await somebody.some_more(AFTER)
    said = house.log.read_text()
    for process in ("postgres", "valkey"):
        assert any("started again" in line and process in line for line in said.splitlines()), said[-3000:]


async def is_there(house: Struck) -> bool:
    return servers.Valkey(house.data).running() and bool(await house.ask("SELECT 1"))


@pytest.fixture
def small_disk() -> Iterator[Struck]:
    """A house on a disk of its own."""
    made = Struck()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(made.data)], check=True)
    try:
        made.up()
        yield made
    finally:
        if made.supervisor is not None:
            made.end(signal.SIGTERM)
        servers.Postgres(made.data).stop("immediate")
        subprocess.run(["umount", "--lazy", str(made.data)], check=True)
        shutil.rmtree(made.data, ignore_errors=True)
        made.log.unlink(missing_ok=True)


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    return ballast


def in_trouble(house: Struck, since: int) -> Callable[[], Awaitable[bool]]:
    """Whether the full disk was met: something was refused for now, or died."""

    async def met() -> bool:
        fill(house.data)
        said = house.log.read_text(errors="replace")[since:]
        return "the disk is full" in said or "No space left" in said or "a process died" in said

    return met


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a disk")
async def test_a_disk_that_was_full_leaves_nothing_behind(small_disk: Struck) -> None:
    house = small_disk
    async with booking(house) as somebody:
        for _ in range(ROUNDS):
            await somebody.some_more(BEFORE)
            so_far = len(house.log.read_text(errors="replace"))
            ballast = fill(house.data)
            await until(in_trouble(house, so_far))
            ballast.unlink()
            await somebody.some_more(AFTER)
