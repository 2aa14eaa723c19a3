"""What owners count and take away: against a model in Python, and only of what is theirs."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from python_calamine import CalamineWorkbook

from server.core import db
from server.reports import export
from server.reports.hours import Hours, after, months, report
from server.reports.people import people
from server.reports.subjects import table
from server.site.manage.chart import HEIGHT, chart, nice
from tests import clock, factories
from tests.factories import Person
from tests.site.manage.test_resources import signed_in

ZONE = ZoneInfo("Europe/Berlin")  # its clocks change in March and October
HOUR = timedelta(hours=1)


@pytest.fixture
async def owner(rolled_back: None) -> Person:
    return await factories.person(kind="university", role="manager", locale="en")


def modelled(made: list[dict[str, Any]], owner: Person, wanted: list[date]) -> dict[date, Hours]:
    """The same counts, one booking and one month at a time."""
    found = {month: Hours() for month in wanted}
    for month, sums in found.items():
        first, last = (datetime(one.year, one.month, 1, tzinfo=ZONE) for one in (month, after(month)))

        def within(start: datetime, end: datetime, first: datetime = first, last: datetime = last) -> float:
            start, end = max(start, first).astimezone(UTC), min(end, last).astimezone(UTC)
            return max(timedelta(), end - start) / HOUR

        for one in made:
            if one["status"] not in ("confirmed", "in_use", "completed", "no_show"):
                continue
            length = within(one["starts_at"], one["ends_at"]) * one["units"]
            sums.booked += length
            sums.bookings += first <= one["starts_at"] < last
            if one["by"].actor.organization_id != owner.actor.organization_id:
                sums.booked_outside += length
            if one["status"] == "no_show":
                sums.no_show += length
            if one["status"] in ("in_use", "completed"):
                start, end = one["checked_in_at"] or one["starts_at"], one["checked_out_at"] or one["ends_at"]
                sums.used += within(start, end) * one["units"]
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_hours_are_those_of_a_model(owner: Person, seed: int) -> None:
    draw = Random(seed)
    resource = await factories.resource(owner, units=3)
    await db.execute("UPDATE resource SET time_zone = $2 WHERE id = $1", resource, ZONE.key)
    guest, made = await factories.person(), []
    for number in range(60):
        start = datetime(2026, 1, 1, tzinfo=ZONE) + HOUR * draw.randrange(365 * 24)
        one: dict[str, Any] = {
            "starts_at": start, "ends_at": start + HOUR * draw.choice([1, 5, 30, 24 * 40]), "units": draw.randint(1, 3),
            "status": draw.choice(["confirmed", "in_use", "completed", "no_show", "cancelled", "requested"]),
            "by": draw.choice([guest, owner]), "checked_in_at": None, "checked_out_at": None,
        }  # fmt: skip
        if one["status"] == "completed" and number % 2:
            one |= {"checked_in_at": start + HOUR / 4, "checked_out_at": start + HOUR / 2}
        made.append(one)
        id = await factories.booking(resource, one["by"], start, status=one["status"], units=0)
        sql = """
        UPDATE booking SET ends_at = $2, units = $3, checked_in_at = $4, checked_out_at = $5 WHERE id = $1
        """
        await db.execute(sql, id, one["ends_at"], one["units"], one["checked_in_at"], one["checked_out_at"])
    wanted = months(date(2026, 12, 1))
    found = await report(owner.actor, wanted)
    for month, right in modelled(made, owner, wanted).items():
        for name in ("booked", "booked_outside", "used", "no_show", "bookings"):
            assert getattr(found.months[month], name) == pytest.approx(getattr(right, name)), (month, name)
    assert found.total.booked == pytest.approx(sum(one.booked for one in found.months.values()))
    assert found.resources[0].hours == found.total


async def test_open_hours_know_holidays_exceptions_and_changing_clocks(owner: Person) -> None:
    resource = await factories.resource(owner, units=2)
    await db.execute("UPDATE resource SET time_zone = $2 WHERE id = $1", resource, ZONE.key)
    found = await report(owner.actor, [date(2026, 3, 1), date(2026, 4, 1)])
    always = [2 * (31 * 24 - 1), 2 * 30 * 24]
    assert [one.open for one in found.months.values()] == always
    sql = "INSERT INTO opening_exception (resource_id, day, hours) VALUES ($1, '2026-04-01', '{}')"
    await db.execute(sql, resource)
    found = await report(owner.actor, [date(2026, 4, 1)])
    assert found.total.open == always[1] - 48


def test_months_go_back_over_years() -> None:
    assert months(date(2026, 2, 9), 3) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert after(date(2026, 12, 1)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("zones", "month"),
    [
        (["Asia/Shanghai"], "2026-12"),
        (["Europe/Berlin"], "2026-11"),
        (["Europe/Berlin", "Asia/Shanghai"], "2026-12"),  # nothing is left out that was counted there already
        (["America/New_York"], "2026-11"),
        ([], "2026-12"),
    ],
)
async def test_the_month_is_the_one_that_it_is_at_the_resources(
    client: httpx.AsyncClient, owner: Person, zones: list[str], month: str
) -> None:
    await clock.stop_at(datetime(2026, 11, 30, 19, 17, tzinfo=UTC))  # 03:17 on 1 December in Shanghai
    made = [await factories.resource(owner, time_zone=zone) for zone in zones]
    told = await client.get("/api/v1/reports/hours", headers=owner.bearer)
    assert told.json()["months"][-1]["month"] == month
    sheet = await client.get("/manage/reports/hours.csv", headers=owner.bearer)
    assert sheet.headers["content-disposition"] == f'attachment; filename="hours-{month}.csv"'
    assert f'type="month" value="{month}"' in (await client.get("/manage/reports", headers=owner.bearer)).text
    for id, zone in zip(made, zones, strict=True):
        own = "2026-12" if zone == "Asia/Shanghai" else "2026-11"
        told = await client.get(f"/api/v1/reports/hours?resource_id={id}", headers=owner.bearer)
        assert told.json()["months"][-1]["month"] == own


def test_bars_are_as_long_as_their_values() -> None:
    drawn = chart([("a", [100, 50, 25, 0]), ("b", [0, 0, 0, 0])])
    assert [bar.height for bar in drawn.bars[:4]] == [220.0, 110.0, 55.0, 0.0]
    assert all(bar.y + bar.height <= HEIGHT for bar in drawn.bars)
    assert [nice(value) for value in (0, 3, 4, 5, 39, 99, 1234)] == [4, 4, 4, 8, 40, 100, 2000]


async def test_only_the_people_of_ones_own_resources_are_told(client: httpx.AsyncClient, owner: Person) -> None:
    mine = await factories.resource(owner)
    other = await factories.resource(await factories.person(kind="university"))
    guest, stranger = await factories.person(), await factories.person()
    start = datetime.now(UTC) - timedelta(days=3)
    await factories.booking(mine, guest, start, status="completed")
    await factories.booking(mine, guest, start + timedelta(days=1), status="no_show")
    await factories.booking(other, stranger, start, status="completed")
    found, more = await people(owner.actor)
    assert [(one.member_id, one.bookings, one.used, one.no_shows) for one in found] == [
        (guest.actor.member_id, 2, 1, 1)
    ]
    assert not more
    reader = await signed_in(client, owner)
    text = await reader.open("/manage/people")
    assert guest.actor.name in text
    assert stranger.actor.name not in text
    for path in ("/manage/people", "/manage/reports", "/manage/reports/hours.csv"):
        await reader.open(f"{path}?resource={other}")
        assert reader.status == 404
    await reader.open("/manage/reports/hours.exe")
    assert reader.status == 404


async def download(client: httpx.AsyncClient, reader: Any, **fields: str) -> httpx.Response:
    await reader.open("/manage/exports")
    fields["csrf_token"] = reader.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookie = "; ".join(f"{name}={value}" for name, value in reader.cookies.items())
    return await client.post("/manage/exports", data=fields, headers={"Cookie": cookie})


async def test_reports_have_a_picture_a_table_and_a_sheet(client: httpx.AsyncClient, owner: Person) -> None:
    mine = await factories.resource(owner, name="=cmd|' /C calc'!A0")
    await factories.booking(mine, await factories.person(), datetime.now(UTC) - timedelta(hours=3), status="completed")
    reader = await signed_in(client, owner)
    text = await reader.open("/manage/reports")
    assert '<rect class="booked" x=' in text
    assert 'style="' not in text
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in reader.cookies.items())}
    sheet = await client.get("/manage/reports/hours.csv", headers=cookie)
    assert "'=cmd" in sheet.text
    book = await client.get("/manage/reports/hours.xlsx", headers=cookie)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == "month or resource"
    assert rows[-1][0] == "'=cmd|' /C calc'!A0"
    for subject in ("resources", "bookings", "people"):
        for format in ("csv", "xlsx"):
            answer = await download(client, reader, subject=subject, format=format)
            assert answer.status_code == 200
            assert answer.headers["content-disposition"] == f'attachment; filename="{subject}.{format}"'
            assert len(answer.content) > 100


async def test_a_report_is_cut_into_pages_and_says_what_it_does_not_count(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await factories.resource(owner, name=f"Bench {number}")
    reader = await signed_in(client, owner)
    assert "are counted here" not in await reader.open("/manage/reports")
    monkeypatch.setattr("server.site.manage.reports.LINES", 2)
    monkeypatch.setattr("server.reports.hours.MOST", 3)
    rows = re.compile(r'<th scope="row"><a [^>]*>(Bench \d)')
    assert rows.findall(await reader.open("/manage/reports")) == ["Bench 0", "Bench 1"]
    assert "Of your 4 resources the first 3 by name are counted here." in reader.text
    assert rows.findall(await reader.open("/manage/reports?after=2")) == ["Bench 2"]


async def test_a_list_of_resources_comes_back_unchanged(owner: Person) -> None:
    await factories.resource(owner)
    headings, rows = await table("resources", owner.actor)
    assert headings[:3] == ["name", "kind", "time_zone"]
    assert len(rows) == 1


async def test_a_long_table_is_written_by_the_worker_and_fetched_by_its_link(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.resource(owner)
    monkeypatch.setattr(export, "AT_ONCE", 0)
    reader = await signed_in(client, owner)
    answer = await download(client, reader, subject="resources", format="xlsx")
    assert answer.headers["location"] == "/manage/exports?done=owed"
    assert await export.write_exports() == 1
    assert await export.write_exports() == 0
    assert await db.fetchval("SELECT recipient FROM letter WHERE kind = 'export_ready'") == owner.actor.email
    page = await reader.open("/manage/exports")
    path = "/manage/exports/" + page.partition('href="/manage/exports/')[2].partition('"')[0]
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in reader.cookies.items())}
    assert (await client.get(path, headers=cookie)).content[:2] == b"PK"
    colleague = await factories.person(owner.actor.organization_id, role="admin", locale="en")
    assert (await client.get(path, headers=colleague.bearer)).status_code == 410
    await db.execute("UPDATE export SET valid_until = now()")
    assert (await client.get(path, headers=cookie)).status_code == 410
    await export.write_exports()
    assert await db.fetchval("SELECT content IS NULL FROM export")


async def test_who_may_not_have_it_any_more_gets_no_table(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    await factories.resource(owner)
    monkeypatch.setattr(export, "AT_ONCE", 0)
    await export.ask("bookings", "csv", "en", owner.actor)  # of none: at once
    await export.ask("resources", "csv", "en", owner.actor)
    await db.execute("UPDATE member SET role = 'booker' WHERE id = $1", owner.actor.member_id)
    await export.write_exports()
    assert await db.fetchval("SELECT content IS NULL AND error <> '' FROM export")
    assert await db.fetchval("SELECT count(*) FROM letter WHERE kind = 'export_ready'") == 0
