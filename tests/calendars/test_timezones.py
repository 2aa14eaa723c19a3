"""Time zones as calendar programs read them, held against zoneinfo with a reader of our own."""

import zoneinfo
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from server.calendars.timezones import vtimezone

FIRST, LAST = datetime(2026, 1, 1), datetime(2041, 1, 1)  # noqa: DTZ001


@pytest.fixture(params=["system", "package"])
def _source(request: pytest.FixtureRequest) -> Iterator[None]:
    """The files of the system (that list every change until 2037) and of the tzdata package (that have rules)."""
    if request.param == "package":
        zoneinfo.reset_tzpath(to=[])
    ZoneInfo.clear_cache()
    vtimezone.cache_clear()
    yield
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()
    vtimezone.cache_clear()


def components(tzid: str, last_year: int = 2040) -> list[Any]:
    wrapped = b"BEGIN:VCALENDAR\r\n" + vtimezone(tzid, last_year) + b"END:VCALENDAR\r\n"
    [zone] = Calendar.from_ical(wrapped).walk("VTIMEZONE")
    assert zone["TZID"] == tzid
    return list(zone.subcomponents)


def onsets(tzid: str) -> list[tuple[datetime, timedelta]]:
    """Evaluate as RFC 5545 3.6.5 says: an onset is a wall clock time of the offset before it."""
    found = []
    for part in components(tzid):
        start, before, after = part["DTSTART"].dt, part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td
        moments = [start]
        if "RRULE" in part:
            rule = rrulestr(part["RRULE"].to_ical().decode(), dtstart=start)
            moments = rule.between(datetime(2024, 1, 1), LAST, inc=True)  # noqa: DTZ001
            assert start in moments or start > LAST, "DTSTART must be an instance of its rule"
        found += [(moment - before, after) for moment in moments]
    return sorted(found)


@pytest.mark.usefixtures("_source")
def test_every_offset_of_every_zone_until_2040_is_right() -> None:
    for tzid in sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}):
        zone, told = ZoneInfo(tzid), onsets(tzid)
        moments = [moment for moment, _ in told]
        asked = [FIRST + timedelta(days=day) for day in range(0, (LAST - FIRST).days, 5)]
        asked += [m + s for m in moments for s in (timedelta(0), -timedelta(seconds=1)) if FIRST <= m < LAST]
        for moment in asked:
            offset = told[bisect_right(moments, moment) - 1][1]
            assert offset == moment.replace(tzinfo=UTC).astimezone(zone).utcoffset(), (tzid, moment)


@pytest.mark.parametrize(
    ("tzid", "rules"),
    [
        ("Europe/Berlin", ["BYMONTH=3;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU"]),
        ("America/New_York", ["BYMONTH=3;BYDAY=2SU", "BYMONTH=11;BYDAY=1SU"]),
        ("Australia/Sydney", ["BYMONTH=4;BYDAY=1SU", "BYMONTH=10;BYDAY=1SU"]),
        # Hours beyond the day move the weekday: 26:00 on the fourth Thursday, -1:00 on the last Sunday, 24:00.
        ("Asia/Jerusalem", ["BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR", "BYMONTH=10;BYDAY=-1SU"]),
        ("America/Nuuk", ["BYMONTH=3;BYMONTHDAY=24,25,26,27,28,29,30;BYDAY=SA", "BYMONTH=10;BYDAY=-1SU"]),
        (
            "Africa/Cairo",
            [
                "BYMONTH=4;BYDAY=-1FR",
                "BYMONTH=10;BYMONTHDAY=26,27,28,29,30,31;BYDAY=FR",
                "BYMONTH=11;BYMONTHDAY=1;BYDAY=FR",
            ],
        ),
        ("Asia/Shanghai", []),
    ],
)
def test_rules_are_yearly_weekdays(tzid: str, rules: list[str]) -> None:
    text = vtimezone(tzid, 2027).decode()
    assert [line.removeprefix("RRULE:FREQ=YEARLY;") for line in text.split("\r\n") if "RRULE" in line] == rules
    assert text == vtimezone(tzid, 2199).decode()


def test_a_fixed_zone_is_one_standard_without_a_rule() -> None:
    [part] = components("Asia/Shanghai")
    assert part.name == "STANDARD"
    assert part["TZOFFSETFROM"].td == part["TZOFFSETTO"].td == timedelta(hours=8)


def test_the_first_onset_is_told_in_the_time_before_it() -> None:
    daylight = next(part for part in components("Europe/Berlin") if part.name == "DAYLIGHT")
    assert daylight["DTSTART"].dt == datetime(2025, 3, 30, 2)  # noqa: DTZ001
    assert daylight["TZOFFSETFROM"].td == timedelta(hours=1)


def test_a_zone_without_a_rule_lists_its_changes_as_far_as_they_are_needed() -> None:
    until_2027, until_2028 = components("Asia/Gaza", 2027), components("Asia/Gaza", 2028)
    assert len(until_2028) == len(until_2027) + 2
    assert not any("RRULE" in part for part in until_2028)
