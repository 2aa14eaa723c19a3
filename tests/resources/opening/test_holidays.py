"""Public holidays and the days that are worked instead."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.rules.daily import exceptional_days
from server.core import db
from server.resources.opening.holiday_facts import holidays_of
from server.resources.opening.holidays import fill, fill_missing, listed, set_holiday, unset_holiday
from server.resources.opening.opening_hours import DAY
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at, monday_weeks_ahead

FRI, SAT = 4, 5
WORKDAYS = tuple((day * DAY + 9 * 60, day * DAY + 17 * 60) for day in range(5))


def test_the_adjusted_working_days_of_2026_are_known() -> None:
    """The State Council's notice of 2025-11: six worked weekend days, each for a day off."""
    worked = {one.day: one.works_like for one in holidays_of("CN", 2026) if one.works_like is not None}
    assert worked == {
        date(2026, 1, 4): 4, date(2026, 2, 14): 4, date(2026, 2, 28): 0, date(2026, 5, 9): 1, date(2026, 9, 20): 1,
        date(2026, 10, 10): 2,
    }  # fmt: skip
    off = {one.day for one in holidays_of("CN", 2026) if one.works_like is None}
    assert {date(2026, 1, 1), date(2026, 2, 17), date(2026, 5, 5), date(2026, 10, 1)} <= off


def test_a_country_without_holidays_has_none() -> None:
    assert holidays_of("XX", 2026) == []


def test_a_worked_saturday_has_the_hours_of_the_weekday_it_stands_for() -> None:
    friday, saturday = date(2026, 5, 8), date(2026, 5, 9)
    assert exceptional_days(WORKDAYS, {friday: None, saturday: 1}) == {friday: (), saturday: ((540, 1020),)}
    night = ((FRI * DAY + 22 * 60, SAT * DAY + 120),)
    assert exceptional_days(night, {saturday: FRI}) == {saturday: ((22 * 60, DAY + 120),)}


@pytest.mark.usefixtures("rolled_back")
async def test_filling_twice_changes_nothing_and_what_was_set_stays() -> None:
    count = await fill("CN", 2026)
    await set_holiday("CN", date(2026, 1, 1), 3, "值班")
    await set_holiday("CN", date(2026, 7, 1), None, "停电")
    await unset_holiday("CN", date(2026, 5, 5))
    before = await listed("CN", 2026)
    assert await fill("CN", 2026) == count
    assert await listed("CN", 2026) == before
    assert len(before) == count + 1


@pytest.mark.usefixtures("rolled_back")
async def test_the_worker_fills_what_is_missing() -> None:
    resource = await factories.resource(await factories.organization("university"))
    assert await fill_missing() == 0
    await db.execute("UPDATE resource SET country = 'CN' WHERE id = $1", resource)
    assert await fill_missing() == 2
    assert await fill_missing() == 0
    await db.execute("UPDATE resource SET country = 'XX' WHERE id = $1", resource)
    assert await fill_missing() == 0


async def in_china(resource: UUID) -> None:
    await db.execute("UPDATE resource SET country = 'CN' WHERE id = $1", resource)


async def free_days(client: httpx.AsyncClient, resource: UUID, first: int, last: int) -> list[str]:
    query: dict[str, Any] = {"from": at(0, days=first), "to": at(0, days=last)}
    answer = await client.get(f"/api/v1/resources/{resource}/availability", params=query)
    return [one["starts_at"] for one in answer.json()["free"]]


async def test_it_is_closed_on_holidays_and_open_on_worked_saturdays(client: httpx.AsyncClient) -> None:
    sme, owner = await factories.person(), await factories.person(kind="university")
    resource = await factories.resource(owner, hours=factories.WORKING_HOURS)
    monday = monday_weeks_ahead(2)
    friday, saturday = (date.fromisoformat(at(0, days=monday + n)[:10]) for n in (4, 5))
    await db.execute("DELETE FROM holiday")
    await set_holiday("CN", friday, None, "假日")
    await set_holiday("CN", saturday, 4, "调休上班")
    on = {day: {"starts_at": at(9, days=monday + day), "ends_at": at(17, days=monday + day)} for day in (4, 5)}
    assert await free_days(client, resource, monday + 3, monday + 7) == [at(9, days=monday + d) for d in (3, 4)]
    await in_china(resource)
    assert await free_days(client, resource, monday + 3, monday + 7) == [at(9, days=monday + d) for d in (3, 5)]
    assert (await book(client, sme, resource, **on[4])).json()["type"].endswith("outside-opening-hours")
    found = await client.get("/api/v1/resources", params={"free_from": on[5]["starts_at"], "free_to": on[5]["ends_at"]})
    assert [one["id"] for one in found.json()["items"]] == [str(resource)]
    assert (await book(client, sme, resource, **on[5])).status_code == 201


async def test_whoever_wants_to_is_open_on_holidays(client: httpx.AsyncClient) -> None:
    sme, owner = await factories.person(), await factories.person(kind="university")
    works = await factories.resource(owner, hours=factories.WORKING_HOURS, holidays="open")
    always = await factories.resource(owner)
    own_hours = await factories.resource(owner, hours=factories.WORKING_HOURS)
    monday = monday_weeks_ahead(2)
    day = date.fromisoformat(at(0, days=monday)[:10])
    await set_holiday("CN", day, None, "假日")
    sql = "INSERT INTO opening_exception (resource_id, day, hours) VALUES ($1, $2, '{[540,1020)}')"
    await db.execute(sql, own_hours, day)
    for resource in (works, always, own_hours):
        await in_china(resource)
        answer = await book(client, sme, resource, starts_at=at(9, days=monday), ends_at=at(10, days=monday))
        assert answer.status_code == 201, answer.text
    strict = await factories.resource(owner, holidays="closed")
    await in_china(strict)
    answer = await book(client, sme, strict, starts_at=at(9, days=monday), ends_at=at(10, days=monday))
    assert answer.status_code == 422


async def test_outside_china_holidays_count_when_the_owner_says_so(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    usual = await factories.resource(owner, hours=factories.WORKING_HOURS)
    strict = await factories.resource(owner, hours=factories.WORKING_HOURS, holidays="closed")
    monday = monday_weeks_ahead(2)
    await set_holiday("DE", date.fromisoformat(at(0, days=monday)[:10]), None, "")
    await db.execute("UPDATE resource SET country = 'DE'")
    assert await free_days(client, usual, monday, monday + 1) == [at(9, days=monday)]
    assert await free_days(client, strict, monday, monday + 1) == []
