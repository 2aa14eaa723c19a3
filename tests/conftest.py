"""Real parts for the tests: a PostgreSQL and a Valkey of their own, migrated once; every test rolls back."""

import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from server.application.app import create_app
from server.caldav import occurrences
from server.core import db, doorbell, migrate, outbound, rate_limit_buckets
from server.core.settings import settings
from server.embedded import servers
from server.operator import open_lasting_key, read_health
from tests import losing
from tests.patience import UNHURRIED
from worker import parser

# How long the program waits for others that may hang, where it goes on without them; and how long it does so here.
WAITS = [
    (db, "ACQUIRE_SECONDS"), (doorbell, "RING_SECONDS"), (outbound, "TOTAL_SECONDS"), (parser, "WALL_SECONDS"),
    (occurrences, "WALL_SECONDS"), (rate_limit_buckets, "ANSWER_SECONDS"), (read_health, "VALKEY_SECONDS"),
]  # fmt: skip
LONG = 120  # seconds


class Services:
    """The servers of one test run."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.postgres = servers.Postgres(data)
        self.valkey = servers.Valkey(data)

    async def new_database(self, name: str) -> str:
        """Make a migrated database of its own, for tests that commit; return its URL."""
        name = f"{name}_{os.getpid()}"
        admin = await asyncpg.connect(self.postgres.url_of("postgres"))
        try:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE rongtong')
        finally:
            await admin.close()
        return self.postgres.url_of(name)


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """Start PostgreSQL and Valkey in a directory that is thrown away, or take those that run (tests/mutants)."""
    if "RONGTONG_TEST_SERVERS" in os.environ:
        yield Services(Path(os.environ["RONGTONG_TEST_SERVERS"]))
        return
    data = Path(tempfile.mkdtemp(prefix="rt-"))
    running = Services(data)
    running.postgres.start()
    running.valkey.start()
    try:
        yield running
    finally:
        running.valkey.stop()
        running.postgres.stop("immediate")
        shutil.rmtree(data, ignore_errors=True)


async def still(url: str) -> None:
    """Let nobody take statistics: tests roll back, so tables look empty, and plans for empty ones take ever longer."""
    admin = await asyncpg.connect(url)
    try:
        await admin.execute("ALTER SYSTEM SET autovacuum = off")
        await admin.execute("SELECT pg_reload_conf()")
    finally:
        await admin.close()


@pytest.fixture(scope="session", autouse=True)
async def _migrated(services: Services) -> AsyncIterator[None]:
    """Migrate once and let everything read its settings from this run."""
    await migrate.forwards(services.postgres.url)
    os.environ["RONGTONG_SECRET"] = "of the tests"
    settings.cache_clear()
    async with db.connected(services.postgres.url, size=1):
        await open_lasting_key.load()
    await still(services.postgres.url)
    url = await services.new_database("tests")
    os.environ["RONGTONG_DATABASE_URL"] = url
    os.environ["RONGTONG_REDIS_URL"] = services.valkey.url
    os.environ["RONGTONG_DATA_DIR"] = str(services.data)
    os.environ["RONGTONG_LOG_LEVEL"] = "error"
    os.environ["RONGTONG_HOSTS"] = "rongtong.test"
    os.environ["RONGTONG_RATE_LIMITS"] = (
        "off"  # the tests come from one address; tests/core/test_rate_limits.py switches them on
    )
    settings.cache_clear()
    if "DAYS_INSTANT" in os.environ:
        db.SESSION |= UNHURRIED
    yield
    settings.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _unhurried() -> Iterator[None]:
    """What a test sees must not depend on how busy the machine is; tests of these limits set them by themselves."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in WAITS:
            patch.setattr(module, name, LONG)
        yield


@pytest.fixture(scope="session")
async def _pool(_migrated: None) -> AsyncIterator[None]:
    with pytest.MonkeyPatch.context() as patch:  # a test holds its one transaction for as long as it takes
        patch.setattr(db, "SESSION", db.SESSION | UNHURRIED)
        async with db.connected(settings().database_url):
            yield


@pytest.fixture
async def rolled_back(_pool: None) -> AsyncIterator[None]:
    """Undo all that a test writes."""
    async with db.DB.connection() as connection:
        outer = connection.transaction()
        await outer.start()
        token = db.DB.current_transaction.set(db.Transaction(connection))
        try:
            yield
        finally:
            db.DB.current_transaction.reset(token)
            await outer.rollback()


@pytest.fixture(scope="session")
def app() -> Any:
    return create_app()


@pytest.fixture
async def client(rolled_back: None, app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Speak HTTP to the application inside the test's transaction."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rongtong.test") as speaking:
        yield speaking


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        here = self.family not in (socket.AF_INET, socket.AF_INET6) or address[0] in ("::1", "localhost")
        if not here and not address[0].startswith(("127.", "0.", "::ffff:7f")):
            raise RuntimeError(f"a test wanted to connect to {address!r}")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often the races that must be lost had to be run until they were."""
    for report in terminalreporter.stats.get("passed", []):
        for said, number in report.user_properties:
            if said == losing.SAID:
                terminalreporter.write_line(f"{report.nodeid} {said} {number}")
