"""What availability offers of halls and bays, booking accepts, and nothing else: random histories, through HTTP."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.claims import parts
from server.core import db
from tests import factories
from tests.times import at

STEP = timedelta(minutes=30)


class Site:
    """Two wholes over three parts, one of which has two units; each with buffers of its own."""

    def __init__(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        self.client, self.chance = client, chance

    async def build(self) -> "Site":
        self.owner, self.guest = await factories.person(kind="university"), await factories.person()
        self.wholes = [await self.made() for _ in range(2)]
        self.parts = [await self.made(units) for units in (1, 2, 1)]
        for part, wholes in zip(self.parts, (self.wholes, self.wholes, self.wholes[:1]), strict=True):
            for whole in wholes:
                await db.execute("INSERT INTO part (whole_id, part_id) VALUES ($1, $2)", whole, part)
        self.all = [*self.wholes, *self.parts]
        return self

    async def made(self, units: int = 1) -> UUID:
        buffer = self.chance.choice([0, 0, 30, 60])
        return await factories.resource(self.owner, units=units, step_minutes=30, buffer_after_minutes=buffer)

    async def free(self, id: UUID) -> list[tuple[datetime, datetime]]:
        path = f"/api/v1/resources/{id}/availability"
        answer = await self.client.get(path, params={"from": at(8), "to": at(20)}, headers=self.guest.bearer)
        times = ((free["starts_at"], free["ends_at"]) for free in answer.json()["free"])
        return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in times]

    async def found(self, id: UUID, start: datetime, end: datetime) -> bool:
        query = {"free_from": start.isoformat(), "free_to": end.isoformat()}
        query["owner"] = str(self.owner.actor.organization_id)
        items = (await self.client.get("/api/v1/resources", params=query, headers=self.guest.bearer)).json()["items"]
        return str(id) in {one["id"] for one in items}

    async def book(self, id: UUID, start: datetime, end: datetime) -> httpx.Response:
        wanted = {"resource_id": str(id), "starts_at": start.isoformat(), "ends_at": end.isoformat()}
        return await self.client.post("/api/v1/bookings", json=wanted, headers=self.guest.bearer)

    async def something(self) -> None:
        """Cancel a booking, close something, or open it again."""
        kept = await db.fetch("SELECT id FROM booking WHERE status = 'confirmed' ORDER BY id")
        if kept and self.chance.random() < 0.4:
            id = self.chance.choice(kept)["id"]
            await self.client.post(f"/api/v1/bookings/{id}/cancel", headers=self.guest.bearer)
        elif self.chance.random() < 0.2:
            start = self.chance.randrange(8, 18)
            times = {"starts_at": at(start), "ends_at": at(start + 2)}
            path = f"/api/v1/resources/{self.chance.choice(self.all)}/closures"
            await self.client.post(path, json=times, headers=self.owner.bearer)


def within(windows: list[tuple[datetime, datetime]], start: datetime, end: datetime) -> bool:
    return any(opens <= start and end <= closes for opens, closes in windows)


async def disagreements(site: Site, steps: int) -> list[Any]:
    found = []
    day = datetime.fromisoformat(at(8))
    for _ in range(steps):
        await site.something()
        id = site.chance.choice(site.all)
        start = day + STEP * site.chance.randrange(22)
        end = min(start + STEP * site.chance.randint(1, 5), day + timedelta(hours=12))
        offered, searched = within(await site.free(id), start, end), await site.found(id, start, end)
        answer = await site.book(id, start, end)
        if not (offered == searched == (answer.status_code == 201)):
            found.append((id, start, end, offered, searched, answer.status_code))
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_availability_search_and_booking_are_of_one_mind(client: httpx.AsyncClient, seed: int) -> None:
    site = await Site(client, random.Random(seed)).build()
    assert await disagreements(site, 40) == []


async def test_they_would_disagree_if_availability_did_not_look_at_the_parts(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: booking is refused by the constraint then, and what was offered was not true."""
    monkeypatch.setattr(parts, "TAKEN", f"{parts.TAKEN} AND false")
    site = await Site(client, random.Random(0)).build()
    assert await disagreements(site, 40) != []
