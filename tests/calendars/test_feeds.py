"""Feeds over HTTP: what they show to whom, and what a calendar program is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from icalendar import Calendar

from server.application import middleware
from server.calendars import events, feed_read, views
from server.core import db, rate_limits
from server.core.settings import settings
from tests import factories
from tests.factories import Person
from tests.times import monday

MONDAY = monday() + timedelta(hours=1)  # 09:00 in Shanghai
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    feed_read._kept.clear()


class World:
    """An owner with a microscope, and two SMEs."""

    owner: Person
    sme: Person
    other: Person
    resource_id: Any


@pytest.fixture
async def world(rolled_back: None) -> World:
    it = World()
    it.owner = await factories.person(kind="university", name="苏州大学", role="manager")
    it.sme = await factories.person(name="甲公司")
    it.other = await factories.person(name="乙公司")
    it.resource_id = await factories.resource(it.owner, name="电镜")
    return it


async def subscribe(client: httpx.AsyncClient, person: Person, **wanted: Any) -> str:
    answer = await client.post("/api/v1/feeds", json={k: str(v) for k, v in wanted.items()}, headers=person.bearer)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"]).removeprefix("http://127.0.0.1:8000")


async def read(client: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def vevents(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


async def test_the_owner_sees_who_comes(client: httpx.AsyncClient, world: World) -> None:
    id = await factories.booking(world.resource_id, world.sme, MONDAY, purpose="金相; 三件")
    path = await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id)
    [event] = vevents(await read(client, path))
    assert event["SUMMARY"] == "电镜 · 甲公司"
    assert event["UID"] == f"{id}@rongtong.test"
    assert world.sme.actor.email in event["DESCRIPTION"]
    assert "金相; 三件" in event["DESCRIPTION"]
    assert event.start == MONDAY
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"


async def test_a_stranger_sees_merged_busy_time_and_nothing_else(client: httpx.AsyncClient, world: World) -> None:
    first = await factories.booking(world.resource_id, world.sme, MONDAY, purpose="secret")
    await factories.booking(world.resource_id, world.other, MONDAY + HOUR)
    await factories.claim(world.resource_id, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR, reason="busy")
    path = await subscribe(client, world.other, scope="resource", resource_id=world.resource_id)
    answer = await read(client, path)
    [event] = vevents(answer)
    assert (event.start, event.end) == (MONDAY, MONDAY + 3 * HOUR)
    assert event["SUMMARY"] == "已占用"
    assert event["CLASS"] == "PRIVATE"
    shown = {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "CLASS", "STATUS", "TRANSP"}
    assert set(event) == shown | {"X-MICROSOFT-CDO-BUSYSTATUS"}
    for secret in (str(first), "甲公司", "secret", "person"):
        assert secret not in answer.text


async def test_busy_means_that_no_unit_is_free(client: httpx.AsyncClient, world: World) -> None:
    room = await factories.resource(world.owner, units=2)
    await factories.booking(room, world.sme, MONDAY, 120)
    await factories.claim(room, MONDAY + HOUR, MONDAY + 3 * HOUR, unit=2, reason="busy")
    path = await subscribe(client, world.other, scope="resource", resource_id=room, view="busy")
    [event] = vevents(await read(client, path))
    assert (event.start, event.end) == (MONDAY + HOUR, MONDAY + 2 * HOUR)


async def test_an_expired_hold_is_not_busy_and_changes_the_etag(client: httpx.AsyncClient, world: World) -> None:
    path = await subscribe(client, world.other, scope="resource", resource_id=world.resource_id)
    empty = (await read(client, path)).headers["etag"]
    later = datetime.now(UTC) + HOUR
    hold = await factories.claim(world.resource_id, MONDAY, MONDAY + HOUR, reason="hold", expires_at=later)
    held = await read(client, path, if_none_match=empty)
    assert len(vevents(held)) == 1
    await db.execute("UPDATE claim SET expires_at = now() - interval '1 second' WHERE id = $1", hold)
    assert vevents(await read(client, path, if_none_match=held.headers["etag"])) == []


async def test_members_see_their_own_organization_only(client: httpx.AsyncClient, world: World) -> None:
    colleague = await factories.person(world.sme.actor.organization_id, role="booker")
    await factories.booking(world.resource_id, world.sme, MONDAY)
    await factories.booking(world.resource_id, colleague, MONDAY + HOUR)
    await factories.booking(world.resource_id, world.other, MONDAY + 2 * HOUR)
    on_resource = await subscribe(client, colleague, scope="resource", resource_id=world.resource_id, view="member")
    assert len(vevents(await read(client, on_resource))) == 2
    assert len(vevents(await read(client, await subscribe(client, colleague, scope="organization")))) == 2
    [own] = vevents(await read(client, await subscribe(client, colleague, scope="person")))
    assert own.start == MONDAY + HOUR


async def test_a_person_also_sees_what_they_are_invited_to(client: httpx.AsyncClient, world: World) -> None:
    guest = {"email": world.other.actor.email.upper(), "name": ""}
    await factories.booking(world.resource_id, world.sme, MONDAY, attendees=[guest])
    path = await subscribe(client, world.other, scope="person")
    assert len(vevents(await read(client, path))) == 1
    [span] = vevents(await read(client, await subscribe(client, world.other, scope="person", view="busy")))
    assert span["SUMMARY"] == "已占用"


async def test_the_owner_sees_closures_until_they_are_lifted(client: httpx.AsyncClient, world: World) -> None:
    path = await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id)
    closing = {"starts_at": MONDAY.isoformat(), "ends_at": (MONDAY + HOUR).isoformat(), "reason": "检修"}
    made = await client.post(
        f"/api/v1/resources/{world.resource_id}/closures", json=closing, headers=world.owner.bearer
    )
    closed = await read(client, path)
    [event] = vevents(closed)
    assert event["SUMMARY"] == "停用: 检修"
    lift = f"/api/v1/resources/{world.resource_id}/closures/{made.json()['id']}"
    await client.delete(lift, headers=world.owner.bearer)
    assert vevents(await read(client, path, if_none_match=closed.headers["etag"])) == []


async def test_an_unchanged_feed_answers_304_without_a_body(client: httpx.AsyncClient, world: World) -> None:
    await factories.booking(world.resource_id, world.sme, MONDAY)
    path = await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id)
    first = await read(client, path)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"if_none_match": etag}, {"if_none_match": f'"x", W/{etag}'}, {"if_modified_since": modified}):
        again = await read(client, path, **headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    both = await read(client, path, if_none_match='"other"', if_modified_since=modified)
    assert both.status_code == 200
    assert both.content == first.content
    for nonsense in ("yesterday", "", "Thu, 99 Foo 2026"):
        assert (await read(client, path, if_modified_since=nonsense)).status_code == 200


async def test_every_change_changes_the_etag(client: httpx.AsyncClient, world: World) -> None:
    one = await factories.booking(world.resource_id, world.sme, MONDAY)
    two = await factories.booking(world.resource_id, world.sme, MONDAY + HOUR)
    paths = [
        await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id),
        await subscribe(client, world.sme, scope="organization"),
        await subscribe(client, world.sme, scope="person"),
        await subscribe(client, world.sme, scope="resource", resource_id=world.resource_id, view="busy"),
    ]
    # Both revisions of the last pair carry the same second: only counting all tells them apart.
    now = datetime.now(UTC).replace(microsecond=0)
    changes = ((one, now - HOUR), (two, now), (one, now))
    for path in paths:
        seen = {(await read(client, path)).headers["etag"]}
        for version, (id, moment) in enumerate(changes, 2):
            sql = "UPDATE booking SET version = version + 1, revised_at = $2 WHERE id = $1"
            await db.execute(sql, id, moment)
            etag = (await read(client, path)).headers["etag"]
            assert etag not in seen, (path, version)
            seen.add(etag)
        await db.execute("UPDATE booking SET revised_at = $1", now - 2 * HOUR)


async def test_the_latest_revision_alone_would_miss_a_change_of_the_same_second(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = views.HEAD.replace("interval '2 minutes'", "interval '0 minutes'")
    monkeypatch.setattr(views, "HEAD", head)
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    id = await factories.booking(world.resource_id, world.sme, MONDAY, revised_at=now)
    path = await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id)
    etag = (await read(client, path)).headers["etag"]
    await db.execute("UPDATE booking SET version = 2, purpose = 'new' WHERE id = $1", id)
    assert (await read(client, path, if_none_match=etag)).status_code == 304  # the harm


async def test_another_day_is_another_etag(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id)
    today = (await read(client, path)).headers["etag"]
    monkeypatch.setattr(views, "HEAD", views.HEAD.replace("current_date", "(current_date + 1)"))
    assert (await read(client, path)).headers["etag"] != today


async def test_unchanged_events_are_the_same_bytes_when_others_change(client: httpx.AsyncClient, world: World) -> None:
    await factories.booking(world.resource_id, world.sme, MONDAY)
    path = await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id)
    [before] = _raw_events((await read(client, path)).content)
    await factories.booking(world.resource_id, world.other, MONDAY + 5 * HOUR, revised_at=datetime.now(UTC))
    events.event.cache_clear()
    after = _raw_events((await read(client, path)).content)
    assert after[0] == before
    assert len(after) == 2


def _raw_events(body: bytes) -> list[bytes]:
    return [part.removesuffix(b"END:VCALENDAR\r\n") for part in body.split(b"BEGIN:VEVENT")[1:]]


async def test_cancelled_events_stay_thirty_days(client: httpx.AsyncClient, world: World) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    for age in (timedelta(days=2), timedelta(days=32)):
        await factories.booking(
            world.resource_id, world.sme, MONDAY, status="cancelled", revised_at=now - age, sequence=1
        )
    path = await subscribe(client, world.sme, scope="organization")
    [event] = vevents(await read(client, path))
    assert event["STATUS"] == "CANCELLED"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["SEQUENCE"] == 1
    assert event["SUMMARY"].startswith("[已取消] ")
    busy = await subscribe(client, world.other, scope="resource", resource_id=world.resource_id)
    assert vevents(await read(client, busy)) == []


async def test_the_window_reaches_from_thirty_days_ago_to_four_hundred_ahead(
    client: httpx.AsyncClient, world: World
) -> None:
    now = datetime.now(UTC)
    for days in (-32, -29, 0, 399, 402):
        await factories.booking(world.resource_id, world.sme, now + timedelta(days=days))
    assert len(vevents(await read(client, await subscribe(client, world.sme, scope="organization")))) == 3


async def test_headers_keep_the_secret(client: httpx.AsyncClient, world: World) -> None:
    path = await subscribe(client, world.sme, scope="person")
    for answer in (await read(client, path, accept_encoding="gzip"), await client.head(path)):
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"
        for absent in ("set-cookie", "content-disposition", "content-encoding"):
            assert absent not in answer.headers
    head = await client.head(path)
    assert head.content == b""
    assert "content-length" not in head.headers  # 0 would be a lie
    token = path.split("/")[-1].removesuffix(".ics")
    assert token not in (await read(client, path)).text
    listed = await client.get("/api/v1/feeds", headers=world.sme.bearer)
    assert token not in listed.text
    assert listed.json()["items"][0]["read_at"] is not None
    stored = await db.fetchval("SELECT string_agg(f::text, ' ') FROM feed f")
    assert token not in stored


async def test_what_may_not_be_read_is_404_without_a_body(client: httpx.AsyncClient, world: World) -> None:
    path = await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id)
    busy = await subscribe(client, world.other, scope="resource", resource_id=world.resource_id)
    etag = (await read(client, path)).headers["etag"]
    unknown = await client.get("/feeds/unknown.ics")
    assert (unknown.status_code, unknown.content) == (404, b"")
    assert (await client.get(path.removesuffix(".ics"))).status_code == 404
    for spoil, mend in (
        ("UPDATE member SET role = 'booker' WHERE id = $1", "UPDATE member SET role = 'manager' WHERE id = $1"),
        ("UPDATE member SET active = false WHERE id = $1", "UPDATE member SET active = true WHERE id = $1"),
    ):
        await db.execute(spoil, world.owner.actor.member_id)
        gone = await read(client, path, if_none_match=etag)
        assert (gone.status_code, gone.content) == (404, b"")
        assert gone.headers.get("content-type") == unknown.headers.get("content-type")
        await db.execute(mend, world.owner.actor.member_id)
        assert (await read(client, path)).status_code == 200
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", world.resource_id)
    assert (await read(client, busy)).status_code == 404


async def test_rotation_ends_the_old_address_and_keeps_the_uids(client: httpx.AsyncClient, world: World) -> None:
    await factories.booking(world.resource_id, world.sme, MONDAY)
    path = await subscribe(client, world.sme, scope="organization")
    busy = await subscribe(client, world.other, scope="resource", resource_id=world.resource_id)
    before = {path: vevents(await read(client, path)), busy: vevents(await read(client, busy))}
    for person, old in ((world.sme, path), (world.other, busy)):
        [feed] = (await client.get("/api/v1/feeds", headers=person.bearer)).json()["items"]
        answer = await client.post(f"/api/v1/feeds/{feed['id']}/rotate", headers=person.bearer)
        new = answer.json()["url"].removeprefix("http://127.0.0.1:8000")
        assert answer.status_code == 200
        assert (await read(client, old)).status_code == 404
        assert [e["UID"] for e in vevents(await read(client, new))] == [e["UID"] for e in before[old]]
        foreign = await client.post(f"/api/v1/feeds/{feed['id']}/rotate", headers=world.owner.bearer)
        assert foreign.status_code == 404
        assert (await client.delete(f"/api/v1/feeds/{feed['id']}", headers=world.owner.bearer)).status_code == 404
        assert (await client.delete(f"/api/v1/feeds/{feed['id']}", headers=person.bearer)).status_code == 204
        assert (await read(client, new)).status_code == 404
        assert (await client.get("/api/v1/feeds", headers=person.bearer)).json()["items"] == []


async def test_only_what_fits_together_is_made(client: httpx.AsyncClient, world: World) -> None:
    resource_id = str(world.resource_id)
    hidden = str(await factories.resource(world.owner))
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", hidden)
    for wanted, status in (
        ({"scope": "resource"}, 400),
        ({"scope": "person", "resource_id": resource_id}, 400),
        ({"scope": "organization", "view": "owner"}, 400),
        ({"scope": "everything"}, 400),
        ({"scope": "person", "organization_id": resource_id}, 400),
        ({"scope": "resource", "resource_id": resource_id, "view": "owner"}, 403),
        ({"scope": "resource", "resource_id": hidden}, 404),
        ({"scope": "resource", "resource_id": str(world.sme.actor.member_id)}, 404),
    ):
        answer = await client.post("/api/v1/feeds", json=wanted, headers=world.sme.bearer)
        assert answer.status_code == status, (wanted, answer.text)
    assert (await client.post("/api/v1/feeds", json={"scope": "person"})).status_code == 401


async def test_a_reader_cannot_widen_the_scope(client: httpx.AsyncClient, world: World) -> None:
    await factories.booking(world.resource_id, world.sme, MONDAY)
    path = await subscribe(client, world.other, scope="organization")
    assert vevents(await client.get(path, params={"scope": "resource", "view": "owner"})) == []


async def test_too_many_renderings_are_refused_and_cheap_answers_are_not(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = msgspec.structs.replace(settings(), rate_limits="on")
    monkeypatch.setattr(rate_limits, "settings", lambda: on)
    path = await subscribe(client, world.sme, scope="person")
    for _ in range(rate_limits.RENDERINGS.burst):
        feed_read._kept.clear()
        etag = (await read(client, path)).headers["etag"]
    feed_read._kept.clear()
    refused = await read(client, path)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 2
    assert (await read(client, path, if_none_match=etag)).status_code == 304
    assert (await client.head(path)).status_code == 200


async def test_each_feed_has_a_rate_of_its_own_and_says_when_to_come_again(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = msgspec.structs.replace(settings(), rate_limits="on")
    monkeypatch.setattr(rate_limits, "settings", lambda: on)
    monkeypatch.setattr(
        middleware, "FEEDS", msgspec.structs.replace(rate_limits.FEEDS, name="few", burst=3, per_second=0.01)
    )
    one = await subscribe(client, world.sme, scope="person")
    other = await subscribe(client, world.sme, scope="organization")
    answers = [await read(client, one) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[3].headers["retry-after"]) > 0
    assert (await read(client, other)).status_code == 200


async def test_a_feed_is_cut_where_it_is_too_large_and_keeps_what_comes_first(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {of: sql.replace(f"LIMIT {views.LIMIT}", "LIMIT 2") for of, sql in views.EVENTS.items()}
    for day in range(3):
        await factories.booking(world.resource_id, world.sme, MONDAY + timedelta(days=day))
    path = await subscribe(client, world.sme, scope="organization")
    assert len(vevents(await read(client, path))) == 3
    monkeypatch.setattr(views, "EVENTS", few)
    feed_read._kept.clear()
    shown = [event.start for event in vevents(await read(client, path))]
    assert shown == sorted(shown)
    assert len(shown) == 2


async def test_two_readings_are_the_same_and_a_change_changes_one_event(
    client: httpx.AsyncClient, world: World
) -> None:
    ids = [await factories.booking(world.resource_id, world.sme, MONDAY + n * HOUR) for n in range(5)]
    path = await subscribe(client, world.sme, scope="organization")
    before = await read(client, path)
    feed_read._kept.clear()
    events.event.cache_clear()
    again = await read(client, path)
    assert (again.content, again.headers["etag"]) == (before.content, before.headers["etag"])
    answer = await client.post(f"/api/v1/bookings/{ids[2]}/cancel", headers=world.sme.bearer)
    assert answer.status_code == 200, answer.text
    old, new = _by_uid(before.content), _by_uid((await read(client, path)).content)
    assert old.keys() == new.keys()
    assert [uid for uid in old if old[uid] != new[uid]] == [f"{ids[2]}@rongtong.test"]


def _by_uid(feed: bytes) -> dict[str, bytes]:
    found = [one.partition(b"END:VEVENT")[0] for one in feed.split(b"BEGIN:VEVENT\r\n")[1:]]
    return {one.partition(b"UID:")[2].partition(b"\r\n")[0].decode(): one for one in found}


async def test_a_304_costs_one_statement(client: httpx.AsyncClient, world: World) -> None:
    path = await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id)
    etag = (await read(client, path)).headers["etag"]
    asked: list[str] = []
    async with db.DB.connection() as connection:
        with connection.query_logger(lambda query: asked.append(query.query)):
            assert (await read(client, path, if_none_match=etag)).status_code == 304
            await asyncio.sleep(0)  # the logger is called in the next round of the loop
    assert len(asked) == 1


async def test_the_calendar_says_what_it_is(client: httpx.AsyncClient, world: World) -> None:
    english = await factories.person(world.owner.actor.organization_id, role="admin", locale="en")
    await factories.booking(world.resource_id, world.sme, MONDAY, status="requested")
    path = await subscribe(client, english, scope="resource", resource_id=world.resource_id)
    answer = await read(client, path)
    calendar: Any = Calendar.from_ical(answer.content)
    assert calendar["NAME"] == calendar["X-WR-CALNAME"] == "Rongtong: 电镜"
    assert "METHOD" not in calendar
    assert "SOURCE" not in calendar  # it would carry the secret along with every copy of the file
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in answer.content
    assert answer.content.count(b"BEGIN:VTIMEZONE") == 1
    [event] = calendar.walk("VEVENT")
    assert event["SUMMARY"].startswith("[Requested] ")
    assert event["STATUS"] == "TENTATIVE"
    assert "ATTENDEE" not in event
    assert "ORGANIZER" not in event
