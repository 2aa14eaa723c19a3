"""What calendars of strangers say is busy, as instants."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar.timezone import tzp

from server.calendars.ics_prefilter import Unreadable
from server.foreign.expand import expand
from server.foreign.schemas import Found
from tests.foreign import files

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(*events: str, head: str = "", zone: ZoneInfo = SHANGHAI, titles: bool = False) -> Found:
    content = files.calendar(*events, head=head)
    return expand(content, zone=zone, now=NOW, own_host="rongtong.test", titles=titles)


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
    "an end before the start": ("DTSTART:20261101T080000Z\nDTEND:20261101T070000Z", []),
}  # fmt: skip


@pytest.mark.parametrize(("event", "expected"), EVENTS.values(), ids=EVENTS)
def test_what_counts_as_busy(event: str, expected: list[str]) -> None:
    assert spans(event) == expected


def test_an_end_before_the_start_is_shown() -> None:
    assert read("DTSTART:20261101T080000Z\nDTEND:20261101T070000Z").wrong == 1


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


def test_our_own_events_are_recognised() -> None:
    own = "BEGIN:VEVENT\nUID:0193@rongtong.test\nDTSTART:20261101T080000Z\nDURATION:PT1H\nEND:VEVENT\n"
    found = read(head=own + own.replace("0193@rongtong.test", "0193@elsewhere.test\nX-RONGTONG-OWN:0193"))
    assert (found.own, [one.own for one in found.busy]) == (1, ["0193", ""])


def test_floating_times_are_in_the_zone_of_the_calendar() -> None:
    head = "X-WR-TIMEZONE:America/New_York\n"
    assert spans("DTSTART:20261102T080000\nDURATION:PT1H", head=head) == ["11-02 13:00 11-02 14:00"]


UNKNOWN = ["(UTC+08:00) Beijing", "GMT+8", "Customized Time Zone", "tzone://Microsoft/Custom", "Asia", "x" * 300]


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


def test_without_forgetting_it_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    named = "DTSTART;TZID=Customized Time Zone:20261102T120000\nDURATION:PT1H"
    first = spans(named, head=files.CUSTOM.format(offset="+0800"))
    monkeypatch.setattr(tzp, "use", lambda provider: None)
    assert spans(named, head=files.CUSTOM.format(offset="-0500")) == first


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
    "not closed": GOOD.replace(b"END:VEVENT\r\n", b""),
    "not UTF-8": GOOD.replace(b"elsewhere", b"\xff\xfe"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "too large": GOOD.replace(b"elsewhere", b"e" * 11 * 1024 * 1024),
    "a line of more than 1 MB": GOOD.replace(b"elsewhere", b"e" * 1024 * 1024 + b"e"),
    "a folded line of more than 1 MB": GOOD.replace(b"elsewhere", b"\r\n ".join([b"e" * 70] * 20_000)),
    "too many lines": GOOD.replace(b"END:VEVENT", b"X-A:1\r\n" * 10_001 + b"END:VEVENT"),
    "too many components": GOOD.replace(b"END:VCALENDAR", b"BEGIN:VTODO\r\nEND:VTODO\r\n" * 50_001 + b"END:VCALENDAR"),
    "every second": files.calendar("DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY"),
    "every second in February's thirtieth": files.calendar(
        "DTSTART:19700101T000000Z\nRRULE:BYMONTHDAY=30;BYMONTH=2;FREQ=SECONDLY"
    ),
    "every minute": files.calendar("DTSTART:19700101T000000Z\nRRULE;X=1:freq=minutely"),
    "every hour": files.calendar("DTSTART:19700101T000000Z\nRRULE:FREQ=HOURLY"),
    "every minute, folded": files.calendar("DTSTART:19700101T000000Z\nRRULE:FREQ=MINU\n TELY"),
    "100,000 dates": files.calendar("DTSTART:20261101T080000Z\nRDATE:" + ",".join(["20261101T080000Z"] * 100_000)),
    "more instances than anybody has": files.calendar(
        f"DTSTART:20261001T000000Z\nDURATION:PT1M\nRRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))}"
    ),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        expand(content, zone=SHANGHAI, now=NOW, own_host="x", titles=False)


def test_a_byte_order_mark_and_lines_in_other_ways_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace(b"\r\n", b"\n")
    assert len(expand(content, zone=SHANGHAI, now=NOW, own_host="x", titles=False).busy) == 1
