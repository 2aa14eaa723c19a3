"""An owner with a resource, and a calendar of theirs on a server that an administrator has allowed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.core import db
from server.core.settings import settings
from tests import factories
from tests.foreign import files
from tests.listener import Asked, Listener, Reply
from worker import fetch as fetching
from worker.fetch import fetch

HERE = "127.0.0.2"


class Scene:
    """What is at the calendar's address, and what the owner and a guest do."""

    def __init__(self, client: httpx.AsyncClient, source: Listener) -> None:
        self.client, self.source = client, source
        source.answering = self._answer
        self.reply = Reply(body=files.calendar())

    def _answer(self, asked: Asked) -> Reply:
        etag = self.reply.headers.get("ETag")
        return Reply(304) if etag and asked.headers.get("if-none-match") == etag else self.reply

    async def begin(self, units: int = 1) -> "Scene":
        self.owner = await factories.person(kind="university")
        self.guest = await factories.person()
        self.resource = await factories.resource(self.owner, units=units)
        return self

    @property
    def path(self) -> str:
        return f"/resources/{self.resource}/foreign-calendars"

    async def do(self, person: factories.Person, method: str, path: str, json: Any = None, status: int = 0) -> Any:
        headers = person.bearer | {"If-Match": "*"}
        answer = await self.client.request(method, f"/api/v1{path}", json=json, headers=headers)
        assert answer.status_code == status or (not status and answer.is_success), answer.text
        return answer.json() if answer.content else None

    async def connect(self, **more: Any) -> str:
        made = await self.do(self.owner, "POST", self.path, {"url": self.source.url("/owner.ics"), **more})
        return str(made["id"])

    async def says(self, *events: str, **headers: str) -> int:
        """Let the calendar say this, and the worker read it."""
        self.reply = Reply(body=files.calendar(*events), headers=headers)
        return await self.read()

    async def read(self) -> int:
        await db.execute("UPDATE foreign_calendar SET fetch_at = now()")
        return await fetch(asyncio.Event())

    async def check(self, id: str) -> Any:
        return await self.do(self.owner, "GET", f"{self.path}/{id}/check")

    async def book(self, start: datetime, minutes: int = 60, status: int = 201) -> Any:
        wanted = {
            "resource_id": str(self.resource),
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(minutes=minutes)).isoformat(),
        }
        return await self.do(self.guest, "POST", "/bookings", wanted, status)

    async def taken(self) -> list[tuple[int, datetime, datetime]]:
        sql = """
        SELECT unit, lower(during), upper(during) FROM live_claims
        WHERE resource_id = $1 AND reason = 'busy' ORDER BY 1, 2
        """
        return [(*row,) for row in await db.fetch(sql, self.resource)]

    async def letters(self, kind: str) -> list[str]:
        sql = "SELECT recipient FROM letter WHERE kind = $1 AND recipient = $2"
        return [row["recipient"] for row in await db.fetch(sql, kind, self.owner.actor.email)]

    async def set(self, id: str, assignment: str) -> None:
        await db.execute(f"UPDATE foreign_calendar SET {assignment} WHERE id = $1", UUID(id))


@pytest.fixture
async def scene(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(fetching, "AT_ONCE", 1)  # all share the connection of the test
    async with Listener(host=HERE) as source:
        monkeypatch.setenv("RONGTONG_OUTBOUND_PORTS", str(source.port))
        monkeypatch.setenv("RONGTONG_OUTBOUND_ALLOW", f"{HERE}/32")
        monkeypatch.setenv("RONGTONG_OUTBOUND_HTTP", "true")
        settings.cache_clear()
        yield await Scene(client, source).begin()
    monkeypatch.undo()
    settings.cache_clear()


def noon(days: int, hour: int = 4) -> datetime:
    """A time some days ahead."""
    return datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)
