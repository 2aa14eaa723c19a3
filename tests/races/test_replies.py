"""One mail changes one thing: delivered several times at once, and when its reader is killed."""

import asyncio
import os
import signal
import sys
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.core import db
from server.core.settings import settings
from server.replies.receive import receive
from tests.conftest import Services
from tests.races.conftest import opened
from tests.replies.conftest import GUEST, Scene
from tests.replies.shapes import answer

pytestmark = pytest.mark.races

ANSWERED = "SELECT count(*) FROM audit_entry WHERE verb = 'answered' AND object_id = $1"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def test_the_same_mail_at_once_by_many_ways_counts_once(services: Services, app: Any) -> None:
    async with (
        opened(services, app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rongtong.test") as client,
    ):
        scene = await Scene(client).begin()
        id = await scene.book()
        mail = answer(await scene.invited(scene.booker.actor.email), "DECLINED")
        outcomes = Counter(await asyncio.gather(*(receive(b"Received: way %d\r\n" % way + mail) for way in range(12))))
        assert outcomes == {"cancelled": 1, "duplicate": 11}
        assert await db.fetchval(ANSWERED, UUID(id)) == 1
        assert len(await scene.mails(GUEST, "cancelled")) == 1


async def test_a_reader_that_is_killed_has_done_nothing_and_the_next_does_it_once(services: Services, app: Any) -> None:
    async with (
        opened(services, app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rongtong.test") as client,
    ):
        scene = await Scene(client).begin()
        id = await scene.book()
        mail = answer(await scene.invited(scene.booker.actor.email), "DECLINED")
        here = services.postgres.url_of(await db.fetchval("SELECT current_database()"))
        given = os.environ | {
            "RONGTONG_DATABASE_URL": here, "RONGTONG_SECRET": settings().secret,
            "RONGTONG_MAIL_FROM": settings().mail_from,
        }  # fmt: skip

        async def deliver() -> asyncio.subprocess.Process:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "server.cli", "deliver", env=given, stdin=-1, stdout=-1, stderr=-1
            )
            assert process.stdin is not None
            process.stdin.write(mail)
            process.stdin.close()
            return process

        async with db.transaction():
            await db.fetch("SELECT id FROM resource FOR UPDATE")
            killed = await deliver()
            while not await db.fetchval(WAITING):
                assert killed.returncode is None
                await asyncio.sleep(0.05)
            killed.send_signal(signal.SIGKILL)
            await killed.wait()
        assert await scene.status(id) == "confirmed"
        assert await db.fetchval("SELECT count(*) FROM inbound_mail") == 0
        for outcome in (b"cancelled", b"duplicate"):
            said, wrong = await (await deliver()).communicate()
            assert said.strip().splitlines()[-1] == outcome, wrong
        assert await scene.status(id) == "cancelled"
        assert await db.fetchval(ANSWERED, UUID(id)) == 1
