"""Reports by the API: the hours of the pages, people, and tables that are asked for, waited for and fetched."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from server.core import db
from server.reports import export
from tests import factories
from tests.factories import Person

API = "/api/v1"


@pytest.fixture
async def owner(rolled_back: None) -> Person:
    return await factories.person(kind="university", role="manager", locale="en")


async def test_hours_are_those_of_the_page(client: httpx.AsyncClient, owner: Person) -> None:
    mine = await factories.resource(owner)
    month = (datetime.now(UTC).replace(day=1) - timedelta(days=15)).replace(hour=3)
    await factories.booking(mine, await factories.person(), month, 120, status="completed")
    report = (await client.get(f"{API}/reports/hours", headers=owner.bearer)).json()
    assert len(report["months"]) == 12
    counted = next(one["hours"] for one in report["months"] if one["month"] == f"{month:%Y-%m}")
    assert (counted["booked"], counted["used"], counted["bookings"]) == (2, 2, 1)
    assert counted["share"] == pytest.approx(2 / counted["open"])
    assert report["total"]["booked"] == report["resources"][0]["hours"]["booked"] == 2
    before = {"month": "2020-06", "resource_id": str(mine)}
    assert (await client.get(f"{API}/reports/hours", headers=owner.bearer, params=before)).json()["total"]["used"] == 0
    table = await client.get(f"{API}/reports/hours/table", headers=owner.bearer, params={"format": "csv"})
    assert table.headers["content-disposition"] == 'attachment; filename="hours.csv"'
    assert f"{month:%Y-%m}" in table.text
    for wrong in ({"month": "2026-13"}, {"month": "yesterday"}):
        assert (await client.get(f"{API}/reports/hours", headers=owner.bearer, params=wrong)).status_code == 400


async def test_people_come_page_by_page(client: httpx.AsyncClient, owner: Person) -> None:
    mine = await factories.resource(owner)
    guests = [await factories.person() for _ in range(3)]
    for day, guest in enumerate(guests, 1):
        await factories.booking(mine, guest, datetime.now(UTC) - timedelta(days=day), status="completed")
    one = (await client.get(f"{API}/reports/people", headers=owner.bearer, params={"limit": 2})).json()
    more = {"limit": 2, "cursor": one["next_cursor"]}
    two = (await client.get(f"{API}/reports/people", headers=owner.bearer, params=more)).json()
    found = [person["member_id"] for person in one["items"] + two["items"]]
    assert found == [str(guest.actor.member_id) for guest in guests]
    assert two["next_cursor"] is None
    assert (await client.get(f"{API}/reports/people", headers=owner.bearer, params={"cursor": "x"})).status_code == 400


async def test_another_owners_resource_is_not_there(client: httpx.AsyncClient, owner: Person) -> None:
    other = await factories.resource(await factories.person(kind="university"))
    for path in ("hours", "hours/table", "people"):
        answer = await client.get(f"{API}/reports/{path}", headers=owner.bearer, params={"resource_id": str(other)})
        assert answer.status_code == 404
    booker = await factories.person(owner.actor.organization_id, role="booker")
    assert (await client.get(f"{API}/reports/hours", headers=booker.bearer)).status_code == 403


async def test_a_short_table_is_ready_at_once(client: httpx.AsyncClient, owner: Person) -> None:
    await factories.resource(owner, name="=SUM(A1)")
    asked = await client.post(f"{API}/exports", headers=owner.bearer, json={"subject": "resources", "format": "csv"})
    assert (asked.status_code, asked.json()["state"]) == (201, "ready")
    table = await client.get(f"{asked.headers['location']}/content", headers=owner.bearer)
    assert "'=SUM(A1)" in table.text
    assert await db.fetchval("SELECT count(*) FROM letter") == 0
    wrong = await client.post(f"{API}/exports", headers=owner.bearer, json={"subject": "secrets"})
    assert wrong.status_code == 400


async def test_a_long_table_is_waited_for(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.resource(owner)
    monkeypatch.setattr(export, "AT_ONCE", 0)
    asked = await client.post(f"{API}/exports", headers=owner.bearer, json={"subject": "resources"})
    path = asked.headers["location"]
    assert asked.json()["state"] == "waiting"
    assert (await client.get(f"{path}/content", headers=owner.bearer)).status_code == 409
    await export.write_exports()
    assert (await client.get(path, headers=owner.bearer)).json()["state"] == "ready"
    assert (await client.get(f"{path}/content", headers=owner.bearer)).content[:2] == b"PK"
    assert [one["id"] for one in (await client.get(f"{API}/exports", headers=owner.bearer)).json()] == [
        asked.json()["id"]
    ]
    await db.execute("UPDATE export SET valid_until = now()")
    assert (await client.get(path, headers=owner.bearer)).json()["state"] == "expired"
    assert (await client.get(f"{path}/content", headers=owner.bearer)).status_code == 410


async def test_a_table_is_for_whoever_asked(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.resource(owner)
    asked = await client.post(f"{API}/exports", headers=owner.bearer, json={"subject": "people"})
    colleague = await factories.person(owner.actor.organization_id, role="admin")
    for path in (asked.headers["location"], f"{asked.headers['location']}/content"):
        assert (await client.get(path, headers=colleague.bearer)).status_code == 404
    # The control: without the predicate the colleague would have it.
    monkeypatch.setattr(export, "ONE", export.ONE.replace("member_id = $1", "$1::uuid IS NOT NULL"))
    assert (await client.get(asked.headers["location"], headers=colleague.bearer)).status_code == 200
