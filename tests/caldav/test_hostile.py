"""What nobody means well with: refused in bounded time, and never by 5xx."""

import gzip
from uuid import UUID

import pytest

from server.caldav import calendar_file, davxml, occurrences, put
from server.core import db
from tests.caldav.speaking import DAY, NAMESPACES, Program, at, condition, event, responses, stamp, text

BOMB = (
    '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<D:propfind xmlns:D="DAV:"><D:prop>&b;</D:prop></D:propfind>'
)
FILE = '<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><D:propfind xmlns:D="DAV:">&a;</D:propfind>'


async def test_entities_are_refused(owners: Program) -> None:
    for body in (BOMB, FILE, "<!DOCTYPE x><x/>"):
        for method in ("PROPFIND", "REPORT", "PROPPATCH"):
            refused = await owners.ask(method, "/dav/", body, Depth="0")
            assert (refused.status_code, condition(refused)[0]) == (403, "no-external-entities"), (method, body[:30])


async def test_control_with_another_parser_entities_are_expanded(
    owners: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xml.etree.ElementTree import fromstring

    monkeypatch.setattr(davxml, "fromstring", lambda body, forbid_dtd: fromstring(body))  # noqa: S314
    assert (await owners.ask("PROPFIND", "/dav/", BOMB, Depth="0")).status_code == 207


async def test_an_address_that_is_none_is_not_there(owners: Program, resource: UUID) -> None:
    body = '<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop>'
    body += "<D:href>http://[</D:href></C:calendar-multiget>"
    answer = await owners.ask("REPORT", owners.calendar(resource), body)
    assert (answer.status_code, "404 Not Found" in answer.text) == (207, True)


async def test_large_bodies_are_not_read(owners: Program, resource: UUID) -> None:
    five_megabytes = b"<D:propfind xmlns:D='DAV:'>" + b" " * 5_000_000
    refused = await owners.ask("PROPFIND", "/dav/", five_megabytes, Depth="0")
    assert (refused.status_code, condition(refused)[0]) == (413, "max-resource-size")
    refused = await owners.put(owners.calendar(resource) + "a.ics", event("a@x", at(9), summary="x" * 300_000))
    assert refused.status_code == 413


async def test_deep_and_wide_bodies_are_refused(owners: Program) -> None:
    for body in ("<a>" * 5000 + "</a>" * 5000, "<a>" + "<b/>" * 40_000 + "</a>"):
        refused = await owners.ask("PROPFIND", "/dav/", body, Depth="0")
        assert (refused.status_code, condition(refused)[0]) == (403, "max-elements")


async def test_what_is_no_xml_is_400_as_webdav_wants(owners: Program) -> None:
    for body in ("<a", "\x00", "<?xml encoding='x'?>"):
        refused = await owners.ask("PROPFIND", "/dav/", body, Depth="0")
        assert refused.status_code == 400
        assert condition(refused)[1]


async def test_what_is_encoded_is_415_for_every_method(owners: Program, resource: UUID) -> None:
    path = owners.calendar(resource)
    for method, address in (("PROPFIND", path), ("REPORT", path), ("PROPPATCH", path), ("PUT", path + "a.ics")):
        refused = await owners.ask(method, address, gzip.compress(event("a@x", at(9))), Content_Encoding="gzip")
        assert refused.status_code == 415, method
        assert condition(refused)[1]
    assert (await owners.put(path + "a.ics", event("a@x", at(9)), Content_Encoding="Identity")).status_code == 201


async def test_a_put_is_never_400(owners: Program, resource: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that meets 400 gives up: DAVx5 synchronises nothing any more, because of one event."""
    path = owners.calendar(resource) + "a.ics"
    part = await owners.put(path, event("a@x", at(9)), Content_Range="bytes 0-9/99")

    async def unreadable(*_: object, **__: object) -> None:
        b"\xff".decode()

    monkeypatch.setattr(put, "put", unreadable)
    for refused in (part, await owners.put(path, event("a@x", at(9)))):
        assert (refused.status_code, condition(refused)[0]) == (403, "valid-calendar-data")


async def test_a_report_without_a_body_is_one_that_is_not_known(owners: Program, resource: UUID) -> None:
    refused = await owners.ask("REPORT", owners.calendar(resource))
    assert (refused.status_code, condition(refused)[0]) == (403, "supported-report")


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=5", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9;COUNT=10000"],
)
async def test_what_repeats_too_often_is_refused(owners: Program, resource: UUID, rule: str) -> None:
    refused = await owners.put(owners.calendar(resource) + "a.ics", event("a@x", at(9), 0.1, f"RRULE:{rule}"))
    assert (refused.status_code, condition(refused)[0]) == (403, "max-instances")
    assert await db.fetchval("SELECT count(*) FROM claim WHERE resource_id = $1", resource) == 0


async def test_a_rule_that_never_comes_true_is_ended_and_holds_nothing_up(
    owners: Program, resource: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = event("a@x", at(9), 1, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
    monkeypatch.setattr(occurrences, "WALL_SECONDS", 0.05)  # the process is ended before it can have begun
    refused = await owners.put(owners.calendar(resource) + "a.ics", never)
    assert (refused.status_code, condition(refused)[0]) == (403, "max-instances")


async def test_files_that_make_no_sense_are_refused(owners: Program, resource: UUID) -> None:
    good = event("a@x", at(9)).decode()
    start = f"DTSTART:{stamp(at(9))}"
    for said, data in (
        ("valid-calendar-data", "hello"), ("valid-calendar-data", ""),
        ("valid-calendar-data", good.replace("END:VEVENT\r\n", "")),
        ("valid-calendar-data", good.replace("保养", "a\x00b")),
        ("valid-calendar-data", good.replace(start, "DTSTART:x")),
        ("valid-calendar-data", good.replace(start, f"DTSTART:{stamp(at(50))}")),
        ("valid-calendar-data", good.replace(start, f"DTSTART;TZID=GMT+15:{DAY:%Y%m%d}T090000")),
        ("valid-calendar-object-resource", good.replace("UID:a@x\r\n", "")),
        ("valid-calendar-object-resource", good.replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST")),
        ("supported-calendar-component", good.replace("VEVENT", "VJOURNAL")),
        ("max-date-time", good.replace(f"DTEND:{stamp(at(10))}", "DTEND:99990101T000000Z")),
    ):  # fmt: skip
        refused = await owners.put(owners.calendar(resource) + "a.ics", data.encode())
        assert 400 <= refused.status_code < 500, data
        assert condition(refused)[0] == said, data


async def test_zones_that_one_file_brings_along_are_not_those_of_the_next(owners: Program, resource: UUID) -> None:
    for name, offset, day in (("a", "+0800", 1), ("b", "-0500", 2), ("c", "+0800", 3)):
        zone = (
            "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
            f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
        local = f"{at(24 * day):%Y%m%d}T090000"
        data = event(f"{name}@x", at(24 * day + 9)).decode().replace("BEGIN:VEVENT", zone + "BEGIN:VEVENT", 1)
        lines = [one for one in data.splitlines() if not one.startswith("DTEND")]
        lines = [f"DTSTART;TZID=Customized Time Zone:{local}\r\nDURATION:PT1H" if one.startswith("DTSTART:2") else one
                 for one in lines]  # fmt: skip
        made = await owners.put(owners.calendar(resource) + f"{name}.ics", "\r\n".join(lines).encode())
        assert made.status_code == 201, made.text
    sql = "SELECT lower(during) AS s FROM live_claims WHERE resource_id = $1 ORDER BY 1"
    assert [row["s"] for row in await db.fetch(sql, resource)] == [at(24 + 1), at(48 + 14), at(72 + 1)]


CLEAR = "DTSTART;TZID=Asia/Shanghai:{day}T090000\r\nDTEND;TZID=Asia/Shanghai:{day}T100000\r\n"
UNCLEAR = {
    "an empty EXDATE": "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:",
    "EXDATE with a comma at its end": "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:{day}T010000Z,",
    "garbage in EXDATE": "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:garbage",
    "garbage in RDATE": "RDATE:garbage",
    "garbage in a period": "RDATE;VALUE=PERIOD:{day}T010000Z/garbage",
    "a period without an end": "RDATE;VALUE=PERIOD:{day}T010000Z/",
    "INTERVAL=0": "RRULE:FREQ=DAILY;INTERVAL=0",
    "COUNT=0": "RRULE:FREQ=DAILY;COUNT=0",
    "a rule of nothing": "RRULE:",
    "BYDAY that is none": "RRULE:FREQ=MONTHLY;BYDAY=0WE",
    "WKST that is none": "RRULE:FREQ=WEEKLY;WKST=ZZ",
    "another calendar": "RRULE:RSCALE=CHINESE;FREQ=YEARLY",
    "RECURRENCE-ID of nothing": "RECURRENCE-ID:garbage",
    "a length beside the end that is none": "DURATION:PT",
    "two starts": "DTSTART:{day}T050000Z",
}


@pytest.mark.parametrize("lines", UNCLEAR.values(), ids=UNCLEAR)
async def test_what_is_not_understood_is_refused_with_its_reason(owners: Program, resource: UUID, lines: str) -> None:
    day = f"{DAY:%Y%m%d}"
    data = unclear((CLEAR + lines).format(day=day))
    refused = await owners.put(owners.calendar(resource) + "a.ics", data)
    assert refused.status_code == 403
    kind, said = condition(refused)
    assert kind in ("valid-calendar-data", "max-instances")
    assert said
    assert await db.fetchval("SELECT count(*) FROM dav_object WHERE resource_id = $1", resource) == 0


async def test_without_a_look_at_its_rule_an_interval_of_nothing_would_keep_a_process_busy(
    owners: Program, resource: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: what is refused at once would otherwise go to a process that has to be ended."""
    began: list[bytes] = []

    async def apart(data: bytes, asked: object) -> occurrences.Told:
        began.append(data)
        return occurrences.Told(error="it takes too long")

    monkeypatch.setattr(occurrences, "_apart", apart)
    data = unclear((CLEAR + "RRULE:FREQ=DAILY;INTERVAL=0").format(day=f"{DAY:%Y%m%d}"))
    await owners.put(owners.calendar(resource) + "a.ics", data)
    assert not began
    monkeypatch.setattr(calendar_file, "_refuse_unclear", lambda data, zone: None)
    await owners.put(owners.calendar(resource) + "a.ics", data)
    assert began


async def test_a_fold_may_stand_within_a_character(owners: Program, resource: UUID) -> None:
    whole = event("a@x", at(9), summary="保养" * 10)
    at_byte = whole.index("保养".encode()) + 1
    data = whole[:at_byte] + b"\r\n " + whole[at_byte:]
    path = owners.calendar(resource) + "a.ics"
    made = await owners.put(path, data)
    assert made.status_code == 201, made.text
    assert (await owners.ask("GET", path)).content == data
    query = (
        f"<C:calendar-query {NAMESPACES}><D:prop><C:calendar-data/></D:prop>"
        '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>'
    )
    [one] = responses(await owners.ask("REPORT", owners.calendar(resource), query, Depth="1"))
    assert "保养" * 10 in (text(one, "C:calendar-data") or "")


def unclear(lines: str) -> bytes:
    head, _, _ = event("a@x", at(9)).partition(b"DTSTART")
    return head + lines.encode() + b"\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
