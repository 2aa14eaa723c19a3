"""A shift belongs to the day on which it opens, wherever hours are asked: booking, availability, search."""

from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.core import db
from server.resources.opening import opening_hours
from server.resources.opening.opening_hours import DAY
from tests import factories
from tests.factories import Person
from tests.times import SHANGHAI, monday_weeks_ahead

NIGHTS = {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "22:00", "closes": "06:00"}
MORNINGS = {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "06:00", "closes": "14:00"}
LATE = {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "14:00", "closes": "22:00"}


def day(number: int) -> date:
    """A day of the week after next: 0 is Monday."""
    return datetime.now(SHANGHAI).date() + timedelta(days=monday_weeks_ahead(2) + number)


def at(number: int, hour: int) -> str:
    local = datetime.combine(day(number), datetime.min.time(), SHANGHAI) + timedelta(hours=hour)
    return local.isoformat()


@pytest.fixture
async def owner(client: httpx.AsyncClient) -> Person:
    return await factories.person(role="manager", kind="large_enterprise")


async def a_resource(client: httpx.AsyncClient, owner: Person, weekly: list[Any], **more: Any) -> str:
    body = {
        "kind": "equipment", "name": "炉", "time_zone": "Asia/Shanghai",
        "opening_hours": {"weekly": weekly, "exceptions": more.pop("exceptions", [])}, **more,
    }  # fmt: skip
    made = await client.post("/api/v1/resources", json=body, headers=owner.bearer)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def free(client: httpx.AsyncClient, id: str, first: int, last: int) -> list[str]:
    """What is free from noon of one day to noon of another, as `4 22-5 06`."""
    params = {"from": at(first, 12), "to": at(last, 12)}
    told = (await client.get(f"/api/v1/resources/{id}/availability", params=params)).json()
    found = []
    for one in told["free"]:
        start, end = (datetime.fromisoformat(one[name]) for name in ("starts_at", "ends_at"))
        found.append(f"{(start.date() - day(0)).days} {start:%H}-{(end.date() - day(0)).days} {end:%H}")
    return found


async def books(client: httpx.AsyncClient, id: str, start: str, end: str) -> int:
    guest = await factories.person()
    body = {"resource_id": id, "starts_at": start, "ends_at": end}
    return (await client.post("/api/v1/bookings", json=body, headers=guest.bearer)).status_code


async def test_a_closed_friday_closes_the_night_that_begins_and_not_the_one_that_ends(
    client: httpx.AsyncClient, owner: Person
) -> None:
    closed = [{"date": day(4).isoformat(), "spans": []}]
    id = await a_resource(client, owner, [NIGHTS], exceptions=closed)
    assert await free(client, id, 2, 6) == ["2 22-3 06", "3 22-4 06"]
    assert await books(client, id, at(4, 1), at(4, 5)) == 201, "Thursday's shift ends on Friday"
    assert await books(client, id, at(4, 23), at(5, 1)) == 422
    assert await books(client, id, at(5, 1), at(5, 5)) == 422, "Friday's shift is closed to its end"


async def test_a_holiday_closes_the_shift_that_opens_on_it(client: httpx.AsyncClient, owner: Person) -> None:
    await db.execute(
        "INSERT INTO holiday (id, country, day, works_like, name) VALUES (gen_random_uuid(), 'CN', $1, NULL, '')"
        " ON CONFLICT (country, day) DO UPDATE SET works_like = NULL", day(4),
    )  # fmt: skip
    id = await a_resource(client, owner, [NIGHTS], country="CN")
    assert await free(client, id, 2, 6) == ["2 22-3 06", "3 22-4 06"]


async def test_a_worked_saturday_has_the_night_of_its_weekday(client: httpx.AsyncClient, owner: Person) -> None:
    await db.execute(
        "INSERT INTO holiday (id, country, day, works_like, name) VALUES (gen_random_uuid(), 'CN', $1, 2, '')"
        " ON CONFLICT (country, day) DO UPDATE SET works_like = 2", day(5),
    )  # fmt: skip
    id = await a_resource(client, owner, [NIGHTS], country="CN")
    assert (await free(client, id, 4, 7))[:2] == ["4 22-5 06", "5 22-6 06"]


async def test_shifts_that_follow_each_other_stay_apart(client: httpx.AsyncClient, owner: Person) -> None:
    """Three shifts a day are open all along; on a closed Friday it is closed until Saturday's would begin."""
    closed = [{"date": day(4).isoformat(), "spans": []}]
    id = await a_resource(client, owner, [MORNINGS, LATE, NIGHTS], exceptions=closed)
    assert await free(client, id, 3, 6) == ["3 12-4 06"]
    told = (await client.get(f"/api/v1/resources/{id}", headers=owner.bearer)).json()
    assert told["opening_hours"]["weekly"] == [{"days": NIGHTS["days"], "opens": "06:00", "closes": "06:00"}]


async def test_an_exceptional_night_reaches_into_the_next_day(client: httpx.AsyncClient, owner: Person) -> None:
    night = [{"date": day(5).isoformat(), "spans": [{"opens": "20:00", "closes": "04:00"}]}]
    id = await a_resource(client, owner, [MORNINGS], exceptions=night)
    assert (await free(client, id, 5, 7))[0] == "5 20-6 04"


async def test_bookable_hours_are_shifts_too(client: httpx.AsyncClient, owner: Person) -> None:
    await db.execute(
        "INSERT INTO holiday (id, country, day, works_like, name) VALUES (gen_random_uuid(), 'CN', $1, NULL, '')"
        " ON CONFLICT (country, day) DO UPDATE SET works_like = NULL", day(4),
    )  # fmt: skip
    always = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "opens": "00:00", "closes": "24:00"}]
    id = await a_resource(client, owner, always, country="CN", rules={"bookable_hours": [NIGHTS]})
    assert await free(client, id, 2, 6) == ["2 22-3 06", "3 22-4 06"]


async def test_search_finds_the_night_that_stands_and_not_the_closed_one(
    client: httpx.AsyncClient, owner: Person
) -> None:
    closed = [{"date": day(4).isoformat(), "spans": []}]
    id = await a_resource(client, owner, [NIGHTS], exceptions=closed)
    for start, end, found in ((at(4, 1), at(4, 5), True), (at(5, 1), at(5, 5), False)):
        params = {"free_from": start, "free_to": end, "owner": str(owner.actor.organization_id)}
        items = (await client.get("/api/v1/resources", params=params)).json()["items"]
        assert (id in [one["id"] for one in items]) is found


async def test_control_hours_cut_at_midnight_would_close_the_wrong_half(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_the_calendar(week: Any, weekday: int) -> Any:
        first = weekday * DAY
        cut = [(max(start - first, 0), min(end - first, DAY)) for start, end in week]
        return tuple((start, end) for start, end in cut if start < end)

    id = await a_resource(client, owner, [NIGHTS], exceptions=[{"date": day(4).isoformat(), "spans": []}])
    monkeypatch.setattr(opening_hours, "opens_on", by_the_calendar)
    opening_hours.weekly_ticks.cache_clear()
    assert await free(client, id, 2, 6) == ["2 22-3 06", "3 22-4 00", "5 00-5 06"]
    opening_hours.weekly_ticks.cache_clear()
