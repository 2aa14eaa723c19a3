"""The owner proposes another time; the guest accepts it, refuses it, or lets it run out."""

from typing import Any

import httpx
import pytest

from server.core import db
from tests import factories
from tests.bookings.holds.test_holds import run_out
from tests.bookings.lifecycle.test_book import book
from tests.bookings.lifecycle.test_change import Scene
from tests.times import at
from worker.periodic import sweep

LIVE = "SELECT count(*) FROM claim WHERE released_at IS NULL"


@pytest.fixture
def scene(client: httpx.AsyncClient) -> Scene:
    return Scene(client)


async def propose(scene: Scene, hour: int = 13, by: factories.Person | None = None) -> Any:
    times = {"starts_at": at(hour), "ends_at": at(hour + 2)}
    return await scene.post("propose", by or scene.owner, **times, message="the morning is for maintenance")


async def test_a_proposal_keeps_the_other_time_and_asks_the_guest(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    answer = await propose(scene)
    assert answer.status_code == 201, answer.text
    assert answer.json()["booking_id"] == scene.booking["id"]
    assert await scene.owed() == [("proposed", scene.sme.actor.email, 0, "requested")]
    other = await factories.person()
    for hour in (9, 13):
        lost = await book(scene.client, other, scene.resource, starts_at=at(hour), ends_at=at(hour + 1))
        assert lost.status_code == 409
    (kept,) = (await scene.client.get("/api/v1/holds", headers=scene.sme.bearer)).json()
    assert kept["message"] == "the morning is for maintenance"


async def test_the_guest_accepts_with_one_call(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    await propose(scene)
    accepted = (await scene.post("accept-proposal", scene.sme)).json()
    assert (accepted["status"], accepted["starts_at"], accepted["sequence"]) == ("confirmed", at(13), 1)
    assert accepted["due_at"] is None
    assert [kind for kind, *_ in await scene.owed()] == ["proposed", "confirmed", "owner_moved"]
    assert await db.fetchval(LIVE) == 1
    assert (await scene.post("accept-proposal", scene.sme)).status_code == 409
    assert (await book(scene.client, scene.sme, scene.resource)).status_code == 201


async def test_the_guest_refuses_and_all_stays_as_it_was(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    await propose(scene)
    refused = (await scene.post("refuse-proposal", scene.sme, reason="we travel")).json()
    assert (refused["status"], refused["starts_at"], refused["sequence"]) == ("requested", at(9), 0)
    assert await db.fetchval(LIVE) == 1
    assert (await scene.owed())[-1][0] == "owner_refused"
    history = await scene.client.get(f"/api/v1/bookings/{scene.booking['id']}/history", headers=scene.owner.bearer)
    assert [(one["verb"], one["reason"]) for one in history.json()[1:]] == [
        ("proposed", "the morning is for maintenance"),
        ("refused", "we travel"),
    ]


async def test_a_confirmed_booking_is_moved_by_a_proposal(scene: Scene) -> None:
    await scene.begin()
    await propose(scene)
    await scene.post("accept-proposal", scene.sme)
    assert [kind for kind, *_ in await scene.owed()] == ["proposed", "moved", "owner_moved"]


@pytest.mark.parametrize("units", [1, 2])
async def test_a_proposal_may_overlap_the_booking_itself(scene: Scene, units: int) -> None:
    await scene.begin()
    await db.execute("UPDATE resource SET units = $2 WHERE id = $1", scene.resource, units)
    answer = await propose(scene, 10)
    assert answer.status_code == 201, answer.text
    accepted = (await scene.post("accept-proposal", scene.sme)).json()
    assert (accepted["starts_at"], accepted["unit_numbers"]) == (at(10), [1])
    assert await db.fetchval(LIVE) == 1


@pytest.mark.parametrize("hour", [10, 13])
async def test_a_booking_keeps_the_unit_that_it_asked_for(scene: Scene, hour: int) -> None:
    await scene.begin()
    resource = await factories.resource(scene.owner, units=3)
    scene.booking = (await book(scene.client, scene.sme, resource, unit_numbers=[2])).json()
    assert (await propose(scene, hour)).json()["unit_numbers"] == [2]
    assert (await scene.post("accept-proposal", scene.sme)).json()["unit_numbers"] == [2]


async def test_a_taken_time_is_not_proposed(scene: Scene) -> None:
    await scene.begin()
    await book(scene.client, scene.sme, scene.resource, starts_at=at(13), ends_at=at(14))
    answer = await propose(scene)
    assert answer.status_code == 409
    assert len(answer.json()["alternatives"]) == 3


async def test_only_the_owner_proposes_and_only_the_guest_answers(scene: Scene) -> None:
    await scene.begin()
    assert (await propose(scene, by=scene.sme)).status_code == 403
    assert (await propose(scene, by=await factories.person())).status_code == 404
    await propose(scene)
    for verb in ("accept-proposal", "refuse-proposal"):
        assert (await scene.post(verb, scene.owner)).status_code == 403
        assert (await scene.post(verb, await factories.person())).status_code == 404


async def test_a_new_proposal_takes_the_place_of_the_old(scene: Scene) -> None:
    await scene.begin()
    await propose(scene, 13)
    await propose(scene, 14)
    assert await db.fetchval(LIVE) == 2
    assert (await scene.post("accept-proposal", scene.sme)).json()["starts_at"] == at(14)


@pytest.mark.parametrize("verb", ["approve", "decline", "cancel"])
async def test_a_decision_ends_the_proposal(scene: Scene, verb: str) -> None:
    await scene.begin({"approval": "request"})
    await propose(scene)
    assert (await scene.post(verb, scene.owner)).status_code == 200
    assert (await scene.post("accept-proposal", scene.sme)).status_code == 409
    assert await db.fetchval(LIVE) == (1 if verb == "approve" else 0)


async def test_a_proposal_runs_out_and_its_owner_hears_of_it(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    await propose(scene)
    await run_out()
    assert (await scene.post("accept-proposal", scene.sme)).status_code == 409
    assert [await sweep(), await sweep()] == [1, 0]
    assert (await scene.owed())[-1][:2] == ("owner_unanswered", scene.owner.actor.email)
    assert await db.fetchval(LIVE) == 1


async def test_a_request_does_not_expire_while_another_time_is_proposed(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    await propose(scene)
    await db.execute("UPDATE booking SET due_at = now()")
    assert await sweep() == 0
    assert (await scene.post("accept-proposal", scene.sme)).status_code == 200


async def test_who_has_come_or_is_over_cannot_accept_any_more(scene: Scene) -> None:
    await scene.begin({"check_in_from_minutes": 60 * 24 * 30})
    await propose(scene)
    assert (await scene.post("check-in", scene.sme)).status_code == 200
    answer = await scene.post("accept-proposal", scene.sme)
    assert (answer.status_code, answer.json()["status_now"]) == (409, "in_use")
    assert await db.fetchval(LIVE) == 1, "the other time is free again"


async def test_what_is_over_takes_its_proposal_with_it(scene: Scene) -> None:
    await scene.begin()
    await propose(scene)
    past = "starts_at = starts_at - interval '30 days', ends_at = ends_at - interval '30 days'"
    await db.execute(f"UPDATE booking SET {past}")
    assert (await scene.post("accept-proposal", scene.sme)).status_code == 409
    assert await sweep() == 1
    assert (await scene.client.get("/api/v1/holds", headers=scene.sme.bearer)).json() == []


async def test_a_proposal_does_not_stand_in_the_way_of_its_own_booking(scene: Scene) -> None:
    await scene.begin()
    await propose(scene)
    moved = await scene.patch(starts_at=at(13), ends_at=at(15))
    assert moved.status_code == 200, moved.text
    assert await db.fetchval(LIVE) == 1
