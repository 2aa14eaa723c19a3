"""A property of the reader: a good event with one character spoilt is as busy as before, or more, or its line is said.

Digits become nothing but what is no digit: another date is another event, which no reader can tell.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.calendars.reading import vevent
from server.calendars.reading.content import Unreadable
from server.calendars.reading.expansion import Found, expand
from server.calendars.reading.moments import Length
from server.core.spans import Span, merged
from tests.foreign import files

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = Span(NOW, NOW + timedelta(days=60))
EVENTS = [
    "DTSTART:20261202T010000Z\nDTEND:20261202T020000Z\nSUMMARY:a: b; c",
    "DTSTART;TZID=Asia/Shanghai:20261202T090000\nDTEND;TZID=Asia/Shanghai:20261202T100000\nDESCRIPTION:x",
    "DTSTART;TZID=Europe/Berlin:20261202T090000\nDURATION:P1DT2H\nTRANSP:OPAQUE\nSTATUS:CONFIRMED",
    "DTSTART;VALUE=DATE:20261202\nDTEND;VALUE=DATE:20261204",
    "DTSTART:20261202T010000Z\nDTEND:20261202T020000Z\nRRULE:FREQ=WEEKLY;BYDAY=WE,FR;UNTIL=20261220T000000Z",
    "DTSTART:20261202T010000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=9\nEXDATE:20261203T010000Z,20261204T010000Z",
    "DTSTART:20261202T010000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20261210T010000Z/PT4H,20261211T010000Z/PT1H",
    "DTSTART;TZID=Customized Time Zone:20261202T090000\nDTEND;TZID=Customized Time Zone:20261202T100000",
    "DTSTART:20261202T010000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\nRRULE:FREQ=MONTHLY;BYDAY=1WE",
]
SPOILT = "Q!?:;,\"= \t/\\-'äé\r\n"


def read(content: str) -> Found:
    return expand(content.encode(), zone=ZoneInfo("Asia/Shanghai"), window=WINDOW)


def busy(found: Found) -> set[Span]:
    return {Span(*one) for one in merged(Span(one.starts_at, one.ends_at) for one in found.busy)}


def covered(before: Found, after: Found) -> bool:
    spans = busy(after)
    return all(any(span.starts_at <= one.starts_at and one.ends_at <= span.ends_at for span in spans)
               for one in busy(before))  # fmt: skip


def calendar(event: str) -> str:
    return files.calendar(event, head=files.CUSTOM.format(offset="+0800")).decode()


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, str]:
    good = calendar(draw(st.sampled_from(EVENTS)))
    first = good.index("BEGIN:VEVENT")
    at = draw(st.integers(first, len(good) - 1))
    how = draw(st.sampled_from(["put", "in place", "gone"]))
    one = draw(st.sampled_from(SPOILT))
    if good[at] == "Z" or (good[at] in "0123456789" and good[at - 1] in "=-+"):
        how = "put"  # UTC, a count, the number of a weekday: without it another event is said, and rightly
    return good, {"put": good[:at] + one + good[at:], "in place": good[:at] + one + good[at + 1 :],
                  "gone": good[:at] + good[at + 1 :]}[how]  # fmt: skip


def keeps_its_time(good: str, bad: str) -> bool:
    try:
        after = read(bad)
    except Unreadable:  # what was read before stands, and its owner is told
        return True
    return covered(read(good), after) or bool(after.findings)


@given(spoilt())
@settings(max_examples=500, deadline=None)
def test_one_spoilt_character_frees_nothing_in_silence(both: tuple[str, str]) -> None:
    assert keeps_its_time(*both), repr(both[1])


def test_every_character_of_a_good_event_can_go() -> None:
    """Each character of one event, taken away and spoilt: nothing is drawn by luck."""
    good = calendar(EVENTS[4])
    first = good.index("BEGIN:VEVENT")
    for at in range(first, len(good)):
        for one in ("", "Q", ":", " ") if good[at] != "Z" else ("Q", ":"):
            bad = good[:at] + one + good[at + 1 :]
            assert keeps_its_time(good, bad), bad


def test_without_a_day_for_an_end_that_cannot_be_read_time_would_be_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the time is covered by what stands in for the end, not by luck."""
    good = calendar(EVENTS[0])
    bad = good.replace("DTEND:2026", "DTEND:Q026")
    assert covered(read(good), read(bad))
    monkeypatch.setattr(vevent, "A_DAY", Length())
    assert not covered(read(good), read(bad))
