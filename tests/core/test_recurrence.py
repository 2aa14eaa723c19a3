"""Recurrence rules, beside python-dateutil as an independent reader of RFC 5545."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.core.recurrence import LONGEST, NoSuchTime, days, instant, parse, starts

MONDAY = datetime.fromisoformat("2027-03-01T09:00")
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")

weekday = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
month_days = st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=4)


@st.composite
def rules(draw: st.DrawFn) -> str:
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.integers(1, 5))}"]
    by = []
    if draw(st.booleans()):
        by.append("BYMONTH=" + ",".join(map(str, draw(st.lists(st.integers(1, 12), min_size=1, max_size=4)))))
    if freq != "WEEKLY" and draw(st.booleans()):
        by.append("BYMONTHDAY=" + ",".join(map(str, draw(month_days))))
    if draw(st.booleans()):
        numbers = ["", "1", "2", "-1", "5"] if freq in ("MONTHLY", "YEARLY") else [""]
        nth = draw(st.sampled_from(numbers))  # dateutil takes MO,1MO for both at once
        by.append("BYDAY=" + ",".join(f"{nth}{day}" for day in draw(st.lists(weekday, min_size=1, max_size=3))))
    if by and freq != "WEEKLY" and draw(st.booleans()):  # dateutil counts in the first week from its start only
        by.append(f"BYSETPOS={draw(st.sampled_from([1, 2, -1, -2]))}")
    return ";".join(parts + by)


@settings(deadline=None, max_examples=100)
@given(rules(), st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_the_days_are_those_of_dateutil(text: str, first: date) -> None:
    last = first + LONGEST
    later = days(parse(f"{text};COUNT=1"), first, last + 12 * LONGEST)
    assume(any(day > last for day in later))  # where nothing follows, dateutil looks on until the year 9999
    start = datetime.combine(first, MONDAY.time())
    until = datetime.combine(last, MONDAY.time())
    found = rrulestr(f"{text};UNTIL={until:%Y%m%dT%H%M%S}", dtstart=start)
    expected = [one.date() for one in found.between(start, until, inc=True)]
    assert list(days(parse(f"{text};COUNT=1"), first, last)) == expected


@settings(max_examples=60)
@given(rules())
def test_a_rule_is_written_as_it_was_read(text: str) -> None:
    rule = parse(f"{text};COUNT=3")
    assert parse(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        "", "FREQ=WEEKLY", "FREQ=HOURLY;COUNT=2", "FREQ=DAILY;COUNT=2;UNTIL=20270401", "FREQ=DAILY;COUNT=367",
        "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=2;BYHOUR=9", "FREQ=DAILY;COUNT=2;WKST=SU", "FREQ=DAILY;COUNT=2;COUNT=3",
        "FREQ=DAILY;COUNT=2,3", "FREQ=DAILY;UNTIL=20270401T090000", "FREQ=DAILY;UNTIL=20270231", "FREQ=DAILY;COUNT=٣",
        "FREQ=WEEKLY;COUNT=2;BYDAY=2MO", "FREQ=WEEKLY;COUNT=2;BYDAY=XX", "FREQ=WEEKLY;COUNT=2;BYMONTHDAY=1",
        "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=0", "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=32", "FREQ=DAILY;COUNT=2;BYSETPOS=1",
        "FREQ=DAILY;INTERVAL=0;COUNT=2", "FREQ=YEARLY;COUNT=2;BYMONTH=13", "COUNT=2", "nonsense", "FREQ=DAILY;;COUNT=2",
    ],
)  # fmt: skip
def test_what_is_no_rule_of_ours_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert refused.value.members["field"] == "rule"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", "the first one is 2027-03-02"),
        ("FREQ=YEARLY;COUNT=5", "1100 days"),
        ("FREQ=DAILY;UNTIL=20280901", "366 occurrences"),
        ("FREQ=MONTHLY;UNTIL=20500101", "1100 days"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "no time of the rule"),
        ("FREQ=DAILY;UNTIL=20270228", "no time of the rule"),
    ],
)
def test_what_leads_nowhere_is_refused(text: str, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        starts(parse(text), MONDAY, SHANGHAI)


def test_until_is_the_last_day_or_the_last_instant() -> None:
    by_day = starts(parse("FREQ=DAILY;UNTIL=20270303"), MONDAY, SHANGHAI)
    assert [start.day for start in by_day] == [1, 2, 3]
    exactly = starts(parse("FREQ=DAILY;UNTIL=20270303T010000Z"), MONDAY, SHANGHAI)
    assert exactly == by_day
    before = starts(parse("FREQ=DAILY;UNTIL=20270303T005959Z"), MONDAY, SHANGHAI)
    assert before == by_day[:2]


def test_a_skipped_wall_clock_time_names_the_next_that_is() -> None:
    with pytest.raises(NoSuchTime) as refused:
        instant(datetime.fromisoformat("2027-03-28T02:30"), BERLIN)
    assert refused.value.members["earliest"] == "2027-03-28T03:00:00+02:00"


def test_a_wall_clock_time_that_comes_twice_is_the_first() -> None:
    moment = instant(datetime.fromisoformat("2027-10-31T02:30"), BERLIN)
    assert moment.utcoffset() == timedelta(hours=2)
