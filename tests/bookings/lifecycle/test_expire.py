"""Requests that nobody decides, and the reminder before."""

from datetime import datetime, timedelta

import httpx
import pytest

from server.core import db
from tests.bookings.lifecycle.test_book import book
from tests.bookings.lifecycle.test_change import Scene
from tests.times import at
from worker.periodic import sweep

DUE_IN = "UPDATE booking SET due_at = now() + $1"


@pytest.fixture
def scene(client: httpx.AsyncClient) -> Scene:
    return Scene(client)


async def test_a_request_says_by_when_it_is_decided(scene: Scene) -> None:
    await scene.begin({"approval": "request", "decide_within_minutes": 60})
    given = datetime.fromisoformat(scene.booking["due_at"]) - datetime.fromisoformat(scene.booking["created_at"])
    assert timedelta(minutes=60) <= given < timedelta(minutes=61)


async def test_a_request_is_decided_before_it_starts(scene: Scene) -> None:
    await scene.begin({"approval": "request", "decide_within_minutes": 60 * 24 * 30})
    assert scene.booking["due_at"] == at(9)


async def test_what_needs_no_decision_is_never_due(scene: Scene) -> None:
    await scene.begin()
    assert scene.booking["due_at"] is None


async def test_an_approved_request_is_due_no_more(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    assert (await scene.post("approve", scene.owner)).json()["due_at"] is None


async def test_a_request_that_nobody_decides_expires_and_frees_its_time(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    await db.execute(DUE_IN, timedelta(0))
    assert [await sweep(), await sweep()] == [1, 0]
    read = await scene.client.get(f"/api/v1/bookings/{scene.booking['id']}", headers=scene.sme.bearer)
    assert (read.json()["status"], read.json()["unit_numbers"]) == ("expired", [])
    assert await scene.owed() == [
        ("expired", scene.sme.actor.email, 1, "expired"),
        ("owner_expired", scene.owner.actor.email, 1, "expired"),
    ]
    assert (await book(scene.client, scene.sme, scene.resource)).status_code == 201
    history = await scene.client.get(f"/api/v1/bookings/{scene.booking['id']}/history", headers=scene.sme.bearer)
    assert (history.json()[-1]["verb"], history.json()[-1]["by"]) == ("expired", None)


async def test_what_stands_in_calendars_is_taken_out_of_them(scene: Scene) -> None:
    await scene.begin({"approval": "request"}, attendees=[{"email": "ada@example.com"}])
    await scene.post("approve", scene.owner)
    await scene.patch(starts_at=at(13), ends_at=at(14))
    await db.execute("DELETE FROM notice")
    await db.execute(DUE_IN, timedelta(0))
    assert await sweep() == 1
    kinds = [(kind, recipient, status) for kind, recipient, _, status in await scene.owed()]
    assert kinds == [
        ("cancelled", scene.sme.actor.email, "cancelled"),
        ("cancelled", "ada@example.com", "cancelled"),
        ("owner_expired", scene.owner.actor.email, "expired"),
    ]


async def test_whoever_decides_is_reminded_once_before(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    assert await sweep() == 0
    await db.execute("UPDATE booking SET revised_at = now() - interval '3 days'")
    await db.execute(DUE_IN, timedelta(hours=23))
    assert [await sweep(), await sweep()] == [1, 0]
    assert [owed[:2] for owed in await scene.owed()] == [("owner_due", scene.owner.actor.email)]
