"""Time kept for a few minutes, and what becomes of it."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from server.bookings.holds.hold import FORM, MOST
from server.claims import door
from server.core import db
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at
from worker.periodic import sweep

LIVE = "SELECT count(*) FROM claim WHERE released_at IS NULL"


async def hold(client: httpx.AsyncClient, person: factories.Person, resource: Any, **changes: Any) -> httpx.Response:
    body = {"resource_id": str(resource), "starts_at": at(9), "ends_at": at(11)} | changes
    return await client.post("/api/v1/holds", json=body, headers=person.bearer)


async def run_out() -> None:
    """Let the time of every hold be up."""
    await db.execute("UPDATE hold SET expires_at = now()")
    await db.execute("UPDATE claim SET expires_at = now() WHERE hold_id IS NOT NULL")


async def test_a_hold_keeps_the_time_for_a_few_minutes(client: httpx.AsyncClient) -> None:
    sme, other = await factories.person(), await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    answer = await hold(client, sme, resource)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert datetime.fromisoformat(kept["expires_at"]) == datetime.fromisoformat(kept["created_at"]) + FORM
    assert (await client.get("/api/v1/holds", headers=sme.bearer)).json() == [kept]
    assert (await client.get("/api/v1/holds", headers=other.bearer)).json() == []
    lost = await book(client, other, resource)
    assert lost.status_code == 409
    assert [clash["kind"] for clash in lost.json()["clashes"]] == ["hold"]


async def test_a_hold_becomes_the_booking(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), units=3)
    kept = (await hold(client, sme, resource, units=2)).json()
    answer = await book(client, sme, resource, units=2, hold_id=kept["id"])
    assert answer.status_code == 201, answer.text
    assert answer.json()["unit_numbers"] == kept["unit_numbers"]
    assert await db.fetchval(LIVE) == 2
    assert (await client.get("/api/v1/holds", headers=sme.bearer)).json() == []


async def test_units_are_held_by_number(client: httpx.AsyncClient) -> None:
    sme, other = await factories.person(), await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), units=3)
    kept = (await hold(client, sme, resource, unit_numbers=[2, 3])).json()
    assert (kept["units"], kept["unit_numbers"]) == (2, [2, 3])
    assert (await hold(client, other, resource, unit_numbers=[3])).status_code == 409
    answer = await book(client, sme, resource, unit_numbers=[2, 3], hold_id=kept["id"])
    assert answer.json()["unit_numbers"] == [2, 3]


async def test_a_booking_that_is_refused_leaves_the_hold(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), max_attendees=0)
    kept = (await hold(client, sme, resource)).json()
    guests = [{"email": "ada@example.com"}]
    assert (await book(client, sme, resource, hold_id=kept["id"], attendees=guests)).status_code == 422
    assert (await book(client, sme, resource, hold_id=kept["id"])).status_code == 201


async def test_what_booking_refuses_is_not_held(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), max_minutes=60)
    answer = await hold(client, sme, resource)
    assert answer.status_code == 422
    assert answer.json()["rule"] == "max_minutes"


async def test_nobody_uses_the_hold_of_another(client: httpx.AsyncClient) -> None:
    sme, other = await factories.person(), await factories.person()
    owner = await factories.person(kind="university")
    resource, elsewhere = await factories.resource(owner), await factories.resource(owner)
    kept = (await hold(client, sme, resource)).json()
    assert (await book(client, other, resource, hold_id=kept["id"])).status_code == 404
    assert (await book(client, sme, elsewhere, hold_id=kept["id"])).status_code == 404
    assert (await client.delete(f"/api/v1/holds/{kept['id']}", headers=other.bearer)).status_code == 404
    assert await db.fetchval(LIVE) == 1


async def test_a_hold_is_given_back(client: httpx.AsyncClient) -> None:
    sme, other = await factories.person(), await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    kept = (await hold(client, sme, resource)).json()
    for _ in range(2):
        assert (await client.delete(f"/api/v1/holds/{kept['id']}", headers=sme.bearer)).status_code == 204
    assert (await book(client, other, resource)).status_code == 201


async def test_a_hold_that_is_over_takes_nothing(client: httpx.AsyncClient) -> None:
    sme, other = await factories.person(), await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    kept = (await hold(client, sme, resource)).json()
    await run_out()
    assert (await book(client, other, resource)).status_code == 201
    assert (await book(client, sme, resource, hold_id=kept["id"])).status_code == 409


async def test_without_releasing_it_first_a_hold_that_is_over_is_in_the_way(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the constraint cannot tell the time."""
    monkeypatch.setattr(door, "RELEASE_EXPIRED", "SELECT $1::uuid, $2::tstzrange")
    sme, other = await factories.person(), await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    await hold(client, sme, resource)
    await run_out()
    assert (await book(client, other, resource)).status_code == 409


async def test_a_hold_that_is_over_hinders_nobody_not_even_its_member(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    kept = (await hold(client, sme, resource)).json()
    await run_out()
    assert (await book(client, sme, resource, hold_id=kept["id"])).status_code == 201


async def test_the_sweep_ends_what_is_over_and_nothing_else(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    await hold(client, sme, resource)
    await run_out()
    await hold(client, sme, resource, starts_at=at(13), ends_at=at(14))
    assert [await sweep(), await sweep()] == [1, 0]
    assert await db.fetchval(LIVE) == 1


async def test_a_member_holds_only_so_much_at_a_time(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"), units=MOST + 1)
    for _ in range(MOST):
        kept = await hold(client, sme, resource)
        assert kept.status_code == 201
    refused = (await hold(client, sme, resource)).json()
    assert (refused["rule"], refused["limit"], refused["actual"]) == ("live_holds", MOST, MOST + 1)
    await client.delete(f"/api/v1/holds/{kept.json()['id']}", headers=sme.bearer)
    assert (await hold(client, sme, resource)).status_code == 201


async def test_a_hold_that_is_over_is_free_in_availability_and_search(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    await hold(client, sme, resource)
    window = {"from": at(9), "to": at(11)}
    path = f"/api/v1/resources/{resource}/availability"
    assert (await client.get(path, params=window)).json()["free"] == []
    await run_out()
    (free,) = (await client.get(path, params=window)).json()["free"]
    assert datetime.fromisoformat(free["ends_at"]) - datetime.fromisoformat(free["starts_at"]) == timedelta(hours=2)
