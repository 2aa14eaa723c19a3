"""Who leaves a booking that is under way has used what was used; who leaves before it begins has used nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.attendance import check_out as leaving
from server.bookings.attendance import leave
from server.core import db
from server.core.spans import Span
from server.reports import hours
from tests import clock, factories
from tests.factories import Person

START = datetime(2027, 3, 1, 2, tzinfo=UTC)  # 10:00 in Shanghai
COUNTED = "SELECT status, starts_at, ends_at, checked_out_at FROM booking WHERE id = $1"
HELD = "SELECT count(*) FROM claim WHERE booking_id = $1 AND released_at IS NULL"


class Case:
    """An owner, a guest and a booking of four hours from START on."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, **rules: Any) -> None:
        self.owner, self.guest = await factories.person(kind="university"), await factories.person()
        self.resource = await factories.resource(self.owner, **rules)
        await clock.stop_at(START - timedelta(days=2))
        body = {
            "resource_id": str(self.resource), "starts_at": START.isoformat(),
            "ends_at": (START + timedelta(hours=4)).isoformat(),
        }  # fmt: skip
        made = await client_post(self.client, "/api/v1/bookings", self.guest, body)
        self.id = UUID(made["id"])

    async def does(self, verb: str, who: Person | None = None) -> httpx.Response:
        headers = (who or self.guest).bearer
        return await self.client.post(f"/api/v1/bookings/{self.id}/{verb}", headers=headers)

    async def row(self) -> Any:
        return await db.fetchrow(COUNTED, self.id)


async def client_post(client: httpx.AsyncClient, path: str, who: Person, body: Any) -> Any:
    answer = await client.post(path, json=body, headers=who.bearer)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def case(client: httpx.AsyncClient) -> Case:
    return Case(client)


@pytest.mark.parametrize("came", [False, True])
async def test_a_guest_who_cancels_under_way_has_used_what_was_used(case: Case, came: bool) -> None:
    await case.begin(cancel_minutes=1440, quotas=[{"period": "day", "minutes": 300}])
    if came:
        await clock.put_to(START)
        assert (await case.does("check-in")).status_code == 200
    await clock.put_to(START + timedelta(minutes=85))
    assert (await case.does("cancel")).status_code == 200
    row = await case.row()
    assert (row["status"], row["ends_at"]) == ("completed", START + timedelta(minutes=90))
    assert row["checked_out_at"] == START + timedelta(minutes=85)
    assert (await case.does("cancel")).status_code == 409, "it is over"
    counted = {(one.year, one.month): told for one, told in (await reported(case)).items()}[2027, 3]
    assert (counted.booked, round(counted.used, 2), counted.bookings) == (1.5, 1.42, 1)
    later = {"resource_id": str(case.resource), "starts_at": (START + timedelta(hours=5)).isoformat()}
    for minutes, status in ((225, 422), (210, 201)):  # 90 of 300 are used
        end = (START + timedelta(hours=5, minutes=minutes)).isoformat()
        made = await case.client.post("/api/v1/bookings", json=later | {"ends_at": end}, headers=case.guest.bearer)
        assert made.status_code == status, made.text


async def reported(case: Case) -> Any:
    return (await hours.report(case.owner.actor, hours.months(date(2027, 3, 1)))).months


async def test_the_rest_is_free_for_others_and_everyone_hears_of_it(case: Case) -> None:
    await case.begin()
    await clock.put_to(START + timedelta(minutes=20))
    await case.does("cancel")
    other = await factories.person()
    body = {
        "resource_id": str(case.resource), "starts_at": (START + timedelta(minutes=30)).isoformat(),
        "ends_at": (START + timedelta(hours=4)).isoformat(),
    }  # fmt: skip
    await client_post(case.client, "/api/v1/bookings", other, body)
    kinds = [row["kind"] for row in await db.fetch("SELECT kind FROM notice ORDER BY id")]
    assert kinds.count("finished") == 1
    assert kinds.count("owner_finished") == 1


async def test_who_never_came_where_coming_counts_has_used_nothing(case: Case) -> None:
    await case.begin(check_in_required=True)
    await clock.put_to(START + timedelta(minutes=20))
    assert (await case.does("cancel")).status_code == 200
    assert (await case.row())["status"] == "cancelled"
    assert await db.fetchval(HELD, case.id) == 0


@pytest.mark.parametrize("verb", ["check-out", "cancel"])
async def test_who_leaves_before_the_start_has_used_nothing(case: Case, verb: str) -> None:
    await case.begin()
    await clock.put_to(START - timedelta(minutes=10))
    assert (await case.does("check-in")).status_code == 200
    await clock.put_to(START - timedelta(minutes=5))
    assert (await case.does(verb)).status_code == 200
    assert (await case.row())["status"] == "cancelled"
    assert await db.fetchval(HELD, case.id) == 0
    assert sum(one.used + one.booked for one in (await reported(case)).values()) == 0
    assert (await case.does(verb)).status_code == 200, "a second time changes nothing"


async def test_control_left_as_if_it_had_begun_the_future_would_be_used(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    await case.begin()
    await clock.put_to(START - timedelta(minutes=10))
    await case.does("check-in")
    monkeypatch.setattr(leaving, "give_back", leave.leave)
    assert (await case.does("check-out")).status_code == 200
    row = await case.row()
    assert row["status"] == "completed"
    assert row["ends_at"] > START - timedelta(minutes=10)
    assert Span(row["starts_at"], row["ends_at"]).length > timedelta(0)
