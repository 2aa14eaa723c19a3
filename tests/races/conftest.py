"""A database of its own with committed data, and 64 connections that really compete."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.core import db
from server.core.settings import settings
from tests import clock, factories
from tests.conftest import Services
from tests.losing import until_lost
from tests.patience import UNHURRIED

__all__ = ["until_lost"]  # a fixture
CLIENTS = 64

# Two live claims on one unit at one time, or two bookings nearer to each other than the resource's buffers allow.
TOO_CLOSE = """
SELECT count(*) FROM claim a JOIN claim b ON a.resource_id = b.resource_id AND a.unit = b.unit AND a.id < b.id
JOIN resource r ON r.id = a.resource_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN a.reason = 'booking' AND b.reason = 'booking' THEN make_interval(mins =>
        coalesce((r.rules ->> 'buffer_before_minutes')::int, 0)
        + coalesce((r.rules ->> 'buffer_after_minutes')::int, 0))
    ELSE interval '0' END AS apart
) d
WHERE a.released_at IS NULL AND b.released_at IS NULL
  AND tstzrange(lower(a.during) - apart, upper(a.during) + apart) && b.during
"""
# A booking that was not given up has exactly its units, another none.
MISCOUNTED = """
SELECT count(*) FROM booking b
WHERE (SELECT count(*) FROM claim c
       WHERE c.resource_id = b.resource_id AND c.booking_id = b.id AND c.released_at IS NULL
         AND c.during = tstzrange(b.starts_at, b.ends_at))
   <> CASE WHEN b.status NOT IN ('declined', 'cancelled', 'expired') THEN b.units ELSE 0 END
"""
HALF_GROUPS = """
SELECT count(*) FROM (
    SELECT 1 FROM booking WHERE group_id IS NOT NULL GROUP BY group_id HAVING count(*) <> 6
) g
"""
UNTOLD = """
SELECT count(*) FROM booking b
WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.booking_id IN (b.id, b.series_id))
"""
# A hold that has ended takes nothing; one that stands takes all it says, but for a proposal that overlaps its booking.
HALF_HOLDS = """
SELECT count(*) FROM hold h
CROSS JOIN LATERAL (
    SELECT count(*) AS taken FROM claim c
    WHERE c.resource_id = h.resource_id AND c.hold_id = h.id AND c.released_at IS NULL
) t
WHERE (h.ended_at IS NOT NULL AND t.taken > 0)
   OR (h.ended_at IS NULL AND h.expires_at > now() AND h.kind <> 'proposal' AND t.taken <> h.units)
"""
# A place that was offered something has exactly one hold, another none.
MISPLACED = """
SELECT count(*) FROM waiting w
WHERE (SELECT count(*) FROM hold h WHERE h.waiting_id = w.id AND h.ended_at IS NULL)
   <> CASE WHEN w.status = 'offered' THEN 1 ELSE 0 END
"""


class Arena:
    """Many clients against one application."""

    def __init__(self, app: Any, log: Path) -> None:
        self.app, self.log = app, log
        self.log_from = log.stat().st_size

    async def begin(self, **rules: Any) -> "Arena":
        self.owner = await factories.person(kind="university")
        self.people = [await factories.person() for _ in range(CLIENTS)]
        self.rules = rules
        return self

    async def send(
        self, method: str, path: str, person: factories.Person, json: Any = None, signed: dict[str, str] | None = None
    ) -> httpx.Response:
        """Ask as a program of the person does, or as their browser that is `signed` in."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://rongtong.test", timeout=60) as client:
            headers = (signed or person.bearer) | {"If-Match": "*"}
            return await client.request(method, f"/api/v1{path}", json=json, headers=headers)

    async def wrongs(self) -> dict[str, int]:
        """Count what must never be."""
        return {
            "too close": await db.fetchval(TOO_CLOSE),
            "miscounted": await db.fetchval(MISCOUNTED),
            "half groups": await db.fetchval(HALF_GROUPS),
            "half holds": await db.fetchval(HALF_HOLDS),
            "misplaced": await db.fetchval(MISPLACED),
            "untold": await db.fetchval(UNTOLD),
        }

    def deadlocks(self) -> int:
        with self.log.open("rb") as log:
            log.seek(self.log_from)
            return log.read().count(b"deadlock detected")


@asynccontextmanager
async def opened(services: Services, app: Any, *, standing: bool = False) -> AsyncIterator[Arena]:
    """An arena on a new database, which everything uses while it is open; with a clock that stands, if wanted."""
    usual, config = db.DB.pool, db.DB.config
    db.DB.pool = None
    url = await services.new_database("races")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(db, "SESSION", db.SESSION | UNHURRIED)
            if standing:
                await clock.install(url, patch)
            async with db.connected(url, size=CLIENTS):
                assert settings().database_url != url
                yield Arena(app, services.postgres.log)
    finally:
        db.DB.pool, db.DB.config = usual, config


@pytest.fixture
async def arena(services: Services, app: Any, _pool: None) -> AsyncIterator[Arena]:
    async with opened(services, app) as made:
        yield made
