"""Waiting for time to become free."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.capacity import lock
from server.bookings.waitlist import offers
from server.bookings.waitlist.wait import PLACES
from server.core import db
from tests import factories
from tests.bookings.holds.test_holds import run_out
from tests.bookings.lifecycle.test_book import book
from tests.times import at
from worker.periodic import sweep

LIVE = "SELECT count(*) FROM claim WHERE released_at IS NULL"
TOLD = "SELECT recipient FROM notice WHERE kind = 'offered' ORDER BY position"


class Queue:
    """A resource that someone has booked, and people who want that time, too."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, people: int = 2, **rules: Any) -> "Queue":
        self.owner, self.booker = await factories.person(kind="university"), await factories.person()
        self.resource = await factories.resource(self.owner, **rules)
        self.booking = (await book(self.client, self.booker, self.resource, starts_at=at(9), ends_at=at(11))).json()
        self.people = [await factories.person() for _ in range(people)]
        return self

    async def wait(self, person: factories.Person, **changes: Any) -> httpx.Response:
        body = {"resource_id": str(self.resource), "from": at(9), "to": at(11), "minutes": 120} | changes
        return await self.client.post(
            "/api/v1/waitlist",
            json={k: v for k, v in body.items() if v is not None},
            headers=person.bearer,
        )

    async def all_wait(self) -> list[str]:
        return [(await self.wait(person)).json()["id"] for person in self.people]

    async def post(self, id: str, verb: str, person: factories.Person, **body: Any) -> httpx.Response:
        return await self.client.post(f"/api/v1/waitlist/{id}/{verb}", json=body, headers=person.bearer)

    async def read(self, id: str, person: factories.Person) -> Any:
        return (await self.client.get(f"/api/v1/waitlist/{id}", headers=person.bearer)).json()

    async def cancel(self) -> None:
        path = f"/api/v1/bookings/{self.booking['id']}/cancel"
        assert (await self.client.post(path, json={}, headers=self.booker.bearer)).status_code == 200


@pytest.fixture
def queue(client: httpx.AsyncClient) -> Queue:
    return Queue(client)


async def test_a_place_says_how_many_are_before_it(queue: Queue) -> None:
    await queue.begin(3)
    ids = await queue.all_wait()
    places = [(await queue.read(id, person))["place_in_line"] for id, person in zip(ids, queue.people, strict=True)]
    assert places == [1, 2, 3]
    assert (await queue.client.delete(f"/api/v1/waitlist/{ids[0]}", headers=queue.people[0].bearer)).status_code == 204
    assert (await queue.read(ids[2], queue.people[2]))["place_in_line"] == 2


async def test_who_waits_for_other_times_or_things_stands_in_another_line(queue: Queue) -> None:
    await queue.begin(3)
    elsewhere = await factories.resource(queue.owner, kind="test_site")
    for resource, hour in ((queue.resource, 13), (elsewhere, 9)):
        body = {"starts_at": at(hour), "ends_at": at(hour + 2)}
        assert (await book(queue.client, queue.booker, resource, **body)).status_code == 201
    await queue.wait(queue.people[0], **{"from": at(13), "to": at(15)})
    await queue.wait(queue.people[1], resource_id=str(elsewhere))
    third = (await queue.wait(queue.people[2])).json()
    assert third["place_in_line"] == 1
    everything = await queue.wait(queue.people[2], resource_id=None, owner_id=str(queue.owner.actor.organization_id))
    assert everything.json()["place_in_line"] == 3


async def test_freed_time_is_offered_to_the_first_in_line_at_once(queue: Queue) -> None:
    await queue.begin()
    ids = await queue.all_wait()
    assert await sweep() == 0
    await queue.cancel()
    first, second = [await queue.read(id, person) for id, person in zip(ids, queue.people, strict=True)]
    assert (first["status"], first["offer"]["starts_at"], first["offer"]["kind"]) == ("offered", at(9), "offer")
    assert (second["status"], second["offer"]) == ("waiting", None)
    assert [row["recipient"] for row in await db.fetch(TOLD)] == [queue.people[0].actor.email]
    assert (await book(queue.client, queue.people[1], queue.resource)).status_code == 409


async def test_an_offer_is_accepted(queue: Queue) -> None:
    await queue.begin()
    ids = await queue.all_wait()
    await queue.cancel()
    answer = await queue.post(ids[0], "accept", queue.people[0], purpose="断口分析")
    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["starts_at"]) == ("confirmed", at(9))
    assert (await queue.read(ids[0], queue.people[0]))["status"] == "booked"
    assert (await queue.post(ids[0], "accept", queue.people[0])).status_code == 409
    assert await db.fetchval(LIVE) == 1


async def test_a_passed_offer_goes_to_the_next_and_does_not_come_back(queue: Queue) -> None:
    await queue.begin()
    ids = await queue.all_wait()
    await queue.cancel()
    passed = (await queue.post(ids[0], "pass", queue.people[0])).json()
    assert (passed["status"], passed["offer"]) == ("waiting", None)
    assert (await queue.read(ids[1], queue.people[1]))["status"] == "offered"
    await queue.post(ids[1], "pass", queue.people[1])
    assert await sweep() == 0
    assert await db.fetchval(LIVE) == 0


async def test_an_offer_that_runs_out_goes_to_the_next(queue: Queue) -> None:
    await queue.begin()
    ids = await queue.all_wait()
    await queue.cancel()
    await run_out()
    assert (await queue.post(ids[0], "accept", queue.people[0])).status_code == 409
    assert [await sweep(), await sweep()] == [1, 0]
    assert (await queue.post(ids[1], "accept", queue.people[1])).status_code == 201


async def test_whoever_leaves_gives_the_offer_to_the_next(queue: Queue) -> None:
    await queue.begin()
    ids = await queue.all_wait()
    await queue.cancel()
    for _ in range(2):
        left = await queue.client.delete(f"/api/v1/waitlist/{ids[0]}", headers=queue.people[0].bearer)
        assert left.status_code == 204
    assert (await queue.read(ids[1], queue.people[1]))["status"] == "offered"


async def test_the_sweep_offers_what_a_move_or_a_lifted_closure_frees(queue: Queue) -> None:
    await queue.begin(1)
    (id,) = await queue.all_wait()
    moved = {"starts_at": at(13), "ends_at": at(15)}
    headers = queue.booker.bearer | {"If-Match": "*"}
    await queue.client.patch(f"/api/v1/bookings/{queue.booking['id']}", json=moved, headers=headers)
    assert [await sweep(), await sweep()] == [1, 0]
    assert (await queue.read(id, queue.people[0]))["status"] == "offered"


async def test_two_places_may_share_what_became_free(queue: Queue) -> None:
    await queue.begin()
    ids = [(await queue.wait(person, minutes=60)).json()["id"] for person in queue.people]
    await queue.cancel()
    starts = [(await queue.read(id, one))["offer"]["starts_at"] for id, one in zip(ids, queue.people, strict=True)]
    assert starts == [at(9), at(10)]


async def test_nobody_is_offered_what_booking_would_refuse(queue: Queue) -> None:
    await queue.begin(max_minutes=120)
    await queue.wait(queue.people[0], to=at(13), minutes=180)
    second = (await queue.wait(queue.people[1])).json()["id"]
    await queue.cancel()
    assert (await queue.post(second, "accept", queue.people[1])).status_code == 201


async def test_an_offer_leaves_time_to_answer_before_the_lead_time(queue: Queue) -> None:
    await queue.begin(1, lead_minutes=60)
    (id,) = await queue.all_wait()
    await db.execute("UPDATE resource SET rules = rules || '{\"lead_minutes\": 100000}'")
    await queue.cancel()
    assert (await queue.read(id, queue.people[0]))["status"] == "waiting"


async def test_any_resource_of_an_owner_will_do(queue: Queue) -> None:
    await queue.begin(1)
    other: UUID = await factories.resource(queue.owner)
    assert (await book(queue.client, queue.booker, other)).status_code == 201
    owner = str(queue.owner.actor.organization_id)
    id = (await queue.wait(queue.people[0], resource_id=None, owner_id=owner, kind="equipment")).json()["id"]
    await queue.cancel()
    assert (await queue.read(id, queue.people[0]))["offer"]["resource_id"] == str(queue.resource)


async def test_places_are_seen_and_used_by_their_member_only(queue: Queue) -> None:
    await queue.begin()
    ids = await queue.all_wait()
    await queue.cancel()
    for verb in ("accept", "pass"):
        assert (await queue.post(ids[0], verb, queue.people[1])).status_code == 404
    path = f"/api/v1/waitlist/{ids[0]}"
    assert (await queue.client.get(path, headers=queue.people[1].bearer)).status_code == 404
    assert (await queue.client.delete(path, headers=queue.people[1].bearer)).status_code == 404
    offer = (await queue.read(ids[0], queue.people[0]))["offer"]["id"]
    assert (await book(queue.client, queue.people[1], queue.resource, hold_id=offer)).status_code == 404
    assert (await queue.client.delete(f"/api/v1/holds/{offer}", headers=queue.people[0].bearer)).status_code == 404


async def test_waiting_makes_sense_or_is_refused(queue: Queue) -> None:
    await queue.begin(1)
    (sme,) = queue.people
    for status, changes in (
        (400, {"resource_id": None}),
        (400, {"minutes": 180}),
        (400, {"from": at(9, days=-2), "to": at(11, days=-2)}),
        (404, {"units": 2}),
        (404, {"resource_id": str(queue.owner.actor.organization_id)}),
    ):
        assert (await queue.wait(sme, **changes)).status_code == status, changes
    for minutes in range(1, PLACES + 1):
        assert (await queue.wait(sme, minutes=minutes)).status_code == 201
    assert (await queue.wait(sme)).json()["rule"] == "waiting_places"


async def test_a_place_whose_window_is_past_is_over(queue: Queue) -> None:
    await queue.begin(1)
    (id,) = await queue.all_wait()
    await db.execute("UPDATE waiting SET during = tstzrange(now() - interval '2 hours', now())")
    assert [await sweep(), await sweep()] == [1, 0]
    assert (await queue.read(id, queue.people[0]))["status"] == "over"


async def test_without_remembering_what_was_passed_it_would_come_again(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(
        offers, "PASSED", "UPDATE waiting SET status = 'waiting' WHERE id = $1 AND $2::jsonb IS NOT NULL"
    )
    await queue.begin(1)
    (id,) = await queue.all_wait()
    await queue.cancel()
    assert (await queue.post(id, "pass", queue.people[0])).json()["status"] == "offered"


class Crowd:
    """Somebody who waits for many times of one owner, all of which become free at once."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, count: int, minutes: int = 240, **rules: Any) -> factories.Person:
        owner, guest = await factories.person(kind="university"), await factories.person()
        resources = [await factories.resource(owner, **rules) for _ in range(count)]
        taken = [
            await factories.booking(one, owner, datetime.fromisoformat(at(8, days=7 + day)), 240)
            for day, one in enumerate(resources)
        ]
        for day, one in enumerate(resources):
            body = {
                "resource_id": str(one), "from": at(8, days=7 + day), "to": at(12, days=7 + day), "minutes": minutes
            }  # fmt: skip
            answer = await self.client.post("/api/v1/waitlist", json=body, headers=guest.bearer)
            assert answer.status_code == 201, answer.text
        for one in taken:
            path = f"/api/v1/bookings/{one}/cancel"
            assert (await self.client.post(path, json={}, headers=owner.bearer)).status_code == 200
        await sweep()
        return guest

    async def offered(self, guest: factories.Person) -> list[Any]:
        places = (await self.client.get("/api/v1/waitlist", headers=guest.bearer)).json()
        return [one for one in places if one["offer"]]


@pytest.fixture
def crowd(client: httpx.AsyncClient) -> Crowd:
    return Crowd(client)


async def test_a_member_is_not_offered_more_than_may_be_held(crowd: Crowd) -> None:
    guest = await crowd.begin(14)
    assert len(await crowd.offered(guest)) == offers.MOST


@pytest.mark.parametrize(
    ("quota", "offered"),
    [
        ({"period": "month", "minutes": 600, "across": "owner"}, 2),
        ({"bookings": 1, "across": "owner"}, 1),
        ({"bookings": 1, "across": "resource"}, 4),
    ],
)
async def test_what_is_offered_can_all_be_accepted(crowd: Crowd, quota: dict[str, Any], offered: int) -> None:
    guest = await crowd.begin(4, quotas=[quota])
    places = await crowd.offered(guest)
    if "period" in quota and at(8)[:7] != at(8, days=10)[:7]:
        return  # two months, two quotas
    assert len(places) == offered
    for one in places:
        answer = await crowd.client.post(f"/api/v1/waitlist/{one['id']}/accept", json={}, headers=guest.bearer)
        assert answer.status_code == 201, answer.text


async def test_a_monthly_limit_counts_what_is_offered(crowd: Crowd) -> None:
    guest = await crowd.begin(1)
    await db.execute("UPDATE member SET monthly_minutes = 300 WHERE id = $1", guest.actor.member_id)
    assert len(await crowd.offered(guest)) == 1
    resource = await factories.resource(await factories.person(kind="university"))
    taken = (await book(crowd.client, await factories.person(), resource, starts_at=at(14), ends_at=at(16))).json()
    body = {"resource_id": str(resource), "from": at(14), "to": at(16), "minutes": 120}
    await crowd.client.post("/api/v1/waitlist", json=body, headers=guest.bearer)
    await db.execute("UPDATE booking SET status = 'cancelled' WHERE id = $1::text::uuid", taken["id"])
    await db.execute("UPDATE claim SET released_at = now() WHERE booking_id = $1::text::uuid", taken["id"])
    assert await sweep() == 0
    assert len(await crowd.offered(guest)) == 1


async def test_control_if_what_is_held_did_not_count_too_much_would_be_offered(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = lock.look_around
    monkeypatch.setattr(lock, "look_around", lambda *args, holding=False, **more: looking(*args, **more))
    guest = await crowd.begin(4, quotas=[{"bookings": 1, "across": "owner"}])
    assert len(await crowd.offered(guest)) == 4
