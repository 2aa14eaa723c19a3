"""Foreign calendars end to end: given over HTTP, fetched by the worker, taken as time, shown to their owner."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from msgspec.structs import replace

from server.bookings.waitlist import offers
from server.calendars.events import busy_uid
from server.core import addresses, db, outbound
from server.core.encryption import seal
from server.core.ids import new_id
from server.core.settings import settings
from server.foreign import take_over as taking
from server.foreign.schemas import Asked, Told
from tests import factories
from tests.calendars.reading import test_others
from tests.foreign import files
from tests.foreign.conftest import Scene, noon
from tests.listener import Listener, Reply
from worker import fetch as fetching
from worker import parser
from worker.fetch import fetch

HOUR = timedelta(hours=1)
HOST = str(urlsplit(settings().base_url).hostname)


async def test_what_is_busy_there_cannot_be_booked_here(scene: Scene) -> None:
    id = await scene.connect(name="Outlook")
    await scene.says(files.event(noon(2)))
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR)]
    refused = await scene.book(noon(2), status=409)
    assert refused["clashes"][0]["kind"] == "busy"
    await scene.book(noon(2) + HOUR)
    shown = await scene.check(id)
    assert (shown["events"], shown["busy"], shown["error"], shown["stale"]) == (1, 1, "", False)
    assert shown["next"][0]["starts_at"].endswith("+08:00")


async def test_without_taking_it_over_it_could_be(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(resource_id: UUID) -> None: ...

    monkeypatch.setattr(offers, "keep_busy", nothing)
    await scene.connect()
    await scene.says(files.event(noon(2)))
    await scene.book(noon(2))


async def test_what_changes_there_changes_here(scene: Scene) -> None:
    await scene.connect()
    await scene.says(files.event(noon(2)), files.event(noon(3)))
    await scene.says(files.event(noon(2, hour=6)), files.event(noon(3)))
    assert [span[1] for span in await scene.taken()] == [noon(2, hour=6), noon(3)]


async def test_times_that_overlap_are_taken_once(scene: Scene) -> None:
    await scene.connect()
    await scene.connect()
    await scene.says(files.event(noon(2), 90), files.event(noon(2) + HOUR, 60))
    assert await scene.taken() == [(1, noon(2), noon(2) + 2 * HOUR)]


async def test_a_booking_stands_and_its_owner_hears_of_it_once(scene: Scene) -> None:
    booking = await scene.book(noon(2))
    id = await scene.connect()
    await scene.says(files.event(noon(2) - HOUR, 180))
    assert await scene.taken() == [(1, noon(2) - HOUR, noon(2)), (1, noon(2) + HOUR, noon(2) + 2 * HOUR)]
    shown = await scene.check(id)
    assert (shown["conflicts"], [one["booking_id"] for one in shown["meets"]]) == (1, [booking["id"]])
    await scene.says(files.event(noon(2) - HOUR, 180, "SUMMARY:x"))
    assert len(await scene.letters("foreign_conflict")) == 1
    assert (await scene.do(scene.guest, "GET", f"/bookings/{booking['id']}"))["status"] == "confirmed"


async def test_what_a_cancelled_booking_frees_is_busy_at_once(scene: Scene) -> None:
    booking = await scene.book(noon(2))
    await scene.connect()
    await scene.says(files.event(noon(2)))
    assert await scene.taken() == []
    await scene.do(scene.guest, "POST", f"/bookings/{booking['id']}/cancel", {})
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR)]


async def test_what_a_move_frees_is_busy_at_once(scene: Scene) -> None:
    booking = await scene.book(noon(2))
    await scene.connect()
    await scene.says(files.event(noon(2)))
    there = {"starts_at": noon(3).isoformat(), "ends_at": (noon(3) + HOUR).isoformat()}
    await scene.do(scene.guest, "PATCH", f"/bookings/{booking['id']}", there)
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR)]


async def test_a_hold_stands_until_it_is_over(scene: Scene) -> None:
    wanted = {"resource_id": str(scene.resource), "starts_at": noon(2).isoformat()}
    hold = await scene.do(scene.guest, "POST", "/holds", wanted | {"ends_at": (noon(2) + HOUR).isoformat()})
    await scene.connect()
    await scene.says(files.event(noon(2)))
    assert await scene.taken() == []
    sql = "UPDATE {} SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL"
    await db.execute(sql.format("hold"))
    await db.execute(sql.format("claim"))
    await scene.book(noon(2), status=409)
    assert hold["id"]


async def test_a_hold_becomes_a_booking_all_the_same(scene: Scene) -> None:
    wanted = {
        "resource_id": str(scene.resource),
        "starts_at": noon(2).isoformat(),
        "ends_at": (noon(2) + HOUR).isoformat(),
    }
    hold = await scene.do(scene.guest, "POST", "/holds", wanted)
    await scene.connect()
    await scene.says(files.event(noon(2)))
    await scene.do(scene.guest, "POST", "/bookings", wanted | {"hold_id": hold["id"]})


async def test_an_owner_may_close_what_is_busy_anyway(scene: Scene) -> None:
    await scene.connect()
    await scene.says(files.event(noon(2)))
    time = {"starts_at": (noon(2) + HOUR / 2).isoformat(), "ends_at": (noon(2) + 2 * HOUR).isoformat()}
    closure = await scene.do(scene.owner, "POST", f"/resources/{scene.resource}/closures", time)
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR / 2)]
    await scene.do(scene.owner, "DELETE", f"/resources/{scene.resource}/closures/{closure['id']}")
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR)]


async def test_a_calendar_may_be_that_of_one_unit(scene: Scene) -> None:
    await scene.begin(units=3)
    await scene.connect(unit=2)
    await scene.says(files.event(noon(2)))
    assert [span[0] for span in await scene.taken()] == [2]
    await scene.book(noon(2))
    await scene.book(noon(2))
    await scene.book(noon(2), status=409)


async def test_units_come_and_go_with_their_busy_time(scene: Scene) -> None:
    await scene.begin(units=2)
    await scene.connect()
    await scene.says(files.event(noon(2)))
    for units in (1, 3):
        await scene.do(scene.owner, "PATCH", f"/resources/{scene.resource}", {"units": units})
        assert [span[0] for span in await scene.taken()] == [*range(1, units + 1)]


async def test_one_that_is_taken_away_frees_its_time(scene: Scene) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)))
    await scene.do(scene.owner, "DELETE", f"{scene.path}/{id}")
    assert await scene.taken() == []
    assert await scene.read() == 0


BROKEN = {
    "HTML": Reply(body=b"<html>Sign in</html>"),
    "nothing": Reply(body=b""),
    "empty": Reply(body=files.calendar()),
    "broken off": Reply(body=files.calendar(files.event(noon(2)))[:-20]),
    "an error": Reply(500, body=b"oops"),
    "a login": Reply(302, headers={"Location": "/login"}),
    "a bomb": Reply(body=gzip.compress(bytes(50 * 1024 * 1024)), headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_nothing_broken_frees_time(scene: Scene, broken: Reply) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)))
    scene.reply = broken
    await scene.read()
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR)]
    shown = await scene.check(id)
    assert shown["error"]
    assert shown["fetch_at"] > shown["tried_at"]


async def test_an_owner_may_say_that_empty_is_right(scene: Scene) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)))
    await scene.says()
    assert "accept_empty" in (await scene.check(id))["error"]
    await scene.do(scene.owner, "POST", f"{scene.path}/{id}/read", {"accept_empty": True})
    await scene.read()
    assert await scene.taken() == []
    assert (await scene.check(id))["error"] == ""


async def test_what_has_not_changed_is_not_read_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)), ETag='"1"')

    async def never(asked: Asked, content: bytes) -> Told:
        raise AssertionError

    with monkeypatch.context() as without:
        without.setattr(fetching, "parse", never)
        await scene.read()
        assert scene.source.asked[-1].headers["if-none-match"] == '"1"'
        await scene.says(files.event(noon(2)))  # the same bytes without an ETag
    assert (await scene.check(id))["error"] == ""
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR)]


async def test_once_a_day_it_is_read_anew_for_the_horizon_moves(scene: Scene) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)), ETag='"1"')
    await scene.set(id, "parsed_at = now() - interval '1 day'")
    await scene.read()
    assert "if-none-match" not in scene.source.asked[-1].headers


async def test_it_waits_its_time_and_backs_off(scene: Scene) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)))
    assert await fetch(asyncio.Event()) == 0
    scene.reply = Reply(500)
    waits = []
    for _ in range(8):
        await scene.read()
        waits.append(await db.fetchval("SELECT extract(epoch FROM fetch_at - now()) FROM foreign_calendar"))
    assert [round(float(wait) / 60) for wait in waits] == [15, 30, 60, 120, 240, 360, 360, 360]
    assert id


async def test_after_a_day_without_reading_it_the_owner_hears_once(scene: Scene) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)))
    scene.reply = Reply(500)
    await scene.read()
    assert await scene.letters("foreign_stale") == []
    await scene.set(id, "read_at = now() - interval '25 hours'")
    await scene.read()
    await scene.read()
    assert len(await scene.letters("foreign_stale")) == 1
    assert (await scene.check(id))["stale"]


async def test_when_it_is_gone_three_times_the_owner_is_asked(scene: Scene) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)))
    for status in (404, 500, 410, 404):
        scene.reply = Reply(status)
        await scene.read()
    assert await scene.letters("foreign_gone") == [], "not in a row"
    await scene.read()
    assert len(await scene.letters("foreign_gone")) == 1
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR)]
    wait = await db.fetchval("SELECT fetch_at - now() FROM foreign_calendar WHERE id = $1", UUID(id))
    assert wait == timedelta(days=1)


UNCLEAR = "DTSTART:{}\nDTEND:soon\nSUMMARY:canary"


async def test_what_is_not_understood_blocks_is_shown_and_told_once(scene: Scene) -> None:
    id = await scene.connect(name="Outlook")
    broken = UNCLEAR.format(files.stamp(noon(2)))
    await scene.says(broken, files.event(noon(5)))
    assert [span[1:] for span in await scene.taken()] == [(noon(2), noon(3)), (noon(5), noon(5) + HOUR)]
    shown = await scene.check(id)
    assert shown["findings"] == [{"line": 7, "kind": "end", "text": "DTEND:soon"}]
    assert await scene.letters("foreign_unclear") == [scene.owner.actor.email]
    await scene.says(files.event(noon(4)), files.event(noon(5)), broken)  # the same on another line
    assert len(await scene.letters("foreign_unclear")) == 1
    await scene.says(broken, broken.replace("soon", "later"))
    assert len(await scene.letters("foreign_unclear")) == 2
    await scene.says(files.event(noon(5)))
    assert (await scene.check(id))["findings"] == []
    facts = await db.fetchval("SELECT facts FROM letter WHERE kind = 'foreign_unclear' ORDER BY id LIMIT 1")
    assert "DTEND:soon" in facts
    assert "canary" not in facts
    await scene.do(scene.owner, "DELETE", f"{scene.path}/{id}")
    assert await db.fetchval("SELECT findings || findings_told FROM foreign_calendar WHERE id = $1", UUID(id)) == "[]"


async def test_without_what_was_told_it_would_be_told_at_each_reading(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.connect()
    await scene.says(UNCLEAR.format(files.stamp(noon(2))))
    monkeypatch.setattr(taking, "KNOWN", "SELECT $1::uuid, $2::uuid, $3::text")
    await db.execute("UPDATE foreign_calendar SET findings_told = '[]'")
    for day in (3, 4):
        await scene.says(UNCLEAR.format(files.stamp(noon(2))), files.event(noon(day)))
    assert len(await scene.letters("foreign_unclear")) == 3


OTHERS = [one for one in test_others.OTHERS if isinstance(one["expect"], list) and one["expect"]]


@pytest.mark.parametrize("case", OTHERS[::6], ids=[one["name"] for one in OTHERS[::6]])
async def test_files_of_other_programs_take_time(
    scene: Scene, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way of some of them: fetched, read by a process of its own, taken."""

    async def then(asked: Asked, content: bytes) -> Told:
        return await parser.parse(replace(asked, now=test_others.NOW), content)

    monkeypatch.setattr(fetching, "parse", then)
    id = await scene.connect()
    scene.reply = Reply(body=test_others.content_of(case), headers={"Content-Type": "text/calendar"})
    await scene.read()
    busy = await db.fetch("SELECT lower(during) AS s, upper(during) AS e FROM foreign_busy ORDER BY 1")
    assert [f"{row['s']:%Y-%m-%dT%H:%M}/{row['e']:%H:%M}" for row in busy] == case["expect"], await scene.check(id)


async def test_a_declared_charset_counts(scene: Scene) -> None:
    id = await scene.connect(keep_titles=True)
    body = files.calendar(files.event(noon(2), 60, "SUMMARY:Wartung für Müller")).decode().encode("cp1252")
    scene.reply = Reply(body=body, headers={"Content-Type": 'text/calendar; charset="windows-1252"'})
    await scene.read()
    assert (await scene.check(id))["next"][0]["title"] == "Wartung für Müller"


async def test_our_own_bookings_coming_back_are_no_conflict(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_BASE_URL", "http://rongtong.test")
    settings.cache_clear()
    id = await scene.connect()
    booking = await scene.book(noon(2))
    own = files.calendar(files.event(noon(2))).replace(b"0@elsewhere", booking["uid"].encode())
    scene.reply = Reply(body=own)
    await scene.read()
    assert booking["uid"].endswith("@rongtong.test")
    shown = await scene.check(id)
    assert (shown["conflicts"], shown["busy"]) == (0, 0)


async def test_a_booking_of_another_resource_is_busy_time_here(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_BASE_URL", "http://rongtong.test")
    settings.cache_clear()
    expert, scene.resource = scene.resource, await factories.resource(scene.owner)
    booking = await scene.book(noon(2))
    scene.resource = expert
    id = await scene.connect()
    scene.reply = Reply(body=files.calendar(files.event(noon(2))).replace(b"0@elsewhere", booking["uid"].encode()))
    await scene.read()
    assert (await scene.check(id))["busy"] == 1


async def test_what_comes_from_elsewhere_here_is_busy(scene: Scene) -> None:
    """UIDs of ours that are none of this resource: closures and busy times of another, and what nobody knows."""
    other = await factories.resource(scene.owner)
    uids = [f"{new_id()}@{HOST}"]
    for days, resource in ((3, other), (4, scene.resource)):
        time = {"starts_at": noon(days).isoformat(), "ends_at": (noon(days) + HOUR).isoformat()}
        made = await scene.do(scene.owner, "POST", f"/resources/{resource}/closures", time)
        uids.append(f"{made['id']}@{HOST}")
        uids.append(busy_uid(settings().secret, resource, noon(days + 3), noon(days + 3) + HOUR, HOST))
    await scene.connect()
    events = [files.event(noon(days)) for days in (2, 3, 6, 4, 7)]
    body = files.calendar(*events)
    for number, uid in enumerate(uids):
        body = body.replace(b"UID:%d@elsewhere" % number, f"UID:{uid}".encode())
    scene.reply = Reply(body=body)
    await scene.read()
    assert [row["s"] for row in await db.fetch("SELECT lower(during) AS s FROM foreign_busy ORDER BY 1")] == [
        noon(2), noon(3), noon(6),
    ]  # fmt: skip


async def test_unknown_zones_are_shown(scene: Scene) -> None:
    id = await scene.connect()
    start = f"{noon(3):%Y%m%dT%H%M%S}"
    await scene.says(f"DTSTART;TZID=Customized:{start}\nDURATION:PT1H")
    shown = await scene.check(id)
    assert shown["doubtful_zones"] == ["Customized"]
    assert shown["next"][0]["doubtful"]
    await scene.book(noon(3) + timedelta(hours=11), status=409)


async def test_what_stands_in_it_is_shown_to_nobody_else(scene: Scene) -> None:
    id = await scene.connect(keep_titles=True)
    await scene.says(files.event(noon(2), 60, "SUMMARY:canary-title"))
    assert (await scene.check(id))["next"][0]["title"] == "canary-title"
    await scene.do(scene.guest, "GET", f"{scene.path}/{id}/check", status=404)
    assert "canary" not in str(await scene.book(noon(2), status=409))
    day = {"from": noon(2, 0).isoformat(), "to": noon(3, 0).isoformat()}
    answer = await scene.client.get(f"/api/v1/resources/{scene.resource}/availability", params=day)
    assert "canary" not in answer.text


async def test_the_address_is_told_to_nobody(scene: Scene) -> None:
    id = await scene.connect()
    said = str(await scene.check(id)) + str(await scene.do(scene.owner, "GET", scene.path))
    assert "owner.ics" not in said
    entries = await db.fetch("SELECT became::text AS said FROM audit_entry WHERE noun = 'foreign_calendar'")
    assert entries
    rows = await db.fetch("SELECT to_jsonb(f)::text AS said FROM foreign_calendar f")
    assert all("owner.ics" not in row["said"] for row in [*entries, *rows])


async def test_a_password_in_the_address_is_sent_and_stands_nowhere(scene: Scene) -> None:
    url = scene.source.url("/owner.ics", host="me:canary-pass@127.0.0.2")
    made = await scene.do(scene.owner, "POST", scene.path, {"url": url})
    await scene.says(files.event(noon(2)))
    assert scene.source.asked[-1].headers["authorization"].startswith("Basic ")
    assert (await scene.check(made["id"]))["busy"] == 1
    rows = await db.fetch("SELECT to_jsonb(f)::text AS said FROM foreign_calendar f")
    assert all("canary-pass" not in row["said"] for row in rows)


ROUTES: list[tuple[str, str, Any]] = [("GET", "/{}/check", None), ("POST", "/{}/read", {}), ("DELETE", "/{}", None)]


@pytest.mark.parametrize(("method", "path", "json"), ROUTES)
async def test_nobody_reaches_anothers(scene: Scene, method: str, path: str, json: Any) -> None:
    id = await scene.connect()
    await scene.do(scene.guest, method, scene.path + path.format(id), json, status=404)
    booker = await factories.person(scene.owner.actor.organization_id, role="booker")
    await scene.do(booker, method, scene.path + path.format(id), json, status=403)
    url = {"url": scene.source.url()}
    await scene.do(scene.guest, "POST", scene.path, url, status=404)
    await scene.do(scene.guest, "GET", scene.path, status=404)


async def test_no_address_within_is_taken_or_reached(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Listener() as canary:
        monkeypatch.setenv("RONGTONG_OUTBOUND_PORTS", f"{canary.port}, {scene.source.port}")
        settings.cache_clear()
        await scene.do(scene.owner, "POST", scene.path, {"url": canary.url()}, status=422)
        id = await scene.connect()
        scene.reply = Reply(302, headers={"Location": canary.url()})
        await scene.read()
        await db.execute("UPDATE foreign_calendar SET url = $1", seal(canary.url()))
        await scene.read()
        assert canary.connections == 0
        assert (await scene.check(id))["error"] == "it could not be reached"
        monkeypatch.setattr(addresses, "allowed", lambda *_: True)
        await scene.read()
        assert canary.connections == 1, "without the guard it is"


def slow(count: int) -> bytes:
    """A calendar that is allowed, and takes a while to read."""
    return files.calendar(*[files.event(noon(2) + number * HOUR) for number in range(count)])


async def ticks_during(reading: Any) -> int:
    """How often the loop had a turn for others meanwhile."""
    ticks, done = 0, asyncio.Event()

    async def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await reading
    done.set()
    await ticking
    return ticks


ASKED = Asked("Asia/Shanghai", datetime.now(UTC), "x", False)


async def test_the_worker_goes_on_while_a_calendar_is_read() -> None:
    assert await ticks_during(parser.parse(ASKED, slow(300))) > 20


async def test_without_a_process_of_its_own_it_would_stand_still() -> None:
    from server.foreign.parse import answer

    async def within() -> None:
        answer(b'{"zone":"Asia/Shanghai","now":"2026-11-24T00:00:00Z","own_host":"x","titles":false}\n' + slow(300))

    assert await ticks_during(within()) <= 2


async def test_what_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "WALL_SECONDS", 0.05)
    assert await parser.parse(ASKED, slow(1)) == Told(error="it takes too long to read")


# More than anybody can expand, in a rule that looks harmless: every second of every day of every year.
ALL_SECONDS = files.calendar(
    "DTSTART:20200101T000000Z\nDURATION:PT1M\nRRULE:FREQ=YEARLY"
    f";BYSECOND={','.join(map(str, range(60)))};BYMINUTE={','.join(map(str, range(60)))}"
    f";BYHOUR={','.join(map(str, range(24)))};BYYEARDAY={','.join(map(str, range(1, 366)))}"
)


@pytest.mark.parametrize("limit", ["CPU_SECONDS = 1", "MEMORY = 30_000_000"])
async def test_what_takes_too_much_work_or_memory_ends_itself(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = f"import server.foreign.parse as one; one.{limit}; one.main()"
    started = asyncio.create_subprocess_exec

    async def limited(python: str, *_: str, **more: Any) -> Any:
        return await started(python, "-c", program, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", limited)
    content = ALL_SECONDS if "CPU" in limit else slow(8_000)
    assert (await parser.parse(ASKED, content)).error in (
        "it takes too much work or memory to read", "it takes too much memory to read",
    )  # fmt: skip


async def test_the_parser_knows_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_SECRET", "canary")
    seen: dict[str, str] = {}
    started = asyncio.create_subprocess_exec

    async def watched(*command: str, **more: Any) -> Any:
        seen.update(more["env"])
        return await started(*command, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    assert (await parser.parse(ASKED, slow(1))).found is not None
    assert seen
    assert not [name for name in seen if name.startswith("RONGTONG")]


async def test_an_endless_answer_is_a_failure(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await scene.connect()
    await scene.says(files.event(noon(2)))
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.2)
    scene.reply = Reply(body=b"BEGIN:VCALENDAR\r\n", drip=True)
    await scene.read()
    assert (await scene.check(id))["error"] == "it could not be reached"
    assert len(await scene.taken()) == 1
