"""A deployment of its own, every part a process that can be killed: PostgreSQL, Valkey, a server and two workers."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from server.core import db
from server.embedded import servers
from tests.patience import PATIENCE

PAUSE = 0.1  # between two looks


class Deployment:
    """Everything that runs. The workers can be killed and started by number."""

    def __init__(self, data: Path, smtp_url: str) -> None:
        self.data = data
        self.postgres = servers.Postgres(data)
        self.valkey = servers.Valkey(data)
        self.socket = data / "web.sock"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RONGTONG_")},
            "RONGTONG_REDIS_URL": self.valkey.url,
            "RONGTONG_SMTP_URL": smtp_url,
            "RONGTONG_BASE_URL": "http://rongtong.test",
            "RONGTONG_SECRET": "of the faults",
            "RONGTONG_DATA_DIR": str(data),
            "RONGTONG_LOG_LEVEL": "info",
            "RONGTONG_RATE_LIMITS": "off",
        }
        self.server: subprocess.Popen[bytes] | None = None
        self.workers: dict[int, subprocess.Popen[bytes]] = {}

    async def start(self) -> None:
        await asyncio.to_thread(self.postgres.start)
        await asyncio.to_thread(self.valkey.start)
        self.environment["RONGTONG_DATABASE_URL"] = self.postgres.url
        await self.command("migrate")
        self.start_server()
        for number in (1, 2):
            self.start_worker(number)

    async def stop(self) -> None:
        for process in [self.server, *self.workers.values()]:
            if process is not None:
                process.kill()
                process.wait()
        await asyncio.to_thread(self.valkey.stop)
        await asyncio.to_thread(self.postgres.stop, "immediate")

    def start_server(self) -> None:
        self.socket.unlink(missing_ok=True)
        command = [
            "uvicorn",
            "--factory",
            "server.application.app:create_app",
            "--uds",
            str(self.socket),
            "--no-access-log",
        ]
        self.server = self._process("server", command)

    def kill_server(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def start_worker(self, number: int) -> None:
        self.workers[number] = self._process(f"worker{number}", ["worker"])

    def said(self, number: int) -> int:
        """How much a worker has said so far. One that has come up says something, be it that it hears no bell."""
        return (self.data / f"worker{number}.log").stat().st_size

    def kill_worker(self, number: int) -> None:
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait()

    def _process(self, name: str, module: list[str]) -> subprocess.Popen[bytes]:
        with (self.data / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *module], env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    async def command(self, *arguments: str) -> str:
        """Run `rongtong …` to its end and return what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", *arguments, env=self.environment, stdout=-1, stderr=-2
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    @asynccontextmanager
    async def database(self) -> AsyncIterator[None]:
        """Let what the block does with server.core.db be done, and committed, in this deployment's database."""
        connection = await asyncpg.connect(self.postgres.url)
        token = db.DB.current_transaction.set(db.Transaction(connection))
        try:
            yield
        finally:
            db.DB.current_transaction.reset(token)
            await connection.close()

    def client(self, headers: dict[str, str]) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(uds=str(self.socket))
        base_url = "http://rongtong.test/api/v1"
        return httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers, timeout=PATIENCE)


async def until(true: Callable[[], Awaitable[Any]], moved: Callable[[], Any] = lambda: None) -> Any:
    """Look again and again until it is so, and return what was seen; give up when nothing has moved for long."""
    state, since = moved(), time.monotonic()
    while time.monotonic() - since < PATIENCE:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, httpx.HTTPError):
            if seen := await true():
                return seen
        await asyncio.sleep(PAUSE)
        if moved() != state:
            state, since = moved(), time.monotonic()
    raise TimeoutError(f"nothing has moved for {PATIENCE} s: {state!r}")


async def insist(client: httpx.AsyncClient, method: str, path: str, **request: Any) -> httpx.Response:
    """Send a request, again and again while the server is away or in trouble."""

    async def answered() -> httpx.Response | None:
        answer = await client.request(method, path, **request)
        return answer if answer.status_code < 500 else None

    answer: httpx.Response = await until(answered)
    return answer


@asynccontextmanager
async def deployed(smtp_url: str) -> AsyncIterator[Deployment]:
    data = Path(tempfile.mkdtemp(prefix="rt-"))
    deployment = Deployment(data, smtp_url)
    try:
        await deployment.start()
        yield deployment
    finally:
        await deployment.stop()
        shutil.rmtree(data, ignore_errors=True)
