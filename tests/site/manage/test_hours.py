"""The page of opening hours."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from server.core import db
from server.resources import views
from server.resources.opening.holiday_facts import Holiday
from server.resources.opening.week import ExceptionalDay, OpeningHours, WeekSpan, week_minutes
from server.site.manage import hours_form, hours_preview
from tests import factories
from tests.site.visiting import signed_in

TODAY = date(2026, 11, 24)


async def owned() -> tuple[factories.Person, UUID]:
    owner = await factories.person(kind="university", locale="en")
    return owner, await factories.resource(owner, hours=factories.WORKING_HOURS)


@pytest.mark.parametrize(
    "weekly",
    [
        (WeekSpan(("mon", "tue"), "09:00", "12:00"), WeekSpan(("mon",), "13:00", "17:00")),
        (WeekSpan(("fri",), "21:00", "09:00"),),
        (WeekSpan(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00", "24:00"),),
        tuple(WeekSpan(("mon",), f"{hour:02}:00", f"{hour:02}:30") for hour in range(8, 14)),
    ],
)
def test_what_the_form_shows_is_read_as_the_same_hours(weekly: tuple[WeekSpan, ...]) -> None:
    hours = OpeningHours(weekly, (ExceptionalDay(date(2020, 1, 1), (), "past"), ExceptionalDay(TODAY, (), "Fair")))
    read = hours_form.read(hours_form.entered(hours, TODAY), hours, TODAY)
    assert read.value is not None
    assert week_minutes(read.value.weekly) == week_minutes(weekly)
    assert read.value.exceptions == hours.exceptions


async def test_hours_are_shown_for_four_weeks_and_saved_then(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    guest = await factories.person()
    day = (datetime.now(UTC) + timedelta(days=7)).date()
    monday = day - timedelta(days=day.weekday())
    morning = datetime(monday.year, monday.month, monday.day, 1, tzinfo=UTC) + timedelta(days=7)  # 09:00 in Shanghai
    await factories.booking(resource, guest, morning)
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/hours"
    assert "09:00–17:00" in await reader.open(path)
    changed = {"mon-0-from": "10:00", "x0-date": day.isoformat(), "x0-reason": "Fair"}
    await reader.send(path, **changed)
    assert "10:00–17:00" in reader.text
    assert "Nothing is saved yet." in reader.text
    assert "1 booking would lie outside these hours." in reader.text
    assert '<span class="why">Fair</span>' in reader.text
    kept = await views.resource(resource, owner.actor)
    assert kept.opening_hours.exceptions == ()
    await reader.send(path, save="1")
    assert "Saved." in reader.text
    kept = await views.resource(resource, owner.actor)
    assert WeekSpan(("mon",), "10:00", "17:00") in kept.opening_hours.weekly
    assert kept.opening_hours.exceptions == (ExceptionalDay(day, (), "Fair"),)


async def test_who_saves_after_another_did_is_told_and_overwrites_nothing(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/hours"
    await reader.open(path)
    await reader.send(path)
    await db.execute("UPDATE resource SET version = version + 1 WHERE id = $1", resource)
    await reader.send(path, save="1", **{"tue-0-from": "11:00"})
    assert reader.status == 412
    assert WeekSpan(("mon", "tue", "wed", "thu", "fri"), "09:00", "17:00") in (
        (await views.resource(resource, owner.actor)).opening_hours.weekly
    )


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"mon-0-to": ""}, "mon-0-to"),
        ({"sat-0-to": "12:00"}, "sat-0-from"),
        ({"sat-0-from": "noon", "sat-0-to": "12:00"}, "sat-0-from"),
        ({"x0-date": "tomorrow"}, "x0-date"),
        ({"x0-date": "2027-01-01", "x1-date": "2027-01-01"}, "x1-date"),
        (
            {
                "x0-date": "2027-01-01",
                "x0-0-from": "00:00",
                "x0-0-to": "00:00",
                "x0-1-from": "21:00",
                "x0-1-to": "03:00",
            },
            "x0-0-to",
        ),
        ({"x0-date": "2027-01-01", "x0-reason": "x" * 201}, "x0-reason"),
    ],
)
def test_what_is_wrong_with_hours_is_said_at_its_field(entered: dict[str, str], field: str) -> None:
    hours = OpeningHours((WeekSpan(("mon",), "09:00", "17:00"),))
    read = hours_form.read(hours_form.entered(hours, TODAY) | entered, hours, TODAY)
    assert (read.value, list(read.errors)) == (None, [field])


async def test_wrong_hours_are_told_with_a_link_to_the_field_and_kept(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/hours"
    await reader.open(path)
    await reader.send(path, **{"sat-0-to": "12:00", "sun-0-from": "07:00", "sun-0-to": "08:00"})
    assert (reader.status, reader.errors) == (422, ["sat-0-from"])
    assert 'value="07:00"' in reader.text


async def test_holidays_close_and_worked_weekends_open_in_the_preview(rolled_back: None) -> None:
    owner, resource = await owned()
    await db.execute("UPDATE resource SET country = 'CN' WHERE id = $1", resource)
    found = await views.resource(resource, owner.actor)
    known = [Holiday(TODAY, None, "节日"), Holiday(date(2026, 11, 28), 0, "调休上班")]
    days = {one.day: one for week in hours_preview.weeks(found, found.opening_hours, known, TODAY) for one in week}
    assert len(days) == 28
    assert (days[TODAY].hours, days[TODAY].why) == ([], "节日")
    assert (days[date(2026, 11, 28)].hours, days[date(2026, 11, 28)].worked) == (["09:00–17:00"], True)
    assert days[date(2026, 11, 29)].hours == []


async def test_holidays_are_opened_on_the_page(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{resource}/hours")
    await reader.send(f"/manage/resources/{resource}/holidays", holidays="open")
    assert (await views.resource(resource, owner.actor)).rules.holidays == "open"
