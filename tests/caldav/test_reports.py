"""What changed, what is named, what a filter lets through, and when it is busy."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.caldav import repeat_further, views
from server.caldav.davxml import name
from server.core import db
from tests import factories
from tests.caldav.speaking import NAMESPACES, Program, at, condition, event, responses, stamp, text


async def filled(owners: Program, resource: UUID) -> str:
    calendar = owners.calendar(resource)
    for number in range(5):
        data = event(f"{number}@x", at(number * 24 + 9), 1, f"CATEGORIES:C{number},Alle", summary=f"Event {number}")
        assert (await owners.put(f"{calendar}{number}.ics", data)).status_code == 201
    return calendar


async def test_changes_are_told_once_and_deletions_too(owners: Program, resource: UUID) -> None:
    calendar = await filled(owners, resource)
    first = await owners.sync(calendar)
    assert sorted(first.changed) == [f"{calendar}{number}.ics" for number in range(5)]
    assert (await owners.sync(calendar, first.token)).changed == {}
    await owners.ask("DELETE", f"{calendar}0.ics")
    await owners.put(f"{calendar}1.ics", event("1@x", at(15)))
    id = await factories.booking(resource, await factories.person(), at(200))
    second = await owners.sync(calendar, first.token)
    assert set(second.changed) == {f"{calendar}{one}.ics" for one in ("0", "1", f"booking-{id}")}
    assert second.changed[f"{calendar}0.ics"] is None
    assert (await owners.sync(calendar, second.token)).changed == {}
    await db.execute("UPDATE resource SET version = version + 1 WHERE id = $1", resource)
    assert list((await owners.sync(calendar, second.token)).changed) == [f"{calendar}booking-{id}.ics"]


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_no_limit_loses_a_change(owners: Program, resource: UUID, limit: int) -> None:
    calendar = await filled(owners, resource)
    everything, token, more = {}, "", True
    while more:
        part = await owners.sync(calendar, token, limit)
        assert len(part.changed) <= limit
        everything.update(part.changed)
        token, more = part.token, part.more
        if len(everything) == limit:  # a change while the program is still reading
            await owners.put(f"{calendar}0.ics", event("0@x", at(500)))
    assert sorted(everything) == [f"{calendar}{number}.ics" for number in range(5)]
    assert everything[f"{calendar}0.ics"] == (await owners.ask("GET", f"{calendar}0.ics")).headers["etag"]


async def test_a_change_that_commits_late_is_told(owners: Program, resource: UUID) -> None:
    calendar = await filled(owners, resource)
    first = await owners.sync(calendar)
    booker, before = await factories.person(), at(-24 * 19)
    id = await factories.booking(resource, booker, at(300), revised_at=before)  # its time stamp lies long back
    assert list((await owners.sync(calendar, first.token)).changed) == [f"{calendar}booking-{id}.ics"]


async def test_control_a_log_by_time_stamps_would_miss_it(
    owners: Program, resource: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = await filled(owners, resource)
    first = await owners.sync(calendar)
    looked = await db.fetchval("SELECT now()")
    original = views.names

    async def since_then(resource_id: UUID, by: Any) -> dict[str, str]:
        sql = "SELECT 'booking-' || id || '.ics' FROM booking WHERE revised_at <= $1"
        old = [row[0] for row in await db.fetch(sql, looked)]
        return {one: etag for one, etag in (await original(resource_id, by)).items() if one not in old}

    monkeypatch.setattr(views, "names", since_then)
    await factories.booking(resource, await factories.person(), at(300), revised_at=at(-24 * 19 - 48))
    assert (await owners.sync(calendar, first.token)).changed == {}


async def test_tokens_of_elsewhere_are_refused(owners: Program, resource: UUID) -> None:
    calendar = await filled(owners, resource)
    token = (await owners.sync(calendar)).token
    other = owners.calendar(await factories.resource(owners.person))
    for one in ("nonsense", token + "9", token.replace("zh-CN", "en"), "x" * 5000):
        refused = (await owners.sync(calendar, one)).answer
        assert (refused.status_code, condition(refused)[0]) == (403, "valid-sync-token")
    assert (await owners.sync(other, token)).answer.status_code == 403


async def query(owners: Program, calendar: str, inner: str, prop: str = "<D:getetag/>") -> list[str]:
    body = (
        f'<C:calendar-query {NAMESPACES}><D:prop>{prop}</D:prop><C:filter><C:comp-filter name="VCALENDAR">{inner}'
        "</C:comp-filter></C:filter></C:calendar-query>"
    )
    answer = await owners.ask("REPORT", calendar, body, Depth="1")
    return sorted((text(one, "D:href") or "").removeprefix(calendar) for one in responses(answer))


def events(inner: str = "") -> str:
    return f'<C:comp-filter name="VEVENT">{inner}</C:comp-filter>'


async def test_filters_let_through_what_they_say(owners: Program, resource: UUID) -> None:
    calendar = await filled(owners, resource)
    weekly = event("w@x", at(9 + 24 * 30), 1, "RRULE:FREQ=WEEKLY;COUNT=10", "LOCATION:Halle 7")
    assert (await owners.put(f"{calendar}w.ics", weekly)).status_code == 201
    everything = [*(f"{number}.ics" for number in range(5)), "w.ics"]
    span = f'<C:time-range start="{stamp(at(24))}" end="{stamp(at(48))}"/>'
    later = f'<C:time-range start="{stamp(at(24 * 58))}" end="{stamp(at(24 * 59))}"/>'
    open_end = f'<C:time-range start="{stamp(at(24 * 3))}"/>'
    category = '<C:prop-filter name="CATEGORIES"><C:text-match>c2</C:text-match></C:prop-filter>'
    exact = '<C:prop-filter name="SUMMARY"><C:text-match collation="i;octet">event 2</C:text-match></C:prop-filter>'
    negated = '<C:prop-filter name="SUMMARY"><C:text-match negate-condition="yes">Event</C:text-match></C:prop-filter>'
    nowhere = '<C:prop-filter name="LOCATION"><C:is-not-defined/></C:prop-filter>'
    for inner, expected in (
        ("", everything), (events(), everything), (events(span), ["1.ics"]), (events(later), ["w.ics"]),
        (events(open_end), ["3.ics", "4.ics", "w.ics"]), (events(category), ["2.ics"]), (events(exact), []),
        (events(negated), ["w.ics"]), (events(nowhere), everything[:-1]), (events(span + category), []),
        ('<C:comp-filter name="VTODO"/>', []),
        ('<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>', everything),
    ):  # fmt: skip
        assert await query(owners, calendar, inner) == expected, inner


async def test_wrong_filters_are_refused(owners: Program, resource: UUID) -> None:
    calendar = owners.calendar(resource)
    for inner, said in (
        (events('<C:time-range start="2026"/>'), "valid-filter"), (events("<C:time-range/>"), "valid-filter"),
        ('<C:comp-filter name=""/>', "valid-filter"),
        (events('<C:prop-filter name="X"><C:text-match collation="i;x">a</C:text-match></C:prop-filter>'),
         "supported-collation"),
    ):  # fmt: skip
        body = (f'<C:calendar-query {NAMESPACES}><C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter>'
                "</C:filter></C:calendar-query>")  # fmt: skip
        refused = await owners.ask("REPORT", calendar, body)
        assert (refused.status_code, condition(refused)[0]) == (403, said)


async def test_repetitions_are_expanded(owners: Program, resource: UUID) -> None:
    calendar = owners.calendar(resource)
    await owners.put(f"{calendar}w.ics", event("w@x", at(9), 1, "RRULE:FREQ=WEEKLY;COUNT=10"))
    span = f'start="{stamp(at(0))}" end="{stamp(at(24 * 15))}"'
    prop = f"<C:calendar-data><C:expand {span}/></C:calendar-data>"
    body = (f'<C:calendar-query {NAMESPACES}><D:prop>{prop}</D:prop><C:filter><C:comp-filter name="VCALENDAR">'
            f"{events(f'<C:time-range {span}/>')}</C:comp-filter></C:filter></C:calendar-query>")  # fmt: skip
    (one,) = responses(await owners.ask("REPORT", calendar, body, Depth="1"))
    data = text(one, "C:calendar-data") or ""
    assert data.count("BEGIN:VEVENT") == data.count("RECURRENCE-ID:") == 3
    assert "RRULE" not in data
    assert f"DTSTART:{stamp(at(9 + 24 * 14))}" in data


async def test_named_objects_are_told_and_others_are_not_there(owners: Program, resource: UUID) -> None:
    calendar = await filled(owners, resource)
    hrefs = [
        f"{calendar}1.ics",
        f"{calendar}%32.ics",
        f"http://rongtong.test{calendar}3.ics",
        f"{calendar}x.ics",
        "/no",
    ]
    body = f"<C:calendar-multiget {NAMESPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>"
    body += "".join(f"<D:href>{one}</D:href>" for one in hrefs) + "</C:calendar-multiget>"
    told = responses(await owners.ask("REPORT", calendar, body))
    assert [text(one, "D:href") for one in told[:3]] == [f"{calendar}{number}.ics" for number in (1, 2, 3)]
    assert "Event 2" in (text(told[1], "C:calendar-data") or "")
    assert [one.findtext(name("D:status")) for one in told[3:]] == ["HTTP/1.1 404 Not Found"] * 2


async def test_busy_time_is_told(owners: Program, resource: UUID) -> None:
    calendar = owners.calendar(resource)
    await owners.put(f"{calendar}a.ics", event("a@x", at(9), 2))
    await owners.put(f"{calendar}b.ics", event("b@x", at(30), 1, "TRANSP:TRANSPARENT"))
    await factories.booking(resource, await factories.person(), at(11))
    span = f'<C:time-range start="{stamp(at(0))}" end="{stamp(at(48))}"/>'
    told = await owners.ask("REPORT", calendar, f"<C:free-busy-query {NAMESPACES}>{span}</C:free-busy-query>")
    assert told.status_code == 200
    assert f"FREEBUSY;FBTYPE=BUSY:{stamp(at(9))}/{stamp(at(12))}" in told.text
    assert told.text.count("FREEBUSY;") == 1


async def test_repeating_events_go_on_closing_beside_what_was_booked(owners: Program, resource: UUID) -> None:
    calendar = owners.calendar(resource)
    assert (await owners.put(f"{calendar}d.ics", event("d@x", at(9), 1, "RRULE:FREQ=DAILY"))).status_code == 201
    many = await db.fetchval("SELECT count(*) FROM live_claims WHERE resource_id = $1", resource)
    assert 340 <= many <= 366
    assert await repeat_further.repeat_further() == 0
    sql = "UPDATE dav_object SET closed_until = closed_until - interval '10 days' WHERE resource_id = $1"
    await db.execute(sql, resource)
    sql = """UPDATE closure SET lifted_at = now() WHERE resource_id = $1 AND during && tstzrange($2, NULL)"""
    late = await db.fetchval("SELECT closed_until FROM dav_object WHERE resource_id = $1", resource)
    await db.execute(sql, resource, late)
    sql = "UPDATE claim SET released_at = now() WHERE resource_id = $1 AND during && tstzrange($2, NULL)"
    await db.execute(sql, resource, late)
    taken = at(9 + 24 * ((late - at(9)).days + 3))
    await factories.booking(resource, await factories.person(), taken)
    assert await repeat_further.repeat_further() >= 9
    sql = "SELECT reason FROM live_claims WHERE resource_id = $1 AND during && tstzrange($2, $3)"
    assert [row[0] for row in await db.fetch(sql, resource, taken, taken + timedelta(hours=1))] == ["booking"]
    assert await repeat_further.repeat_further() == 0
