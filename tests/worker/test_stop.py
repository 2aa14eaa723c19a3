"""Asked to end, the worker ends by itself, whatever it waits for. RONGTONG_STOP_ROUNDS=30 asks more often.

What the kernel has to end is no end of its own: then the code is that of SIGALRM.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bench.leasing import FURNITURE, ONE
from server.core import db, doorbell
from server.core.encryption import seal
from server.core.tasks import end
from tests.conftest import Services
from tests.faults.smtp import MailServer
from tests.patience import PATIENCE
from tests.worker import news
from tests.worker.test_main import worker

ROUNDS = int(os.environ.get("RONGTONG_STOP_ROUNDS", "1"))
HERE = "127.0.0.2"
LISTENS = "arq:queue:health-check"
DELIVERY = "INSERT INTO webhook_delivery (id, endpoint_id, event_id, type, subject_id) SELECT $1, id, $1, 'x', $1 FROM"
ENDPOINT = "SELECT id FROM webhook_endpoint LIMIT 1"


class Silent:
    """A server that takes connections and says nothing."""

    def __init__(self) -> None:
        self.met = asyncio.Event()
        self._held: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        async with await asyncio.start_server(self._hold, HERE, 0) as server:
            yield f"{HERE}:{server.sockets[0].getsockname()[1]}"
            await asyncio.gather(*self._held)  # who connected has ended

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over = asyncio.get_running_loop().create_future()
        self._held.append(over)
        self.met.set()
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        over.set_result(None)


class Stand:
    """What a worker is started on, and how one sees that it is where it is to be stopped."""

    def __init__(self, services: Services, url: str, server: MailServer, silent: Silent, where: str) -> None:
        self.services, self.server, self.silent, self.where = services, server, silent, where
        self.settings = {
            "RONGTONG_DATABASE_URL": url, "RONGTONG_SMTP_URL": server.url, "RONGTONG_REDIS_URL": services.valkey.url,
        }  # fmt: skip

    async def begin(self) -> None:
        """Nothing is seen yet: what the worker of the round before has left behind is no sign of the next one."""
        self.silent.met.clear()
        self.server.letters.clear()
        redis = doorbell.queue(self.services.valkey.url)
        await redis.delete(LISTENS)
        await redis.aclose(close_connection_pool=True)

    async def idle(self, process: asyncio.subprocess.Process) -> None:
        redis = doorbell.queue(self.services.valkey.url)
        while not await redis.exists(LISTENS):  # noqa: ASYNC110 - another process listens
            await asyncio.sleep(0.02)
        await redis.aclose(close_connection_pool=True)
        await asyncio.sleep(random.uniform(0, 0.5))

    async def loading(self, process: asyncio.subprocess.Process) -> None:
        while not heeds(process.pid, signal.SIGTERM):  # noqa: ASYNC110 - another process loads
            await asyncio.sleep(0.001)

    async def sending(self, process: asyncio.subprocess.Process) -> None:
        while not self.server.letters:  # noqa: ASYNC110 - another process sends
            await asyncio.sleep(0.01)

    async def waiting(self, process: asyncio.subprocess.Process) -> None:
        await self.silent.met.wait()


def heeds(pid: int, number: signal.Signals) -> bool:
    """Whether a process handles a signal."""
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("SigCgt:"))
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)


async def mails() -> None:
    for number in range(200):
        await news.owed(f"a{number}@example.com")


async def delivery(where: str) -> None:
    await db.execute("SET session_replication_role = replica")
    for sql in FURNITURE:
        await db.execute(sql, *([ONE] if "$1" in sql else []))
    await db.execute("UPDATE webhook_endpoint SET url = $1", seal(f"https://{where}/"))
    await db.execute(f"{DELIVERY} ({ENDPOINT}) AS one", ONE)


Reach = Callable[[Stand, asyncio.subprocess.Process], Coroutine[Any, Any, None]]
STATES: dict[str, tuple[dict[str, str], Callable[[str], Coroutine[Any, Any, None]] | None, Reach]] = {
    "loading": ({}, None, Stand.loading),
    "idle": ({}, None, Stand.idle),
    "sending": ({}, lambda where: mails(), Stand.sending),
    "the mail server hangs": ({"SMTP_URL": "smtp://{}"}, lambda where: mails(), Stand.waiting),
    "the database hangs": ({"DATABASE_URL": "postgresql://a:b@{}/c"}, None, Stand.waiting),
    "Redis hangs": ({"REDIS_URL": "redis://{}/0"}, None, Stand.waiting),
    "the mailbox hangs": ({"IMAP_URL": "imaps://a:b@{}/INBOX"}, None, Stand.waiting),
    "a webhook hangs": ({"OUTBOUND_ALLOW": HERE + "/32", "OUTBOUND_PORTS": "{port}"}, delivery, Stand.waiting),
}


@pytest.mark.parametrize("state", STATES)
async def test_it_ends_by_itself_when_asked_to(services: Services, server: MailServer, state: str) -> None:
    changes, prepare, reach = STATES[state]
    url = await services.new_database("stop")
    async with AsyncExitStack() as afterwards:
        connection = await asyncpg.connect(url)
        afterwards.push_async_callback(connection.close)
        token = db.DB.current_transaction.set(db.Transaction(connection))
        afterwards.callback(db.DB.current_transaction.reset, token)
        silent = Silent()
        where = await afterwards.enter_async_context(silent.listening())
        stand = Stand(services, url, server, silent, where)
        port = where.rpartition(":")[2]
        stand.settings |= {f"RONGTONG_{name}": said.format(where, port=port) for name, said in changes.items()}
        if prepare:
            await prepare(where)
        for _ in range(ROUNDS):
            await stand.begin()
            await connection.execute("UPDATE notice SET sent_at = NULL, leased_until = NULL")
            await connection.execute("UPDATE webhook_delivery SET leased_until = NULL, attempt_at = now()")
            async with worker(**stand.settings) as process, asyncio.timeout(PATIENCE):
                await reach(stand, process)
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0


async def deaf(times: int) -> None:
    """Go on although cancelled, so many times."""
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            times -= 1
            if times < 0:
                raise


async def test_a_task_that_swallows_its_cancellation_is_ended_too() -> None:
    task = asyncio.create_task(deaf(3))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task}, timeout=0.01)
    assert not task.done(), "negative control: once is not enough"
    await end(task)
    assert task.cancelled()
