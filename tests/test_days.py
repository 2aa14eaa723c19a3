"""Days are those of the place: seen through every door at an instant at which UTC has another date."""

import asyncio
import os
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
import redis.asyncio as redis

from server.bookings.rules.audience import qualified
from server.bookings.rules.context import GuestContext, RuleContext
from server.core import days, db
from server.core.errors import RuleRefused
from server.core.ids import new_id
from server.core.spans import Span
from server.operator import views as operator
from server.qualifications.schemas import Need
from server.reports.subjects import table
from server.resources.opening.holidays import MISSING, fill
from server.resources.rules.schemas import Rules
from server.search import form as search_form
from tests import clock, factories
from tests.conftest import Services
from tests.factories import Person
from tests.site.book.test_basket import filled
from tests.site.reader import Reader
from tests.site.visiting import signed_in

NIGHT = datetime(2026, 11, 30, 19, 17, tzinfo=UTC)  # 03:17 on 1 December in Shanghai
NEW_YEAR = datetime(2026, 12, 31, 16, 10, tzinfo=UTC)  # ten past midnight there
SHANGHAI = ZoneInfo("Asia/Shanghai")
SENT = {
    "/manage/exports": """
    INSERT INTO export (id, owner_id, member_id, subject, format, locale, created_at)
    VALUES ($1, $2, $3, 'people', 'csv', 'en', $4)
    """,
    "/manage/import": "INSERT INTO list_import (id, owner_id, member_id, created_at) VALUES ($1, $2, $3, $4)",
}


@pytest.fixture
async def owner(rolled_back: None) -> Person:
    return await factories.person(kind="university", role="manager", locale="en")


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> None:
    clock.show(NIGHT, monkeypatch)


@pytest.mark.parametrize(
    ("time_zone", "today"),
    [
        ("Asia/Shanghai", date(2026, 12, 1)),
        ("Europe/Berlin", date(2026, 11, 30)),
        ("Pacific/Kiritimati", date(2026, 12, 1)),
        ("America/New_York", date(2026, 11, 30)),
    ],
)
@pytest.mark.usefixtures("night")
def test_today_is_the_date_of_the_zone(time_zone: str, today: date) -> None:
    assert days.today(time_zone) == today


async def test_the_calendar_of_all_resources_begins_with_the_readers_week(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.show(datetime(2027, 5, 2, 19, 17, tzinfo=UTC), monkeypatch)  # Sunday in UTC, Monday in Shanghai
    await factories.resource(owner)
    seen = await client.get("/manage/calendar", headers=owner.bearer)
    assert "?day=2027-05-10" in seen.text


@pytest.mark.usefixtures("night")
async def test_the_basket_looks_from_the_resources_tomorrow_on(client: httpx.AsyncClient, owner: Person) -> None:
    reader = await signed_in(client, await factories.person())
    await filled(reader, await factories.resource(owner), await factories.resource(owner))
    assert 'value="2026-12-02"' in await reader.open("/basket")


@pytest.mark.usefixtures("night")
async def test_one_waits_from_the_readers_tomorrow_on(client: httpx.AsyncClient, owner: Person) -> None:
    form = f"/waitlist/new?owner_id={owner.actor.organization_id}&kind=equipment"
    seen = (await client.get(form, headers=(await factories.person()).bearer)).text
    assert 'value="2026-12-02"' in seen
    assert 'value="2026-12-09"' in seen
    assert days.HOME in seen


@pytest.mark.parametrize(("on", "known"), [("2029-12-05", True), ("2029-12-06", False), ("2026-11-23", False)])
def test_a_search_goes_as_far_as_the_readers_days(on: str, known: bool) -> None:
    asked = search_form.read({"on": on}, None, NIGHT)
    assert (asked.wanted.within is not None) is known
    assert ("on" in asked.errors) is not known


async def test_a_date_of_a_form_is_the_readers(client: httpx.AsyncClient, owner: Person) -> None:
    guest, body = await factories.person(), {"name": "Laser", "valid_days": 365}
    made = await client.post("/api/v1/qualifications", json=body, headers=owner.bearer)
    path = f"/qualifications/{made.json()['id']}/grants"
    form = {"email": guest.actor.email, "until": f"{date.today() + timedelta(days=9)}"}  # noqa: DTZ011 - any date
    assert (await client.post(path, data=form, headers=owner.bearer)).status_code == 303
    ends = (await db.fetchval('SELECT expires_at FROM "grant"')).astimezone(SHANGHAI)
    assert f"{ends:%Y-%m-%d %H:%M}" == f"{date.today() + timedelta(days=10)} 00:00"  # noqa: DTZ011


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (datetime(2026, 12, 1, tzinfo=SHANGHAI), "2026-11-30"),  # the last day has ended with it
        (datetime(2026, 12, 1, 3, 17, tzinfo=SHANGHAI), "2026-12-01"),
    ],
)
def test_a_qualification_ends_on_the_resources_day(until: datetime, told: str) -> None:
    need = Need(new_id(), "Laser", "", None, held=True, until=until.astimezone(UTC))
    span = Span(NIGHT + timedelta(days=7), NIGHT + timedelta(days=7, hours=1))
    asked = RuleContext(
        rules=Rules(), time_zone="Asia/Shanghai", total_units=1, span=span, units=1, attendees=0, now=NIGHT, opening=[],
        guest=GuestContext(needs=(need,)),
    )  # fmt: skip
    with pytest.raises(RuleRefused, match=f"ends on {told}"):
        qualified(asked)


async def test_people_used_a_resource_on_its_day(client: httpx.AsyncClient, owner: Person) -> None:
    resource = await factories.resource(owner)
    await factories.booking(resource, await factories.person(), NIGHT - timedelta(days=300), status="completed")
    told = await client.get("/api/v1/reports/people", headers=owner.bearer)
    assert told.json()["items"][0]["last_used"] == "2026-02-04T03:17:00+08:00"
    seen = await client.get("/manage/people", headers=owner.bearer | {"Accept-Language": "en"})
    assert "4 Feb 2026" in seen.text
    _, rows = await table("people", owner.actor)
    assert rows[0][-1] == "2026-02-04 03:17+08:00"


@pytest.mark.parametrize("path", SENT)
async def test_lists_were_sent_on_the_readers_day(client: httpx.AsyncClient, owner: Person, path: str) -> None:
    reader = await signed_in(client, owner)
    sql = SENT[path]
    await db.execute(sql, new_id(), owner.actor.organization_id, owner.actor.member_id, NIGHT)
    assert "1 Dec 2026" in await reader.open(path)


async def test_the_year_of_holidays_is_the_one_that_it_is_there(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = await factories.resource(owner)
    await db.execute("UPDATE resource SET country = 'CN' WHERE id = $1", resource)
    await clock.stop_at(NEW_YEAR)
    assert {tuple(row) for row in await db.fetch(MISSING)} == {("CN", 2027), ("CN", 2028)}
    await fill("CN", 2027)
    assert (await operator.attention())["countries"] == 1  # has 2027, and it is 2027 there
    clock.show(NEW_YEAR, monkeypatch)
    await factories.account("operator@example.com", operator=True, locale="en")
    reader = Reader(client)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email="operator@example.com", password=factories.PASSWORD)
    assert 'name="year" value="2027"' in await reader.open("/operator/holidays")


async def test_all_clocks_are_one(services: Services, rolled_back: None) -> None:
    """Under `python -m tests.days` no process may be left behind in the machine's own time."""
    here = datetime.now(UTC)
    if instant := os.environ.get("DAYS_INSTANT"):
        assert timedelta() <= here - datetime.fromisoformat(instant) < timedelta(hours=3)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(0.01); print(time.time())", stdout=asyncio.subprocess.PIPE
    )
    seconds, _ = await child.communicate()
    async with redis.Redis.from_url(services.valkey.url) as valkey:
        told = [
            await db.fetchval("SELECT clock_timestamp()"),
            datetime.fromtimestamp((await valkey.time())[0], UTC),
            datetime.fromtimestamp(float(seconds), UTC),
        ]
    assert all(abs(one - here) < timedelta(minutes=1) for one in told), told
