"""`python -m worker` as a process."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from server.core import db
from tests.conftest import Services
from tests.faults.smtp import MailServer
from tests.patience import PATIENCE
from tests.worker import news


@asynccontextmanager
async def worker(**settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RONGTONG_")}
    kept["RONGTONG_SECRET"] = os.environ["RONGTONG_SECRET"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker", env=kept | settings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_sends_without_redis_and_ends_when_asked_to(
    services: Services, server: MailServer, tmp_path: Path
) -> None:
    url = await services.new_database("worker")
    connection = await asyncpg.connect(url)
    token = db.DB.current_transaction.set(db.Transaction(connection))
    try:
        await news.owed("a@example.com")
        nobody = f"unix://{tmp_path}/nobody.sock"
        settings = {"RONGTONG_DATABASE_URL": url, "RONGTONG_SMTP_URL": server.url, "RONGTONG_REDIS_URL": nobody}
        async with worker(**settings) as process, asyncio.timeout(PATIENCE):
            while not await db.fetchval("SELECT count(*) FROM notice WHERE sent_at IS NOT NULL"):  # noqa: ASYNC110 - another process sends
                await asyncio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        db.DB.current_transaction.reset(token)
        await connection.close()
    assert [letter.recipient for letter in server.letters] == ["a@example.com"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"RONGTONG_DATABASE_URL": "postgresql://127.0.0.1:1/x"}, b"RONGTONG_SMTP_URL: expected smtp"),
        ({"RONGTONG_SMTP_URL": "smtp://127.0.0.1:1"}, b"RONGTONG_DATABASE_URL is not set"),
    ],
)
async def test_it_says_which_setting_is_missing(settings: dict[str, str], told: bytes) -> None:
    async with worker(**settings) as process, asyncio.timeout(PATIENCE):
        assert process.stderr is not None
        assert told in await process.stderr.read()
        assert await process.wait() == 1
