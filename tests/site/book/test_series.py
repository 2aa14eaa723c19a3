"""The pages of a series, as a browser without JavaScript uses them."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from server.core import db, recurrence
from server.site.book import series_form
from tests import factories
from tests.site.book.test_resource import THEN, TIME
from tests.site.reader import Reader
from tests.site.visiting import signed_in

WEEKLY = TIME | {"freq": "WEEKLY", "count": "3"}
STATES = "SELECT status, count(*) FROM booking WHERE resource_id = $1 AND series_id IS NOT NULL GROUP BY 1"


async def planned(reader: Reader, resource: object, **changes: str) -> str:
    return await reader.open(f"/resources/{resource}/series?" + urlencode(WEEKLY | changes))


async def states(resource: object) -> dict[str, int]:
    return {row["status"]: row["count"] for row in await db.fetch(STATES, resource)}


async def test_a_series_is_seen_first_then_booked_once(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    reader = await signed_in(client, guest)
    assert "Show which times are free" in await reader.open(f"/resources/{resource}/series")
    assert "3 of 3 times can be had" in await planned(reader, resource)
    assert await states(resource) == {}
    seen = reader.text
    for _ in range(2):
        reader.text = seen
        await reader.send(f"/resources/{resource}/series/book", purpose="Ageing", attendees="ann@example.com")
        assert reader.path.startswith("/series/")
    assert await states(resource) == {"confirmed": 3}
    assert reader.text.count("This and all that follow") >= 3


async def test_what_is_taken_is_said_skipped_and_added_later(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    other = await factories.booking(resource, owner, THEN + timedelta(days=7))
    reader = await signed_in(client, guest)
    assert "2 of 3 times can be had" in await planned(reader, resource)
    assert "This time has already been taken." in reader.text
    await reader.send(f"/resources/{resource}/series/book", on_conflict="refuse")
    assert (reader.status, await states(resource)) == (409, {})
    await reader.send(f"/resources/{resource}/series/book", on_conflict="skip")
    path = reader.path.partition("?")[0]
    assert (await states(resource), "Not booked" in reader.text) == ({"confirmed": 2}, True)
    await reader.send(f"{path}/add")
    assert reader.status == 409
    await db.execute("UPDATE claim SET released_at = now() WHERE booking_id = $1", other)
    await reader.send(f"{path}/add")
    assert "Booked after all." in reader.text
    assert await states(resource) == {"confirmed": 3}


async def test_one_and_all_that_follow_are_moved_and_cancelled(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    reader = await signed_in(client, guest)
    await planned(reader, resource)
    await reader.send(f"/resources/{resource}/series/book")
    path = reader.path.partition("?")[0]
    second = re.findall(r'href="(\?from=[^"#]+)#change"', reader.text)[1]
    await reader.open(path + second)
    day = (THEN + timedelta(days=7)).date().isoformat()
    assert f'value="{day}"' in reader.text
    await reader.send(f"{path}/move", start="15:00", end="16:00")
    moved, path = reader.path.partition("?")[0], path
    assert moved != path
    times = await db.fetch("SELECT starts_at FROM booking WHERE resource_id = $1 ORDER BY starts_at", resource)
    assert [row["starts_at"] - THEN for row in times] == [
        timedelta(0), timedelta(days=7, hours=3), timedelta(days=14, hours=3)
    ]  # fmt: skip
    await reader.send(f"{moved}/cancel", reason="Over")
    assert await states(resource) == {"confirmed": 1, "cancelled": 2}


async def test_what_is_wrong_is_said_at_its_field(client: httpx.AsyncClient) -> None:
    resource = await factories.resource(await factories.person(kind="university"))
    reader = await signed_in(client, await factories.person())
    await planned(reader, resource, count="1", interval="99", end="eleven")
    assert sorted(reader.errors) == ["count", "end", "interval"]
    await planned(reader, resource, until=(THEN + timedelta(days=2)).date().isoformat(), freq="DAILY", count="")
    assert "3 of 3 times can be had" in reader.text


async def test_a_strangers_series_is_not_there(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    reader = await signed_in(client, guest)
    await planned(reader, resource)
    await reader.send(f"/resources/{resource}/series/book")
    path = reader.path.partition("?")[0]
    stranger = await signed_in(client, await factories.person())
    await stranger.open(path)
    assert stranger.status == 404


def form(**said: str) -> Any:
    given = {"date": "2027-03-01", "start": "09:00", "end": "10:00", "freq": "DAILY", "count": "6"} | said  # a Monday
    return series_form.read(given, UUID(int=0), ZoneInfo("Asia/Shanghai"), 1)


WORKDAYS = {f"on_{day}": "1" for day in ("MO", "TU", "WE", "TH", "FR")}


def test_every_day_with_days_of_the_week_is_on_those_days() -> None:
    rule = recurrence.parse(form(**WORKDAYS, count="6").value.rule)
    first = form().value.starts_at.replace(tzinfo=None)
    days = [wall.strftime("%a") for wall in recurrence.starts(rule, first, ZoneInfo("Asia/Shanghai"))]
    assert days == ["Mon", "Tue", "Wed", "Thu", "Fri", "Mon"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"on_TU": "1"}, "date"),
        ({"on_TU": "1", "freq": "WEEKLY"}, "date"),
        ({"on_MO": "1", "freq": "MONTHLY"}, "freq"),
        ({"count": "", "until": "2027-02-28"}, "until"),
        ({"until": "2027-04-01"}, "count"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(said: dict[str, str], field: str) -> None:
    read = form(**said)
    assert (read.value, [*read.errors]) == (None, [field])


def test_a_night_comes_again() -> None:
    night = form(start="22:00", end="06:00", freq="WEEKLY").value
    assert (night.ends_at - night.starts_at) == timedelta(hours=8)


async def test_months_without_a_31st_are_named(client: httpx.AsyncClient) -> None:
    resource = await factories.resource(await factories.person(kind="university"))
    reader = await signed_in(client, await factories.person())
    year = THEN.year + (THEN.month > 1 or THEN.day > 20)
    await reader.open(
        f"/resources/{resource}/series?"
        + urlencode(TIME | {"date": f"{year}-01-31", "freq": "MONTHLY", "count": "3", "lang": "en"})
    )
    assert f"Left out, for they have no such day: February {year}, April {year}." in reader.text
