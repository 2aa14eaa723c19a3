"""A hall and its bays: taking the whole takes its parts, and the reverse, through every door."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.lifecycle import expire
from server.bookings.waitlist import offers
from server.claims import door, parts
from server.core import db
from tests import factories
from tests.times import at


class Hall:
    """A hall, two bays of it (one with three units), and guests."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def build(self, **rules: Any) -> "Hall":
        self.owner, self.guest = await factories.person(kind="university"), await factories.person()
        self.other = await factories.person()
        self.hall = await factories.resource(self.owner, name="Hall", **rules)
        self.bay = await factories.resource(self.owner, name="Bay 1")
        self.bench = await factories.resource(self.owner, name="Bay 2", units=3)
        for part in (self.bay, self.bench):
            assert (await self.join(part, self.hall)).status_code == 200
        return self

    async def join(self, part: UUID, *wholes: UUID, by: factories.Person | None = None) -> httpx.Response:
        body = {"part_of_ids": [str(whole) for whole in wholes]}
        return await self.patch(part, body, by)

    async def patch(self, id: UUID, body: dict[str, Any], by: factories.Person | None = None) -> httpx.Response:
        headers = (by or self.owner).bearer | {"If-Match": "*"}
        return await self.client.patch(f"/api/v1/resources/{id}", json=body, headers=headers)

    async def send(self, method: str, path: str, body: Any = None, by: factories.Person | None = None) -> Any:
        headers = (by or self.guest).bearer | {"If-Match": "*"}
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def free(self, id: UUID) -> list[tuple[str, str]]:
        query = {"from": at(8), "to": at(20)}
        seen = (await self.client.get(f"/api/v1/resources/{id}/availability", params=query)).json()
        return [(free["starts_at"], free["ends_at"]) for free in seen["free"]]

    async def found(self, start: int, end: int) -> set[str]:
        query = {"free_from": at(start), "free_to": at(end), "owner": str(self.owner.actor.organization_id)}
        return {one["name"] for one in (await self.client.get("/api/v1/resources", params=query)).json()["items"]}


@pytest.fixture
async def hall(client: httpx.AsyncClient) -> Hall:
    return await Hall(client).build()


DAY = (at(8), at(20))


async def book(
    client: httpx.AsyncClient, guest: factories.Person, id: UUID | str, start: int, end: int, *, days: int = 7,
    units: int = 1,
) -> httpx.Response:  # fmt: skip
    wanted = {"resource_id": str(id), "starts_at": at(start, days=days), "ends_at": at(end, days=days), "units": units}
    return await client.post("/api/v1/bookings", json=wanted, headers=guest.bearer)


async def test_taking_the_whole_takes_its_parts(hall: Hall) -> None:
    made = await book(hall.client, hall.guest, hall.hall, 10, 12)
    assert made.status_code == 201
    for part in (hall.bay, hall.bench):
        lost = await book(hall.client, hall.other, part, 11, 13)
        assert lost.status_code == 409
        assert lost.json()["clashes"] == [{"kind": "booking", "starts_at": at(10), "ends_at": at(12)}]
        assert await hall.free(part) == [(at(8), at(10)), (at(12), at(20))]
    assert (await book(hall.client, hall.other, hall.bay, 12, 13)).status_code == 201
    assert await hall.found(10, 12) == set()
    await hall.send("POST", f"/bookings/{made.json()['id']}/cancel", {})
    assert await hall.free(hall.bench) == [DAY]
    assert await hall.found(10, 12) == {"Hall", "Bay 1", "Bay 2"}


async def test_taking_a_part_takes_the_whole_but_not_the_other_parts(hall: Hall) -> None:
    assert (await book(hall.client, hall.guest, hall.bench, 10, 12)).status_code == 201  # one of three units
    lost = await book(hall.client, hall.other, hall.hall, 9, 11)
    assert lost.status_code == 409
    assert lost.json()["clashes"] == [{"kind": "booking", "starts_at": at(10), "ends_at": at(12)}]
    for offered in lost.json()["alternatives"]:
        assert not offered["starts_at"] < at(12) or not offered["ends_at"] > at(10)
    assert await hall.free(hall.hall) == [(at(8), at(10)), (at(12), at(20))]
    assert await hall.free(hall.bay) == [DAY]
    assert await hall.found(10, 12) == {"Bay 1", "Bay 2"}
    assert (await book(hall.client, hall.other, hall.hall, 12, 14)).status_code == 201


async def test_moving_and_checking_out_let_the_parts_go(hall: Hall) -> None:
    made = (await book(hall.client, hall.guest, hall.hall, 10, 12)).json()
    change = {"starts_at": at(11), "ends_at": at(13)}  # its own time is not in its way
    assert (await hall.send("PATCH", f"/bookings/{made['id']}", change)).status_code == 200
    assert await hall.free(hall.bay) == [(at(8), at(11)), (at(13), at(20))]
    part = (await book(hall.client, hall.other, hall.bay, 14, 15)).json()
    change = {"starts_at": at(14), "ends_at": at(16)}
    assert (await hall.send("PATCH", f"/bookings/{made['id']}", change)).status_code == 409
    change = {"starts_at": at(12), "ends_at": at(13)}
    assert (await hall.send("PATCH", f"/bookings/{part['id']}", change, hall.other)).status_code == 409
    assert await hall.free(hall.bench) == [(at(8), at(11)), (at(13), at(20))]


async def test_a_declined_request_and_an_expired_hold_let_the_parts_go(client: httpx.AsyncClient) -> None:
    hall = await Hall(client).build(approval="request")
    asked = (await book(client, hall.guest, hall.hall, 10, 12)).json()
    assert await hall.free(hall.bay) == [(at(8), at(10)), (at(12), at(20))]
    assert (await hall.send("POST", f"/bookings/{asked['id']}/decline", {}, hall.owner)).status_code == 200
    assert await hall.free(hall.bay) == [DAY]
    held = await hall.send("POST", "/holds", {"resource_id": str(hall.hall), "starts_at": at(10), "ends_at": at(12)})
    assert held.status_code == 201
    assert (await book(client, hall.other, hall.bay, 10, 12)).status_code == 409
    await db.execute("UPDATE hold SET expires_at = now() - interval '1 second'")
    await db.execute("UPDATE claim SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL")
    assert (await book(client, hall.other, hall.bay, 10, 12)).status_code == 201  # even before the sweep
    await expire.expire_holds()
    assert await hall.free(hall.bench) == [DAY]


async def test_an_expired_hold_on_a_part_does_not_keep_the_whole(hall: Hall) -> None:
    await hall.send("POST", "/holds", {"resource_id": str(hall.bay), "starts_at": at(10), "ends_at": at(12)})
    assert (await book(hall.client, hall.other, hall.hall, 10, 12)).status_code == 409
    await db.execute("UPDATE hold SET expires_at = now() - interval '1 second'")
    await db.execute("UPDATE claim SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL")
    assert (await book(hall.client, hall.other, hall.hall, 10, 12)).status_code == 201


async def test_a_hold_of_the_whole_becomes_its_booking(hall: Hall) -> None:
    times = {"resource_id": str(hall.hall), "starts_at": at(10), "ends_at": at(12)}
    held = (await hall.send("POST", "/holds", times)).json()
    made = await hall.send("POST", "/bookings", times | {"hold_id": held["id"]})
    assert made.status_code == 201
    assert await hall.free(hall.bay) == [(at(8), at(10)), (at(12), at(20))]


async def test_a_proposal_of_the_whole_is_kept_on_the_parts(client: httpx.AsyncClient) -> None:
    hall = await Hall(client).build(approval="request")
    asked = (await book(client, hall.guest, hall.hall, 10, 12)).json()
    proposal = {"starts_at": at(11), "ends_at": at(13)}
    assert (await hall.send("POST", f"/bookings/{asked['id']}/propose", proposal, hall.owner)).status_code == 201
    assert await hall.free(hall.bay) == [(at(8), at(10)), (at(13), at(20))]
    assert (await hall.send("POST", f"/bookings/{asked['id']}/accept-proposal")).status_code == 200
    assert await hall.free(hall.bay) == [(at(8), at(11)), (at(13), at(20))]


async def test_a_series_and_a_group_keep_to_it(hall: Hall) -> None:
    assert (await book(hall.client, hall.guest, hall.bay, 10, 12)).status_code == 201
    wanted = {"starts_at": at(11), "ends_at": at(12), "rule": "FREQ=DAILY;COUNT=3", "on_conflict": "skip"}
    made = await hall.send("POST", "/series", wanted | {"resource_id": str(hall.hall)})
    assert [one["starts_at"] for one in made.json()["bookings"]] == [at(11, days=8), at(11, days=9)]
    assert (await book(hall.client, hall.other, hall.bench, 11, 12, days=8)).status_code == 409
    times = {"starts_at": at(15), "ends_at": at(16)}
    both = [times | {"resource_id": str(id)} for id in (hall.hall, hall.bay)]
    assert (await hall.send("POST", "/bookings", {"items": both})).status_code == 409
    parts_only = [times | {"resource_id": str(id)} for id in (hall.bench, hall.bay)]
    assert (await hall.send("POST", "/bookings", {"items": parts_only})).status_code == 201
    move = {"starts_at": at(11, 30, days=8), "ends_at": at(12, 30, days=8)}
    moved = await hall.send("PATCH", f"/series/{made.json()['id']}", move | {"from_recurrence_id": at(11, days=8)})
    assert moved.status_code == 200, moved.text
    assert (await book(hall.client, hall.other, hall.bay, 12, 13, days=8)).status_code == 409


async def test_times_found_together_are_accepted_together(hall: Hall) -> None:
    query = {"from": at(8), "to": at(20), "minutes": "60", "resources": f"{hall.hall},{hall.bay}"}
    assert (await hall.client.get("/api/v1/availability", params=query)).json()["items"] == []
    query["resources"] = f"{hall.bench},{hall.bay}"
    assert len((await hall.client.get("/api/v1/availability", params=query)).json()["items"]) == 1


async def test_closing_the_whole_closes_its_parts_and_reopening_opens_them(hall: Hall) -> None:
    closure = {"starts_at": at(10), "ends_at": at(12), "reason": "检修"}
    made = await hall.send("POST", f"/resources/{hall.hall}/closures", closure, hall.owner)
    assert made.status_code == 201
    query = {"from": at(8), "to": at(20)}
    seen = (await hall.client.get(f"/api/v1/resources/{hall.bench}/availability", params=query)).json()
    assert [closed["reason"] for closed in seen["closed"]] == ["检修"]
    assert (await book(hall.client, hall.guest, hall.bench, 10, 12)).status_code == 409
    assert (await book(hall.client, hall.guest, hall.bench, 12, 13)).status_code == 201
    await hall.send("DELETE", f"/resources/{hall.hall}/closures/{made.json()['id']}", None, hall.owner)
    assert (await book(hall.client, hall.guest, hall.bench, 10, 12)).status_code == 201


@pytest.mark.parametrize(("closed", "booked"), [("hall", "bay"), ("bay", "hall"), ("bench", "hall"), ("hall", "bench")])
async def test_closing_over_bookings_reaches_parts_and_wholes(hall: Hall, closed: str, booked: str) -> None:
    made = (await book(hall.client, hall.guest, getattr(hall, booked), 10, 12)).json()
    path = f"/resources/{getattr(hall, closed)}/closures"
    closure = {"starts_at": at(9), "ends_at": at(11), "reason": "检修"}
    assert (await hall.send("POST", path, closure, hall.owner)).status_code == 409
    listed = await hall.send("POST", path, closure | {"over_bookings": "list"}, hall.owner)
    assert [one["id"] for one in listed.json()["affected"]] == [made["id"]]
    done = await hall.send("POST", path, closure | {"over_bookings": "cancel"}, hall.owner)
    assert done.status_code == 201
    assert done.json()["cancelled"] == [made["id"]]
    assert (await hall.send("GET", f"/bookings/{made['id']}")).json()["status"] == "cancelled"


async def test_who_waits_for_a_part_is_asked_when_the_whole_is_freed_and_the_reverse(hall: Hall) -> None:
    made = (await book(hall.client, hall.guest, hall.hall, 10, 12)).json()
    place = {"from": at(10), "to": at(12), "minutes": 120, "resource_id": str(hall.bay)}
    waiting = (await hall.send("POST", "/waitlist", place, hall.other)).json()
    await hall.send("POST", f"/bookings/{made['id']}/cancel", {})
    (asked,) = (await hall.send("GET", "/waitlist", by=hall.other)).json()
    assert asked["status"] == "offered"
    await hall.send("POST", f"/waitlist/{waiting['id']}/accept", {}, hall.other)
    (booked,) = (await hall.send("GET", "/bookings?status=confirmed", by=hall.other)).json()["items"]
    place["resource_id"] = str(hall.hall)
    await hall.send("POST", "/waitlist", place)
    await hall.send("POST", f"/bookings/{booked['id']}/cancel", {}, hall.other)
    assert await offers.offer_freed_time() == 1  # the whole is locked before its parts, so in the next round
    assert (await hall.send("GET", "/waitlist")).json()[0]["status"] == "offered"


async def test_one_set_is_booked_whole_in_several_ways(hall: Hall) -> None:
    """RULES.md 20: four shaking tables apart, as one line or as a rectangle."""
    tables = [await factories.resource(hall.owner, name=f"Table {n}") for n in range(4)]
    line, square, pair = [await factories.resource(hall.owner, name=name) for name in ("Line", "Rectangle", "Pair")]
    for table in tables:
        assert (await hall.join(table, line, square, *([pair] if table in tables[:2] else []))).status_code == 200
    assert (await book(hall.client, hall.guest, line, 8, 10)).status_code == 201
    assert (await book(hall.client, hall.other, square, 9, 11)).status_code == 409
    assert (await book(hall.client, hall.other, pair, 9, 11)).status_code == 409
    assert await hall.free(square) == [(at(10), at(20))]
    assert (await book(hall.client, hall.guest, pair, 12, 14)).status_code == 201
    assert (await book(hall.client, hall.other, tables[3], 12, 14)).status_code == 201
    assert (await book(hall.client, hall.other, tables[0], 12, 14)).status_code == 409
    assert await hall.free(square) == [(at(10), at(12)), (at(14), at(20))]


async def test_bookings_of_the_whole_and_of_parts_keep_the_longer_distance(client: httpx.AsyncClient) -> None:
    hall = await Hall(client).build(buffer_after_minutes=60)
    await hall.patch(hall.bay, {"rules": {"buffer_before_minutes": 90}})
    assert (await book(client, hall.guest, hall.hall, 10, 12)).status_code == 201
    assert await hall.free(hall.bay) == [(at(8), at(8, 30)), (at(13, 30), at(20))]
    assert await hall.free(hall.bench) == [(at(8), at(9)), (at(13), at(20))]
    assert (await book(client, hall.guest, hall.bay, 15, 16)).status_code == 201
    assert await hall.free(hall.hall) == [(at(8), at(9)), (at(13), at(13, 30)), (at(17, 30), at(20))]


async def test_the_whole_stays_whole_when_a_part_gets_more_units(hall: Hall) -> None:
    made = (await book(hall.client, hall.guest, hall.hall, 10, 12)).json()
    assert (await hall.patch(hall.bench, {"units": 5})).status_code == 200
    assert (await book(hall.client, hall.other, hall.bench, 10, 12)).status_code == 409
    assert (await hall.patch(hall.bench, {"units": 2})).status_code == 200  # nothing but the whole stands on the others
    await hall.send("POST", f"/bookings/{made['id']}/cancel", {})
    assert (await book(hall.client, hall.other, hall.bench, 10, 12, units=2)).status_code == 201


async def test_others_make_room_beside_the_whole(hall: Hall) -> None:
    """Bookings of a part move between its units; what the whole has taken stays."""
    await book(hall.client, hall.guest, hall.hall, 10, 11)
    for start, end, unit in ((8, 10, 1), (11, 13, 2), (11, 12, 3)):
        await factories.claim(hall.bench, _instant(start), _instant(end), unit=unit)
    made = await book(hall.client, hall.other, hall.bench, 12, 14, units=2)
    assert made.status_code == 201
    assert (await book(hall.client, hall.other, hall.bench, 10, 11)).status_code == 409


async def test_what_becomes_a_part_must_not_be_taken_at_the_same_time(hall: Hall) -> None:
    third = await factories.resource(hall.owner, name="Bay 3")
    await book(hall.client, hall.guest, hall.hall, 10, 12)
    own = (await book(hall.client, hall.other, third, 11, 13)).json()
    refused = await hall.join(third, hall.hall)
    assert refused.status_code == 409
    clash = refused.json()["clashes"][0]
    assert datetime.fromisoformat(clash["starts_at"]) == _instant(11)
    assert (await hall.client.get(f"/api/v1/resources/{third}")).json()["part_of_ids"] == []
    await hall.send("POST", f"/bookings/{own['id']}/cancel", {}, hall.other)
    assert (await hall.join(third, hall.hall)).json()["part_of_ids"] == [str(hall.hall)]
    assert (await book(hall.client, hall.other, third, 11, 13)).status_code == 409
    assert str(third) in (await hall.client.get(f"/api/v1/resources/{hall.hall}")).json()["part_ids"]


async def test_what_is_no_part_any_more_keeps_what_was_promised(hall: Hall) -> None:
    made = (await book(hall.client, hall.guest, hall.hall, 10, 12)).json()
    assert (await hall.join(hall.bay)).json()["part_of_ids"] == []
    assert (await book(hall.client, hall.other, hall.bay, 10, 12)).status_code == 409
    assert await hall.free(hall.bay) == [(at(8), at(10)), (at(12), at(20))]
    assert (await book(hall.client, hall.other, hall.hall, 14, 16)).status_code == 201
    assert (await book(hall.client, hall.other, hall.bay, 14, 16)).status_code == 201
    await hall.send("POST", f"/bookings/{made['id']}/cancel", {})
    assert (await book(hall.client, hall.other, hall.bay, 10, 12)).status_code == 201


async def test_a_resource_is_listed_as_a_part_at_once(hall: Hall) -> None:
    await book(hall.client, hall.guest, hall.hall, 10, 12)
    new = {"kind": "test_site", "name": "Bay 4", "time_zone": "Asia/Shanghai", "part_of_ids": [str(hall.hall)]}
    made = await hall.send("POST", "/resources", new, hall.owner)
    assert made.status_code == 201
    assert made.json()["part_of_ids"] == [str(hall.hall)]
    assert (await book(hall.client, hall.other, made.json()["id"], 10, 12)).status_code != 201


async def test_halls_have_bays_but_bays_have_none(hall: Hall) -> None:
    shelf, many = await factories.resource(hall.owner), await factories.resource(hall.owner, units=2)
    stranger = await factories.person(kind="university")
    theirs = await factories.resource(stranger)
    for part, whole, status in (
        (shelf, hall.bay, 400),  # a part has no parts
        (hall.hall, shelf, 400),  # what has parts is no part
        (shelf, shelf, 400),
        (shelf, many, 400),  # a whole has one unit
        (shelf, theirs, 404),
    ):
        assert (await hall.join(part, whole)).status_code == status
    assert (await hall.join(theirs, hall.hall, by=stranger)).status_code == 404
    assert (await hall.patch(hall.hall, {"units": 2})).status_code == 400


async def test_busy_feeds_of_parts_and_wholes_show_each_other(hall: Hall) -> None:
    feeds = {}
    for name in ("hall", "bay"):
        body = {"scope": "resource", "resource_id": str(getattr(hall, name)), "view": "busy"}
        feeds[name] = (await hall.send("POST", "/feeds", body)).json()["url"]
    before = {name: await hall.client.get(url) for name, url in feeds.items()}
    await book(hall.client, hall.other, hall.hall, 10, 12)
    await book(hall.client, hall.other, hall.bay, 14, 15)
    for name, count in (("hall", 2), ("bay", 2)):
        after = await hall.client.get(feeds[name], headers={"If-None-Match": before[name].headers["ETag"]})
        assert after.status_code == 200
        assert after.text.count("BEGIN:VEVENT") == count


async def _nothing(whole_id: UUID, claims: list[UUID]) -> bool:
    return True


async def test_without_the_claims_on_the_parts_time_is_sold_twice(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: nothing but these claims keeps a part from being sold with its whole."""
    monkeypatch.setattr(door, "_take_parts", _nothing)
    assert (await book(hall.client, hall.guest, hall.hall, 10, 12)).status_code == 201
    assert (await book(hall.client, hall.other, hall.bay, 10, 12)).status_code == 201  # the harm


async def test_the_constraint_refuses_even_who_does_not_look(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: who forgets to look at the parts sells nothing twice, but offers what is refused."""
    monkeypatch.setattr(parts, "TAKEN", f"{parts.TAKEN} AND false")
    assert (await book(hall.client, hall.guest, hall.bay, 10, 12)).status_code == 201
    assert await hall.free(hall.hall) == [DAY]  # the harm
    assert (await book(hall.client, hall.other, hall.hall, 10, 12)).status_code == 409


def _instant(hour: int) -> datetime:
    return datetime.fromisoformat(at(hour))
