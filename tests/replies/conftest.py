"""A booking with a guest, and the invitations that were owed for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from server.calendars.invitations import message
from server.core import db
from server.core.settings import settings
from server.outbox.facts import Facts
from tests import factories
from tests.replies.shapes import Invited

GUEST = "Li.Si@example.com"


class Scene:
    """What the booker does and what their calendar gets."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, **rules: Any) -> "Scene":
        self.owner = await factories.person(kind="university")
        self.booker = await factories.person(locale="en")
        self.resource = await factories.resource(self.owner, **rules)
        return self

    async def do(self, method: str, path: str, json: Any = None, by: factories.Person | None = None) -> Any:
        headers = (by or self.booker).bearer | {"If-Match": "*"}
        answer = await self.client.request(method, f"/api/v1{path}", json=json, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def book(self, days: int = 3, **more: Any) -> str:
        start = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0) + timedelta(days=days)
        wanted = {
            "resource_id": str(self.resource), "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=1)).isoformat(), "attendees": [{"email": GUEST, "name": "李四"}],
            **more,
        }  # fmt: skip
        return str((await self.do("POST", "/bookings", wanted))["id"])

    async def series(self) -> Any:
        start = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0) + timedelta(days=3)
        wanted = {
            "resource_id": str(self.resource), "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=1)).isoformat(), "rule": "FREQ=DAILY;COUNT=3",
            "attendees": [{"email": GUEST, "name": "李四"}],
        }  # fmt: skip
        return await self.do("POST", "/series", wanted)

    async def mails(self, recipient: str, kind: str = "confirmed") -> list[bytes]:
        sql = "SELECT kind, recipient, locale, facts FROM notice WHERE recipient = $1 AND kind = $2 ORDER BY position"
        return [
            message(
                kind=row["kind"], recipient=row["recipient"], locale=row["locale"], sender=settings().mail_from,
                facts=msgspec.json.decode(row["facts"], type=Facts), base_url="https://rongtong.test", plus=True,
            )
            for row in await db.fetch(sql, recipient, kind)
        ]  # fmt: skip

    async def invited(self, recipient: str = GUEST, kind: str = "confirmed") -> Invited:
        return Invited((await self.mails(recipient, kind))[-1])

    async def answers(self, id: str, by: factories.Person | None = None) -> dict[str, str]:
        booking = await self.do("GET", f"/bookings/{id}", by=by)
        return {one["email"]: one["answer"] for one in booking["answers"]}

    async def status(self, id: str) -> str:
        return str((await self.do("GET", f"/bookings/{id}"))["status"])


@pytest.fixture
async def scene(client: httpx.AsyncClient) -> Scene:
    return await Scene(client).begin()
