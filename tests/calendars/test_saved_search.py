"""The feed of a saved search."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar

from server.calendars import read_search
from server.calendars.saved_times import times
from server.calendars.schemas import SavedHours
from server.core import db
from server.core.spans import Span
from tests import factories
from tests.calendars.test_feeds import World, read, vevents, world

__all__ = ["world"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = {"start": "12:00", "until": "13:30", "time_zone": "Asia/Shanghai"}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    read_search._kept.clear()


async def saved(client: httpx.AsyncClient, person: factories.Person, **search: Any) -> str:
    wanted = {"scope": "search", "search": search}
    answer = await client.post("/api/v1/feeds", json=wanted, headers=person.bearer)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"]).removeprefix("http://127.0.0.1:8000")


async def test_what_it_shows_can_be_booked(client: httpx.AsyncClient, world: World) -> None:
    await factories.resource(world.owner, name="离心机")
    start = await db.fetchval("SELECT date_trunc('hour', now()) + interval '2 days'")
    await factories.booking(world.resource_id, world.sme, start, 180)
    path = await saved(client, world.other, q="电镜", minutes=120)
    first = await read(client, path)
    shown = vevents(first)
    assert {str(event["SUMMARY"]) for event in shown} == {"可预约：电镜"}
    assert {str(event["TRANSP"]) for event in shown} == {"TRANSPARENT"}
    assert all(event.end <= start or event.start >= start + timedelta(hours=3) for event in shown)
    booking = {
        "resource_id": str(world.resource_id),
        "starts_at": shown[-1].start.isoformat(),
        "ends_at": (shown[-1].start + timedelta(hours=2)).isoformat(),
    }
    assert (await client.post("/api/v1/bookings", json=booking, headers=world.other.bearer)).status_code == 201
    assert "甲公司" not in first.text


async def test_exact_hours_and_the_place_are_kept(client: httpx.AsyncClient, world: World) -> None:
    far = await factories.resource(world.owner, name="远处的电镜")
    place = "UPDATE resource SET latitude = $2, longitude = 120.6 WHERE id = $1"
    await db.execute(place, world.resource_id, 31.3)
    await db.execute(place, far, 40.0)
    noon = (await db.fetchval("SELECT date_trunc('day', now())")) + timedelta(days=3, hours=4)  # in Shanghai
    await factories.booking(world.resource_id, world.sme, noon - timedelta(hours=1), 120)
    near = {"q": "电镜", "near": "31.3,120.6", "within_km": 50}
    daily = vevents(await read(client, await saved(client, world.other, **near, hours=HOURS)))
    assert {str(event["SUMMARY"]) for event in daily} == {"可预约：电镜"}
    assert {(event.start.astimezone(SHANGHAI).hour, event.end - event.start) for event in daily} == {
        (12, timedelta(minutes=90))
    }
    assert 12 <= len(daily) <= 14
    assert noon not in {event.start for event in daily}
    once = HOURS | {"on": str((noon + timedelta(days=30)).date())}
    (only,) = vevents(await read(client, await saved(client, world.other, **near, hours=once)))
    assert only.start == noon + timedelta(days=30)
    booking = {
        "resource_id": str(world.resource_id), "starts_at": only.start.isoformat(), "ends_at": only.end.isoformat(),
    }  # fmt: skip
    assert (await client.post("/api/v1/bookings", json=booking, headers=world.other.bearer)).status_code == 201


def test_what_the_clocks_skip_is_left_out_and_the_night_goes_on() -> None:
    window = Span(datetime(2027, 3, 12, tzinfo=UTC), datetime(2027, 3, 17, tzinfo=UTC))
    night = SavedHours(start="02:30", until="01:00", time_zone="America/New_York")
    spans = times(night, window)
    assert [one.starts_at.astimezone(UTC).day for one in spans] == [12, 13, 15, 16]
    assert spans[0].length == timedelta(hours=22, minutes=30)


async def test_it_is_read_again_with_304_and_renewed_after_minutes(client: httpx.AsyncClient, world: World) -> None:
    path = await saved(client, world.other, minutes=60, kind="equipment")
    first = await read(client, path)
    assert (await read(client, path, if_none_match=first.headers["etag"])).status_code == 304
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", world.resource_id)
    assert (await read(client, path)).content == first.content
    read_search._kept.clear()
    assert Calendar.from_ical((await read(client, path)).content).walk("VEVENT") == []


async def test_it_ends_with_the_membership(client: httpx.AsyncClient, world: World) -> None:
    path = await saved(client, world.other, minutes=60)
    await db.execute("UPDATE member SET active = false WHERE id = $1", world.other.actor.member_id)
    assert (await read(client, path)).status_code == 404


async def test_it_is_listed_and_has_no_free_busy(client: httpx.AsyncClient, world: World) -> None:
    path = await saved(client, world.other, q="电镜", minutes=60)
    (listed,) = (await client.get("/api/v1/feeds", headers=world.other.bearer)).json()["items"]
    assert (listed["scope"], listed["view"], listed["search"]["q"]) == ("search", "free", "电镜")
    assert (await read(client, path.replace(".ics", ".ifb"))).status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {"scope": "search"},
        {"scope": "search", "search": {"minutes": 0}},
        {"scope": "search", "search": {"q": "电镜"}},
        {"scope": "search", "search": {"minutes": 60, "hours": HOURS}},
        {"scope": "search", "search": {"hours": HOURS | {"start": "25:00"}}},
        {"scope": "search", "search": {"hours": HOURS | {"time_zone": "Moon"}}},
        {"scope": "search", "search": {"minutes": 60, "near": "nowhere"}},
        {"scope": "search", "search": {"minutes": 60, "within_km": 5}},
        {"scope": "search", "view": "busy", "search": {"minutes": 60}},
        {"scope": "organization", "view": "free"},
        {"scope": "organization", "search": {"minutes": 60}},
    ],
)
async def test_what_does_not_fit_together_is_refused(
    client: httpx.AsyncClient, world: World, wanted: dict[str, Any]
) -> None:
    assert (await client.post("/api/v1/feeds", json=wanted, headers=world.sme.bearer)).status_code == 400
