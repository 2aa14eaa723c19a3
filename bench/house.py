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

import msgspec

from server import migrate
from server.embedded import servers
from server.settings import settings

READY_SECONDS = 30


class House(msgspec.Struct, frozen=True):
    """Where everything is."""

    data: Path
    database_url: str
    port: int
    postgres: servers.Postgres


@contextmanager
def house() -> Iterator[House]:
    """Start and migrate the services; stop them and throw their data away. The worker does not run."""
    data = Path(tempfile.mkdtemp(prefix="rongtong-bench-"))
    postgres, valkey = servers.Postgres(data), servers.Valkey(data)
    try:
        postgres.start()
        valkey.start(leashed=True)
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
        postgres.stop("immediate")
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
            _wait_until_ready(house.port, server)
            yield server.pid
        finally:
            server.terminate()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start") from None
        finally:
            connection.close()
        time.sleep(0.05)
