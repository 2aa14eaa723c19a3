"""What calendars of strangers say is busy, as instants."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.calendars.reading import expansion, zones
from server.calendars.reading.content import Unreadable
from server.calendars.reading.expansion import Found, expand
from server.core.spans import Span, merged
from tests.foreign import files

NOW = datetime(2026, 10, 1, tzinfo=UTC)
WINDOW = Span(NOW, NOW + timedelta(days=400))
SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(*events: str, head: str = "", zone: ZoneInfo = SHANGHAI, titles: bool = False) -> Found:
    content = files.calendar(*events, head=head)
    return expand(content, zone=zone, window=WINDOW, own_host="rongtong.test", titles=titles)


def spans(*events: str, **more: Any) -> list[str]:
    return [f"{one.starts_at:%m-%d %H:%M} {one.ends_at:%m-%d %H:%M}" for one in read(*events, **more).busy]


BERLIN = "DTSTART;TZID=Europe/Berlin:20261024T220000"
EVENTS = {
    "UTC": ("DTSTART:20261101T080000Z\nDTEND:20261101T090000Z", ["11-01 08:00 11-01 09:00"]),
    "a zone": ("DTSTART;TZID=Asia/Tokyo:20261101T080000\nDURATION:PT1H", ["10-31 23:00 11-01 00:00"]),
    "floating: the zone of the resource": ("DTSTART:20261101T080000\nDURATION:PT1H", ["11-01 00:00 11-01 01:00"]),
    "a Windows name": (
        "DTSTART;TZID=W. Europe Standard Time:20261101T080000\nDURATION:PT1H", ["11-01 07:00 11-01 08:00"],
    ),
    "a vendor's prefix": (
        "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20261101T080000\nDURATION:PT1H",
        ["11-01 07:00 11-01 08:00"],
    ),
    "all day: the local day of the resource": ("DTSTART;VALUE=DATE:20261105", ["11-04 16:00 11-05 16:00"]),
    "three days": (
        "DTSTART;VALUE=DATE:20261105\nDTEND;VALUE=DATE:20261108", ["11-04 16:00 11-07 16:00"],
    ),
    "eight hours over the change of clocks": (f"{BERLIN}\nDURATION:PT8H", ["10-24 20:00 10-25 04:00"]),
    "the same, repeated": (
        f"{BERLIN}\nDURATION:PT8H\nRRULE:FREQ=DAILY;COUNT=2", ["10-24 20:00 10-25 04:00", "10-25 21:00 10-26 05:00"],
    ),
    "an end on the wall clock, exact in each instance": (
        f"{BERLIN}\nDTEND;TZID=Europe/Berlin:20261025T060000\nRRULE:FREQ=DAILY;COUNT=2",
        ["10-24 20:00 10-25 05:00", "10-25 21:00 10-26 06:00"],
    ),
    "a time that the clocks skip": (
        "DTSTART;TZID=Europe/Berlin:20270328T023000\nDURATION:PT1H", ["03-28 01:30 03-28 02:30"],
    ),
    "an instance left out by its day": (
        "DTSTART:20261101T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE;VALUE=DATE:20261101",
        ["11-02 08:00 11-02 09:00"],
    ),
    "one more date": (
        "DTSTART:20261101T080000Z\nDURATION:PT1H\nRDATE:20261103T100000Z",
        ["11-01 08:00 11-01 09:00", "11-03 10:00 11-03 11:00"],
    ),
    "began before, is still going on": (
        "DTSTART:20260920T000000Z\nDTEND:20261010T000000Z", ["09-20 00:00 10-10 00:00"],
    ),
    "over": ("DTSTART:20200101T000000Z\nDTEND:20200101T010000Z", []),
    "beyond the horizon": ("DTSTART:20300101T000000Z\nDTEND:20300101T010000Z", []),
    "no end: no time": ("DTSTART:20261101T080000Z", []),
    "free": ("DTSTART:20261101T080000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", []),
    "cancelled": ("DTSTART:20261101T080000Z\nDURATION:PT1H\nSTATUS:CANCELLED", []),
    "shown as free by Outlook": (
        "DTSTART:20261101T080000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", [],
    ),
    "began before, by its length": ("DTSTART:20260701T000000Z\nDURATION:P120D", ["07-01 00:00 10-29 00:00"]),
    "a day over the change of clocks is one of the calendar": (
        "DTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:P1D", ["10-24 10:00 10-25 11:00"],
    ),
    "an end before the start: a day": (
        "DTSTART:20261101T080000Z\nDTEND:20261101T070000Z", ["11-01 08:00 11-02 08:00"],
    ),
    "a start that cannot be read: the day before the end": (
        "DTSTART:2026110T080000Z\nDTEND:20261101T090000Z", ["10-31 09:00 11-01 09:00"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("event", "expected"), EVENTS.values(), ids=EVENTS)
def test_what_counts_as_busy(event: str, expected: list[str]) -> None:
    assert spans(event) == expected


def test_what_is_not_understood_is_said_by_its_line() -> None:
    found = read("DTSTART:20261101T080000Z\nDTEND:20261101T070000Z\nSUMMARY:canary 20261101")
    assert [(one.line, one.kind, one.text) for one in found.findings] == [(7, "end", "DTEND:20261101T070000Z")]
    found = read("DTSTART:2026\nNOTE:canary 20261101")
    assert [(one.line, one.kind, one.text) for one in found.findings] == [
        (6, "start", "DTSTART:2026"),
        (7, "unknown", ""),
    ]
    assert found.wrong == 1


def test_an_exception_moves_and_another_cancels_one_instance() -> None:
    rule = "BEGIN:VEVENT\nUID:s\nDTSTART:20261101T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n"
    moved = "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID:20261102T080000Z\nDTSTART:20261102T120000Z\nDURATION:PT2H\nEND:VEVENT\n"
    gone = (
        "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID:20261103T080000Z\nDTSTART:20261103T080000Z\nDURATION:PT1H\n"
        "STATUS:CANCELLED\nEND:VEVENT\n"
    )
    assert spans(head=rule + moved + gone) == ["11-01 08:00 11-01 09:00", "11-02 12:00 11-02 14:00"]


def test_all_that_follow_can_move() -> None:
    rule = "BEGIN:VEVENT\nUID:s\nDTSTART:20261101T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n"
    later = (
        "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261102T080000Z\nDTSTART:20261102T100000Z\n"
        "DURATION:PT2H\nEND:VEVENT\n"
    )
    assert spans(head=rule + later) == [
        "11-01 08:00 11-01 09:00", "11-02 10:00 11-02 12:00", "11-03 10:00 11-03 12:00",
    ]  # fmt: skip


@pytest.mark.parametrize("start", ["20260601T080000Z", "20280601T080000Z"])
def test_what_a_move_of_all_that_follow_brings_from_afar_is_busy(start: str) -> None:
    """Long over, or far ahead: only where it was moved to is within what is looked at."""
    rule = "BEGIN:VEVENT\nUID:s\nDTSTART:{}\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\nEND:VEVENT\n"
    later = (
        "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID;RANGE=THISANDFUTURE:{}\nDTSTART:20261013T080000Z\n"
        "DURATION:PT1H\nEND:VEVENT\n"
    )
    told = spans(head=rule.format(start) + later.format(start))
    assert told == ["10-13 08:00 10-13 09:00", "10-20 08:00 10-20 09:00", "10-27 08:00 10-27 09:00"]


def test_our_own_events_are_recognised() -> None:
    own = "BEGIN:VEVENT\nUID:0193@rongtong.test\nDTSTART:20261101T080000Z\nDURATION:PT1H\nEND:VEVENT\n"
    found = read(head=own + own.replace("0193@rongtong.test", "0193@elsewhere.test\nX-RONGTONG-OWN:0193"))
    assert (found.own, [one.own for one in found.busy]) == (1, ["0193", ""])


def test_floating_times_are_in_the_zone_of_the_calendar() -> None:
    head = "X-WR-TIMEZONE:America/New_York\n"
    assert spans("DTSTART:20261102T080000\nDURATION:PT1H", head=head) == ["11-02 13:00 11-02 14:00"]


UNKNOWN = ["(UTC+01:00) Somewhere", "GMT+15", "Customized Time Zone", "tzone://Microsoft/Custom", "Asia", "x" * 300]


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_zone_blocks_all_that_it_may_mean(name: str) -> None:
    found = read(f'DTSTART;TZID="{name}":20261101T080000\nDTEND;TZID="{name}":20261101T090000')
    assert found.doubtful_zones == [name[:100]]
    (one,) = found.busy
    assert one.doubtful
    for offset in (-12, 0, 14):
        start = datetime(2026, 11, 1, 8, tzinfo=UTC) - timedelta(hours=offset)
        assert one.starts_at <= start
        assert one.ends_at >= start + timedelta(hours=1)


def test_a_zone_that_the_file_brings_along_counts_also_when_it_comes_last() -> None:
    named = "DTSTART;TZID=Customized Time Zone:20261101T080000\nDURATION:PT1H"
    zone = files.CUSTOM.format(offset="-0500")
    assert spans(named, head=zone) == ["11-01 13:00 11-01 14:00"]
    event = f"BEGIN:VEVENT\nUID:x\n{named}\nEND:VEVENT\n"
    assert spans(head=event + zone) == ["11-01 13:00 11-01 14:00"]


def test_a_zone_that_lies_about_a_known_name_is_not_believed() -> None:
    lying = files.CUSTOM.format(offset="-1100").replace("Customized Time Zone", "Europe/Berlin")
    assert spans("DTSTART;TZID=Europe/Berlin:20261101T080000\nDURATION:PT1H", head=lying) == ["11-01 07:00 11-01 08:00"]


@pytest.mark.parametrize("offsets", [("+0800", "-0500"), ("-0500", "+0800")])
def test_what_one_file_calls_a_zone_means_nothing_for_the_next(offsets: tuple[str, str]) -> None:
    named = "DTSTART;TZID=Customized Time Zone:20261102T120000\nDURATION:PT1H"
    told = [spans(named, head=files.CUSTOM.format(offset=offset))[0] for offset in offsets]
    by_offset = {"+0800": "11-02 04:00 11-02 05:00", "-0500": "11-02 17:00 11-02 18:00"}
    assert told == [by_offset[offset] for offset in offsets]


NAMES = {
    "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi": ["11-01 00:00", "07-01 00:00"],
    "(UTC+08:00) Beijing": ["11-01 00:00", "07-01 00:00"],
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": ["11-01 07:00", "07-01 06:00"],
    "(UTC-08:00) Pacific Time (US & Canada)": ["11-01 16:00", "07-01 15:00"],
    "(UTC) Coordinated Universal Time": ["11-01 08:00", "07-01 08:00"],
    "china standard time": ["11-01 00:00", "07-01 00:00"],
    "W. Europe Standard Time": ["11-01 07:00", "07-01 06:00"],
    "UTC+08:00": ["11-01 00:00", "07-01 00:00"],
    "GMT+0800": ["11-01 00:00", "07-01 00:00"],
    "GMT+8": ["11-01 00:00", "07-01 00:00"],
    "-0500": ["11-01 13:00", "07-01 13:00"],
    "Etc/GMT+8": ["11-01 16:00", "07-01 16:00"],
    "tzone://Microsoft/Utc": ["11-01 08:00", "07-01 08:00"],
    "asia/shanghai": ["11-01 00:00", "07-01 00:00"],
}


@pytest.mark.parametrize("name", NAMES)
def test_zones_go_by_many_names(name: str) -> None:
    found = read(*(f'DTSTART;TZID="{name}":{day}T080000\nDURATION:PT1H' for day in ("20261101", "20270701")))
    assert [f"{one.starts_at:%m-%d %H:%M}" for one in found.busy] == NAMES[name]
    assert (found.doubtful_zones, found.findings) == ([], [])


def test_a_zone_of_two_meanings_in_one_calendar_is_doubtful() -> None:
    named = "DTSTART;TZID=Customized Time Zone:20261102T120000\nDURATION:PT1H"
    both = "".join(files.CUSTOM.format(offset=offset) for offset in ("+0800", "-0500"))
    assert [one.doubtful for one in read(named, head=both).busy] == [True]


def test_without_the_places_in_a_shown_name_its_zone_would_not_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the offset that Outlook shows is that of winter."""
    monkeypatch.setattr(zones, "_zones_of", lambda standard: ())
    event = 'DTSTART;TZID="(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna":20270701T080000\nDURATION:PT1H'
    assert read(event).doubtful_zones


def test_titles_are_kept_only_when_asked_for() -> None:
    event = "DTSTART:20261101T080000Z\nDURATION:PT1H\nSUMMARY:canary\nSTATUS:TENTATIVE"
    (one,) = read(event).busy
    assert (one.title, one.tentative) == ("", True)
    assert read(event, titles=True).busy[0].title == "canary"


GOOD = files.calendar("DTSTART:20261101T080000Z\nDURATION:PT1H")
BAD = {
    "HTML": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "nothing": b"",
    "broken off": GOOD[: len(GOOD) // 2],
    "broken off between events": GOOD.replace(b"END:VCALENDAR\r\n", b""),
    "no text": GOOD.replace(b"elsewhere", b"\x00"),
    "too large": GOOD.replace(b"elsewhere", b"e" * 11 * 1024 * 1024),
    "a line of more than 1 MB": GOOD.replace(b"elsewhere", b"e" * 1024 * 1024 + b"e"),
    "a folded line of more than 1 MB": GOOD.replace(b"elsewhere", b"\r\n ".join([b"e" * 70] * 20_000)),
    "too many lines": GOOD.replace(b"END:VEVENT", b"X-A:1\r\n" * 10_001 + b"END:VEVENT"),
    "too many components": GOOD.replace(b"END:VCALENDAR", b"BEGIN:VTODO\r\nEND:VTODO\r\n" * 50_001 + b"END:VCALENDAR"),
    "more events than anybody has": files.calendar(*["DTSTART:20261101T080000Z\nDURATION:PT1H"] * 20_001),
}
HORIZON = WINDOW.ends_at
TOO_MUCH = {
    "every second": ("DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY", "often", HORIZON),
    "every second in February's thirtieth": (
        "DTSTART:19700101T000000Z\nRRULE:BYMONTHDAY=30;BYMONTH=2;FREQ=SECONDLY", "often", HORIZON,
    ),
    "every minute, until then": (
        "DTSTART:19700101T000000Z\nRRULE;X=1:freq=minutely;until=20261201T000000Z", "often", NOW + timedelta(days=61),
    ),
    "every hour": ("DTSTART:19700101T000000Z\nRRULE:FREQ=HOURLY", "often", HORIZON),
    "every minute, folded": ("DTSTART:19700101T000000Z\nRRULE:FREQ=MINU\n TELY", "often", HORIZON),
    "20,000 dates": (
        "DTSTART:20261001T000000Z\nRDATE:" + ",".join(["20261101T080000Z"] * 20_000), "often", HORIZON,
    ),
    "every hour of a day": (
        f"DTSTART:20261001T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))}", "many",
        HORIZON,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("event", "kind", "until"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_too_much_to_count_blocks_all_its_time(event: str, kind: str, until: datetime) -> None:
    found = read(event, "DTSTART:20261101T080000Z\nDURATION:PT1H")
    assert [one.kind for one in found.findings] == [kind]
    joined = merged(Span(one.starts_at, one.ends_at) for one in found.busy)
    assert [(max(start, NOW), min(end, HORIZON)) for start, end in joined][:1] == [(NOW, until)]


NEVER = "DTSTART:20261001T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"


def test_a_rule_that_takes_too_long_blocks_its_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "WORK", 0.05)
    found = read(NEVER, "DTSTART:20261101T080000Z\nDURATION:PT2H")
    assert [one.kind for one in found.findings] == ["long"]
    assert len(found.busy) == 401


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("utf-16-le", ""), ("gbk", ""), ("gb18030", "iso-8859-1"),
        ("gb18030", "gb18030"), ("utf-8", "no such"), ("utf-8", "us-ascii"), ("gbk", "hex"),
    ],
)  # fmt: skip
def test_a_charset_is_read_as_marked_declared_or_judged(encoding: str, declared: str) -> None:
    content = (
        files.calendar("DTSTART:20261101T080000Z\nDURATION:PT1H\nSUMMARY:设备维护，下午").decode().encode(encoding)
    )
    [one] = expand(content, zone=SHANGHAI, window=WINDOW, titles=True, charset=declared).busy
    assert one.title == "设备维护，下午" or declared == "iso-8859-1"


@pytest.mark.parametrize("encoding", ["iso-8859-1", "cp1252"])
def test_latin_is_not_taken_for_chinese(encoding: str) -> None:
    content = files.calendar("DTSTART:20261101T080000Z\nDURATION:PT1H\nSUMMARY:Zugprüfung Müller").decode()
    [one] = expand(content.encode(encoding), zone=SHANGHAI, window=WINDOW, titles=True).busy
    assert one.title == "Zugprüfung Müller"


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        expand(content, zone=SHANGHAI, window=WINDOW)


def test_a_byte_order_mark_and_lines_in_other_ways_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace(b"\r\n", b"\n")
    assert len(expand(content, zone=SHANGHAI, window=WINDOW).busy) == 1
