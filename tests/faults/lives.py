"""Bookings as people make, move and cancel them, over HTTP and through crashes."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from tests import factories
from tests.faults.deployment import Deployment, insist

RESOURCES = 20
PERIOD = timedelta(hours=4)  # what each booking has for itself, to move about in


class Life(msgspec.Struct):
    """What became of one booking, as its booker was told."""

    uid: str
    revisions: int
    cancelled: bool
    guests: list[str]


class Place(msgspec.Struct):
    """Who books what."""

    manager: str
    booker: factories.Person
    resources: list[UUID]


async def settle(deployment: Deployment) -> Place:
    async with deployment.database():
        manager = await factories.person(role="manager", kind="university")
        resources = [await factories.resource(manager) for _ in range(RESOURCES)]
        booker = await factories.person(role="booker")
    return Place(manager.actor.email, booker, resources)


async def live(number: int, place: Place, client: httpx.AsyncClient) -> Life:
    """Book; two of three move once or twice; one of three cancels."""
    chance = random.Random(number)
    # Not tomorrow: of that the guest is reminded today.
    soon = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    start = soon + (number // RESOURCES) * PERIOD
    guests = [place.booker.actor.email, *([f"guest{number}@example.com"] if number % 4 == 0 else [])]
    wanted = {
        "resource_id": str(place.resources[number % RESOURCES]),
        **span(start),
        "attendees": [{"email": guest} for guest in guests[1:]],
    }
    answer = await insist(client, "POST", "/bookings", json=wanted, headers={"Idempotency-Key": f"booking {number}"})
    assert answer.status_code == 201, answer.text
    booking = answer.json()
    for hour in range(1, 1 + chance.choice([0, 1, 2])):
        booking = await move(client, booking, start + timedelta(hours=hour))
    if cancelled := number % 3 == 0:
        answer = await insist(client, "POST", f"/bookings/{booking['id']}/cancel", json={"reason": ""})
        assert answer.status_code == 200, answer.text
        booking = answer.json()
    return Life(booking["uid"], booking["version"], cancelled, guests)


async def move(client: httpx.AsyncClient, booking: dict[str, Any], start: datetime) -> dict[str, Any]:
    """Move a booking; after a crash first look whether that was done."""
    match = {"If-Match": f'"{booking["version"]}"'}
    answer = await insist(client, "PATCH", f"/bookings/{booking['id']}", json=span(start), headers=match)
    if answer.status_code == 412:
        answer = await insist(client, "GET", f"/bookings/{booking['id']}")
    assert answer.status_code == 200, answer.text
    moved: dict[str, Any] = answer.json()
    assert datetime.fromisoformat(moved["starts_at"]) == start
    assert moved["version"] == booking["version"] + 1
    return moved


def span(start: datetime) -> dict[str, str]:
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
