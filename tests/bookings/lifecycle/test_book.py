from typing import Any
from uuid import UUID, uuid4

import httpx

from server.core import db
from tests import factories
from tests.times import at, monday_weeks_ahead


async def book(client: httpx.AsyncClient, person: factories.Person, resource: UUID, **changes: Any) -> httpx.Response:
    headers = person.bearer | changes.pop("headers", {})
    body = {"resource_id": str(resource), "starts_at": at(9), "ends_at": at(11)} | changes
    return await client.post("/api/v1/bookings", json=body, headers=headers)


async def test_a_free_time_is_booked_and_stands_in_the_list(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    answer = await book(client, sme, resource, purpose="样品测试", attendees=[{"email": "Ada@example.com"}])
    assert answer.status_code == 201, answer.text
    booking = answer.json()
    assert booking["status"] == "confirmed"
    assert booking["sequence"] == 0
    assert booking["uid"].startswith(booking["id"])
    assert booking["starts_at"] == at(9)
    assert booking["unit_numbers"] == [1]
    for person in (sme, owner):
        listed = await client.get("/api/v1/bookings", headers=person.bearer)
        assert [one["id"] for one in listed.json()["items"]] == [booking["id"]]
        read = await client.get(f"/api/v1/bookings/{booking['id']}", headers=person.bearer)
        assert read.json() == booking | {"unit_numbers": [1]}
        assert read.headers["etag"] == answer.headers["etag"]


async def test_every_booking_owes_its_notices(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university", locale="en"), await factories.person()
    resource = await factories.resource(owner)
    await book(client, sme, resource, attendees=[{"email": "ada@example.com"}])
    owed = await db.fetch("SELECT kind, recipient, locale FROM notice ORDER BY position")
    assert [tuple(row) for row in owed] == [
        ("confirmed", sme.actor.email, "zh-CN"),
        ("confirmed", "ada@example.com", "zh-CN"),
        ("owner_confirmed", owner.actor.email, "en"),
    ]


async def test_the_loser_learns_what_is_taken_and_what_would_work(client: httpx.AsyncClient) -> None:
    sme, other = await factories.person(), await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    await book(client, sme, resource)
    answer = await book(client, other, resource)
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"].endswith("/slot-taken")
    assert [clash["kind"] for clash in problem["clashes"]] == ["booking"]
    assert str(sme.actor.organization_id) not in answer.text
    assert len(problem["alternatives"]) == 3
    for offer in problem["alternatives"]:
        again = await book(client, other, resource, starts_at=offer["starts_at"], ends_at=offer["ends_at"])
        assert again.status_code == 201, again.text


async def test_closed_times_are_refused_with_the_open_ones(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), hours=factories.WORKING_HOURS)
    monday = monday_weeks_ahead()
    inside = {"starts_at": at(9, days=monday), "ends_at": at(17, days=monday)}
    late = {"starts_at": at(16, days=monday), "ends_at": at(18, days=monday)}
    answer = await book(client, sme, resource, **late)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/outside-opening-hours")
    assert inside in answer.json()["open"]
    assert (await book(client, sme, resource, **inside)).status_code == 201


async def test_every_rule_says_what_would_pass(client: httpx.AsyncClient) -> None:
    sme, owner = await factories.person(), await factories.person(kind="university")
    cases: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({}, {"units": 2}, "units"),
        ({"max_attendees": 0}, {"attendees": [{"email": "a@example.com"}]}, "max_attendees"),
        ({"step_minutes": 30}, {"starts_at": at(9, 15)}, "step_minutes"),
        ({"min_minutes": 180}, {}, "min_minutes"),
        ({"max_minutes": 60}, {}, "max_minutes"),
        ({"lead_minutes": 10 * 1440}, {}, "lead_minutes"),
        ({"horizon_days": 3}, {}, "horizon_days"),
    ]
    for rules, wanted, rule in cases:
        answer = await book(client, sme, await factories.resource(owner, **rules), **wanted)
        assert answer.status_code == 422, rule
        problem = answer.json()
        assert problem["type"].endswith("/rule-refused")
        assert problem["rule"] == rule
        assert problem["remedy"]
        assert {"limit", "actual"} <= problem.keys()


async def test_a_past_time_is_refused_with_the_earliest_that_passes(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    answer = await book(client, sme, resource, starts_at=at(9, days=-2), ends_at=at(10, days=-2))
    assert answer.status_code == 422
    assert answer.json()["rule"] == "lead_minutes"
    assert answer.json()["earliest"] > at(0, days=0)


async def test_several_units_are_taken_together_or_not_at_all(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), units=5)
    first = await book(client, sme, resource, units=3)
    assert first.json()["unit_numbers"] == [1, 2, 3]
    assert (await book(client, sme, resource, units=3)).status_code == 409
    assert await db.fetchval("SELECT count(*) FROM claim WHERE released_at IS NULL") == 3
    assert (await book(client, sme, resource, units=2)).json()["unit_numbers"] == [4, 5]


async def test_a_booking_is_fitted_between_its_neighbours(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), units=3)
    await book(client, sme, resource, starts_at=at(8), ends_at=at(10))
    await book(client, sme, resource, starts_at=at(8), ends_at=at(9))
    fitted = await book(client, sme, resource, starts_at=at(10), ends_at=at(11))
    assert fitted.json()["unit_numbers"] == [1], "unit 1 ends at 10: no gap is left"


async def test_bookings_keep_their_distance(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(
        await factories.person(kind="university"), buffer_before_minutes=15, buffer_after_minutes=30
    )
    assert (await book(client, sme, resource)).status_code == 201
    close = await book(client, sme, resource, starts_at=at(11, 30), ends_at=at(12))
    assert close.status_code == 409
    assert (await book(client, sme, resource, starts_at=at(11, 45), ends_at=at(12))).status_code == 201


async def test_a_group_stands_or_falls_together(client: httpx.AsyncClient) -> None:
    sme, owner = await factories.person(), await factories.person(kind="university")
    site, machine = await factories.resource(owner), await factories.resource(owner)
    items = [{"resource_id": str(one), "starts_at": at(9), "ends_at": at(11)} for one in (site, machine)]
    made = await client.post("/api/v1/bookings", json={"items": items}, headers=sme.bearer)
    assert made.status_code == 201
    assert {one["group_id"] for one in made.json()["items"]} == {made.json()["group_id"]}
    free = {"resource_id": str(site), "starts_at": at(12), "ends_at": at(13)}
    lost = await client.post("/api/v1/bookings", json={"items": [free, items[1]]}, headers=sme.bearer)
    assert lost.status_code == 409
    assert lost.json()["item"] == 1
    assert await db.fetchval("SELECT count(*) FROM booking") == 2


async def test_the_same_key_books_once(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    key = {"Idempotency-Key": str(uuid4())}
    first = await book(client, sme, resource, headers=key)
    again = await book(client, sme, resource, headers=key)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert await db.fetchval("SELECT count(*) FROM booking") == 1
    other = await book(client, sme, resource, headers=key, purpose="something else")
    assert other.status_code == 422
    assert other.json()["type"].endswith("/idempotency-mismatch")


async def test_without_the_key_the_second_request_loses(client: httpx.AsyncClient) -> None:
    """The negative control of the test above."""
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), units=2)
    assert (await book(client, sme, resource)).json()["id"] != (await book(client, sme, resource)).json()["id"]


async def test_what_needs_approval_takes_the_time_at_once(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, approval="request")
    requested = (await book(client, sme, resource)).json()
    assert requested["status"] == "requested"
    assert (await book(client, await factories.person(), resource)).status_code == 409
    owed = await db.fetch("SELECT kind FROM notice ORDER BY position")
    assert [row["kind"] for row in owed] == ["requested", "owner_requested"]


async def test_nonsense_is_refused_clearly(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    nonsense: list[dict[str, Any]] = [
        {"starts_at": at(11), "ends_at": at(9)},
        {"starts_at": "2026-12-01T08:00:00"},
        {"starts_at": 0},
        {"starts_at": "9999-12-31T23:59:59-12:00", "ends_at": "9999-12-31T23:59:59-13:00"},
        {"starts_at": "0001-01-01T00:00:00+14:00"},
        {"units": 0},
        {"units": 10**12},
        {"purpose": "a\x00b"},
        {"attendees": [{"email": "no address"}]},
        {"attendees": [{"email": "a@example.com\r\nBcc: x@example.com"}]},
        {"resource_id": "7"},
        {"unknown": 1},
        {"items": [{"resource_id": str(resource), "starts_at": at(9), "ends_at": at(10)}]},
    ]
    for changes in nonsense:
        answer = await book(client, sme, resource, **changes)
        assert answer.status_code == 400, (changes, answer.text)
        assert answer.json()["type"].endswith("/invalid")
    assert (await book(client, sme, uuid4())).status_code == 404
    assert await db.fetchval("SELECT count(*) FROM booking") == 0


async def test_a_stranger_sees_nothing_of_a_booking(client: httpx.AsyncClient) -> None:
    sme, stranger = await factories.person(), await factories.person(kind="university")
    resource = await factories.resource(await factories.person(kind="university"))
    id = (await book(client, sme, resource)).json()["id"]
    assert (await client.get("/api/v1/bookings", headers=stranger.bearer)).json()["items"] == []
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/cancel"), ("POST", "/approve"), ("POST", "/decline")):
        headers = stranger.bearer | {"If-Match": "*"}
        answer = await client.request(method, f"/api/v1/bookings/{id}{path}", json={}, headers=headers)
        assert answer.status_code == 404, (method, path, answer.text)


async def test_the_list_is_paged_without_gaps(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), units=7)
    made = [(await book(client, sme, resource)).json()["id"] for _ in range(7)]
    seen, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/v1/bookings", params=query, headers=sme.bearer)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]
    bad = await client.get("/api/v1/bookings", params={"cursor": "?"}, headers=sme.bearer)
    assert bad.status_code == 400
