"""Committed data in a database of its own, a receiver on loopback that an administrator has allowed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from server.core import db
from server.core.settings import settings
from tests import factories
from tests.conftest import Services
from tests.listener import Asked, Listener, Reply
from worker.webhooks import deliver

HERE = "127.0.0.2"


class Receiver(Listener):
    """A program that takes webhooks, answering with `statuses` in turn and then with 204."""

    def __init__(self) -> None:
        super().__init__(self._answer, host=HERE)
        self.statuses: list[int] = []

    def _answer(self, asked: Asked) -> Reply:
        return Reply(self.statuses.pop(0) if self.statuses else 204, body=b"thanks")

    def told(self, secret: str) -> list[Any]:
        """What was received, each verified by the reference implementation."""
        return [Webhook(secret).verify(asked.body, asked.headers) for asked in self.asked]


class Scene:
    """An owner with a resource, an SME that books it, and what they do over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "Scene":
        self.owner = await factories.person(kind="university")
        self.guest = await factories.person()
        self.resource = await factories.resource(self.owner)
        return self

    async def do(self, person: factories.Person, method: str, path: str, json: Any = None, status: int = 0) -> Any:
        headers = person.bearer | {"If-Match": "*"}
        answer = await self.client.request(method, f"/api/v1{path}", json=json, headers=headers)
        assert answer.status_code == status or (not status and answer.is_success), answer.text
        return answer.json() if answer.content else None

    async def register(self, person: factories.Person, url: str, *events: str) -> Any:
        given = {"url": url} | ({"events": events} if events else {})
        return await self.do(person, "POST", "/webhooks", given)

    async def book(self, day: int = 1) -> Any:
        start = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=day)
        wanted = {
            "resource_id": str(self.resource),
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=1)).isoformat(),
            "purpose": "canary-purpose",
            "attendees": [{"email": "canary@example.com", "name": "canary-name"}],
        }
        return await self.do(self.guest, "POST", "/bookings", wanted)

    async def deliveries(self, person: factories.Person, id: str) -> Any:
        return (await self.do(person, "GET", f"/webhooks/{id}/deliveries"))["items"]


@pytest.fixture(scope="module")
async def _database(services: Services, _pool: None) -> AsyncIterator[None]:
    usual, config = db.DB.pool, db.DB.config
    db.DB.pool = None
    url = await services.new_database("webhooks")
    try:
        async with db.connected(url):
            yield
    finally:
        db.DB.pool, db.DB.config = usual, config


@pytest.fixture
async def scene(_database: None, app: Any, forgotten: None) -> AsyncIterator[Scene]:
    await db.execute("UPDATE webhook_endpoint SET removed_at = now()")  # what other tests left waiting
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rongtong.test") as client:
        yield await Scene(client).begin()


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget settings that a test made."""
    yield
    settings.cache_clear()


@pytest.fixture
async def receiver(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> AsyncIterator[Receiver]:
    async with Receiver() as listening:
        monkeypatch.setenv("RONGTONG_OUTBOUND_PORTS", str(listening.port))
        monkeypatch.setenv("RONGTONG_OUTBOUND_ALLOW", f"{HERE}/32")
        monkeypatch.setenv("RONGTONG_OUTBOUND_HTTP", "true")
        settings.cache_clear()
        yield listening


async def a_round() -> int:
    """What the worker does in one round."""
    return await deliver(asyncio.Event())


async def pass_by(endpoint_id: str, seconds: int) -> None:
    """Let time pass for what waits: everything lies that much further back."""
    back = timedelta(seconds=seconds)
    sql = """
    UPDATE webhook_delivery SET attempt_at = attempt_at - $2::interval, leased_until = leased_until - $2::interval
    WHERE endpoint_id = $1
    """
    await db.execute(sql, UUID(endpoint_id), back)
    sql = "UPDATE webhook_endpoint SET failing_since = failing_since - $2::interval, overlap_until = overlap_until - $2"
    await db.execute(f"{sql}::interval WHERE id = $1", UUID(endpoint_id), back)
