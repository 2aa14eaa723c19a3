"""What a run stands on: embedded PostgreSQL and Valkey in a directory that is thrown away, and one server process."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import asyncpg
import msgspec

from server.core import migrate
from server.core.settings import settings
from server.embedded import servers

READY_SECONDS = 120  # on a machine that still writes out what was sown
LOG_TAIL = 2000  # characters of the server's log that a failure quotes


class House(msgspec.Struct, frozen=True):
    """Where everything is."""

    data: Path
    database_url: str
    port: int
    postgres: servers.Postgres


@contextmanager
def house(kept: Path | None = None, **configuration: str) -> Iterator[House]:
    """Start and migrate the services; stop them and throw their data away, unless it is `kept`.

    The worker does not run. `configuration` is PostgreSQL's.
    """
    data = kept or Path(tempfile.mkdtemp(prefix="rongtong-bench-"))
    data.mkdir(parents=True, exist_ok=True)
    postgres, valkey = servers.Postgres(data), servers.Valkey(data, leashed=True)
    try:
        postgres.start()
        if configuration:
            asyncio.run(_configure(postgres.url, configuration))
            postgres.stop()
            postgres.start()
        valkey.start()
        asyncio.run(migrate.forwards(postgres.url))
        os.environ |= {
            "RONGTONG_DATABASE_URL": postgres.url,
            "RONGTONG_REDIS_URL": valkey.url,
            "RONGTONG_DATA_DIR": str(data),
            "RONGTONG_BASE_URL": "http://rongtong.example",
            "RONGTONG_HOSTS": "127.0.0.1",  # what the browser asks for
            "RONGTONG_SECRET": "bench",
            "RONGTONG_RATE_LIMITS": "off",
        }
        settings.cache_clear()
        yield House(data, postgres.url, _free_port(), postgres)
    finally:
        valkey.stop()
        postgres.stop("fast" if kept else "immediate")
        if not kept:
            shutil.rmtree(data, ignore_errors=True)


@contextmanager
def serving(house: House) -> Iterator[int]:
    """Run a server process as `rongtong serve` does, its log in a file; yield its process id."""
    command = [
        sys.executable, "-m", "uvicorn", "bench.app:create_app", "--factory", "--port", str(house.port),
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header", "--log-level", "warning",
    ]  # fmt: skip
    with (house.data / "server.log").open("ab") as log:
        server = subprocess.Popen([*servers.leash(), *command], stdin=subprocess.DEVNULL, stderr=log)
        try:
            _wait_until_ready(house, server)
            yield server.pid
        finally:
            server.terminate()
            server.wait()


async def _configure(url: str, configuration: dict[str, str]) -> None:
    connection = await asyncpg.connect(url)
    for name, value in configuration.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(house: House, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        connection = HTTPConnection("127.0.0.1", house.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                said = (house.data / "server.log").read_text(errors="replace")[-LOG_TAIL:]
                raise RuntimeError(f"the server did not start; the end of its log:\n{said}") from None
        finally:
            connection.close()
        time.sleep(0.05)
