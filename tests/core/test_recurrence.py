"""Recurrence rules, beside python-dateutil as an independent reader of RFC 5545."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.core.recurrence import LONGEST, NoSuchTime, days, instant, parse, starts, walls

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


WRITTEN = (
    "FREQ=DAILY;COUNT=3",
    "FREQ=DAILY;INTERVAL=2;UNTIL=20270303",
    "FREQ=WEEKLY;UNTIL=20270303T010203Z;BYDAY=MO,WE,SU",
    "FREQ=MONTHLY;COUNT=1;BYMONTH=2,12;BYMONTHDAY=-31,31",
    "FREQ=YEARLY;INTERVAL=1100;COUNT=366;BYDAY=-1MO,2MO,TU;BYSETPOS=-366,366",
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_rule_is_written_in_one_way(text: str) -> None:
    assert str(parse(text)) == text
    assert str(parse(f" rrule:{text.lower()} ")) == text


def test_what_is_said_in_any_order_is_kept_in_one() -> None:
    said = parse("BYDAY=5TU,4TU,2TU,-1MO,3TU,-2MO,1TU;COUNT=1;FREQ=YEARLY")
    assert str(said) == "FREQ=YEARLY;COUNT=1;BYDAY=-2MO,-1MO,1TU,2TU,3TU,4TU,5TU"


SUPPORTED = "FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS"
NO_UNTIL = "UNTIL must be a day such as 20270131 or an instant in UTC such as 20270131T090000Z"
REFUSED = {
    "": "'' is not `NAME=value`, or  stands twice",
    "nonsense": "'NONSENSE' is not `NAME=value`, or NONSENSE stands twice",
    "FREQ=DAILY;;COUNT=2": "'' is not `NAME=value`, or  stands twice",
    "FREQ=DAILY;COUNT=2;COUNT=3": "'COUNT=3' is not `NAME=value`, or COUNT stands twice",
    "FREQ=DAILY;COUNT=2=3": "COUNT must be a number from 1 to 366",
    "FREQ=DAILY;COUNT=2;BYHOUR=9": f"BYHOUR is not supported; use {SUPPORTED}",
    "FREQ=DAILY;COUNT=2;WKST=SU": f"WKST is not supported; use {SUPPORTED}",
    "COUNT=2": "FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY",
    "FREQ=HOURLY;COUNT=2": "FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY",
    "FREQ=WEEKLY": "say either COUNT (up to 366) or UNTIL",
    "FREQ=DAILY;COUNT=2;UNTIL=20270401": "say either COUNT (up to 366) or UNTIL",
    "FREQ=DAILY;COUNT=0": "COUNT must be a number from 1 to 366",
    "FREQ=DAILY;COUNT=367": "COUNT must be a number from 1 to 366",
    "FREQ=DAILY;COUNT=٣": "COUNT must be a number from 1 to 366",
    "FREQ=DAILY;COUNT=2,3": "COUNT must be one number other than 0",
    "FREQ=DAILY;INTERVAL=0;COUNT=2": "INTERVAL must be a number from 1 to 1100",
    "FREQ=DAILY;INTERVAL=1101;COUNT=2": "INTERVAL must be a number from 1 to 1100",
    "FREQ=DAILY;INTERVAL=2,3;COUNT=2": "INTERVAL must be one number other than 0",
    "FREQ=YEARLY;COUNT=2;BYMONTH=0": "BYMONTH must be numbers from 1 to 12",
    "FREQ=YEARLY;COUNT=2;BYMONTH=13": "BYMONTH must be numbers from 1 to 12",
    "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=0": "BYMONTHDAY must be numbers other than 0",
    "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=32": "BYMONTHDAY must be numbers from -31 to 31",
    "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=-32": "BYMONTHDAY must be numbers from -31 to 31",
    "FREQ=MONTHLY;COUNT=2;BYDAY=MO;BYSETPOS=-367": "BYSETPOS must be numbers from -366 to 366",
    "FREQ=MONTHLY;COUNT=2;BYDAY=MO;BYSETPOS=367": "BYSETPOS must be numbers from -366 to 366",
    "FREQ=DAILY;UNTIL=20270401T090000": NO_UNTIL,
    "FREQ=DAILY;UNTIL=20270231": NO_UNTIL,
    "FREQ=WEEKLY;COUNT=2;BYDAY=XX": "BYDAY must be days such as MO, TU or, with FREQ=MONTHLY, 2TU and -1FR",
    "FREQ=WEEKLY;COUNT=2;BYDAY=2MO": "BYDAY takes numbers only with FREQ=MONTHLY and FREQ=YEARLY",
    "FREQ=DAILY;COUNT=2;BYDAY=2MO": "BYDAY takes numbers only with FREQ=MONTHLY and FREQ=YEARLY",
    "FREQ=WEEKLY;COUNT=2;BYMONTHDAY=1": "BYMONTHDAY does not go with FREQ=WEEKLY",
    "FREQ=DAILY;COUNT=2;BYSETPOS=1": "BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_rule_of_ours_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert (refused.value.detail, refused.value.members) == (f"rule: {REFUSED[text]}", {"field": "rule"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2", ["03-08", "04-12", "05-10"]),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", ["03-01", "04-05", "05-03"]),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1", ["03-29", "04-26", "05-31"]),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-2", ["03-22", "04-19", "05-24"]),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=5", ["03-29", "05-31", "08-30"]),
        ("FREQ=MONTHLY;BYDAY=-1MO", ["03-29", "04-26", "05-31"]),
        ("FREQ=MONTHLY;BYDAY=-5MO", ["03-01", "05-03", "08-02"]),
        ("FREQ=YEARLY;BYDAY=-1FR", ["2027-12-31", "2028-12-29", "2029-12-28"]),  # of 365 and 366 days
        ("FREQ=YEARLY;BYDAY=-1MO", ["2027-12-27", "2028-12-25", "2029-12-31"]),
        ("FREQ=YEARLY;BYDAY=-53SU", ["2028-01-02", "2034-01-01", "2040-01-01"]),
        ("FREQ=YEARLY;BYDAY=53SA", ["2028-12-30", "2033-12-31", "2039-12-31"]),
    ],
)  # fmt: skip
def test_days_are_counted_from_both_ends(text: str, expected: list[str]) -> None:
    found = days(parse(f"{text};COUNT=1"), date(2027, 3, 1), date(2041, 1, 1))
    wanted = [date.fromisoformat(one if len(one) > 5 else f"2027-{one}") for one in expected]
    assert [next(found) for _ in wanted] == wanted


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


def test_a_series_may_have_as_many_as_it_may_and_lead_as_far_as_it_may() -> None:
    assert len(starts(parse("FREQ=DAILY;COUNT=366"), MONDAY, SHANGHAI)) == 366
    assert len(starts(parse("FREQ=DAILY;UNTIL=20280229"), MONDAY, SHANGHAI)) == 366
    with pytest.raises(Invalid, match="at most 366 occurrences"):
        starts(parse("FREQ=DAILY;UNTIL=20280301"), MONDAY, SHANGHAI)
    farthest = MONDAY.date() + LONGEST
    assert starts(parse(f"FREQ=YEARLY;UNTIL={farthest:%Y%m%d}"), MONDAY, SHANGHAI)
    with pytest.raises(Invalid, match="1100 days"):
        starts(parse(f"FREQ=YEARLY;UNTIL={farthest + timedelta(days=1):%Y%m%d}"), MONDAY, SHANGHAI)


def test_a_rule_without_any_time_says_so_and_no_more() -> None:
    with pytest.raises(Invalid) as refused:
        starts(parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2"), MONDAY, SHANGHAI)
    said = "rule: starts_at, 2027-03-01 09:00:00 on the clock of the resource, is no time of the rule"
    assert refused.value.detail == said


def test_until_is_an_instant_of_utc_wherever_the_program_runs() -> None:
    rule = parse("FREQ=DAILY;UNTIL=20270303T010000Z")
    assert rule.until == datetime(2027, 3, 3, 1, tzinfo=UTC)


def test_a_skipped_time_tells_all_that_a_refusal_tells() -> None:
    with pytest.raises(NoSuchTime) as refused:
        instant(datetime.fromisoformat("2027-03-28T02:30"), BERLIN)
    said = "the clocks of Europe/Berlin skip 2027-03-28 02:30; the next time is 2027-03-28T03:00:00+02:00"
    assert refused.value.detail == said
    assert refused.value.members == {
        "rule": "time_exists",
        "remedy": said,
        "actual": "2027-03-28T02:30:00",
        "earliest": "2027-03-28T03:00:00+02:00",
    }


FIRST = MONDAY.replace(tzinfo=SHANGHAI)


def test_excluded_starts_are_left_out() -> None:
    found = walls("FREQ=DAILY;COUNT=3", FIRST, [FIRST + timedelta(days=1)], SHANGHAI)
    assert found == [MONDAY, MONDAY + timedelta(days=2)]
    assert (
        walls("FREQ=DAILY;COUNT=3", FIRST.astimezone(UTC), [(FIRST + timedelta(days=1)).astimezone(UTC)], SHANGHAI)
        == found
    )


def test_a_series_ends_by_the_clock_of_its_zone() -> None:
    assert len(walls("FREQ=DAILY;UNTIL=20270303T010000Z", FIRST, [], SHANGHAI)) == 3


def test_what_is_excluded_must_be_a_start_and_something_must_be_left() -> None:
    strange = [FIRST + timedelta(days=9), FIRST + timedelta(days=8)]
    with pytest.raises(Invalid) as refused:
        walls("FREQ=DAILY;COUNT=3", FIRST, strange, SHANGHAI)
    said = "excluded: 2027-03-09 09:00:00 is no start of this series"
    assert (refused.value.detail, refused.value.members) == (said, {"field": "excluded"})
    with pytest.raises(Invalid) as refused:
        walls("FREQ=DAILY;COUNT=1", FIRST, [FIRST], SHANGHAI)
    said = "excluded: nothing would be left"
    assert (refused.value.detail, refused.value.members) == (said, {"field": "excluded"})


def test_a_series_starts_in_the_first_of_two_hours() -> None:
    twice = datetime.fromisoformat("2027-10-31T02:30").replace(tzinfo=BERLIN)
    assert walls("FREQ=DAILY;COUNT=1", twice, [], BERLIN) == [datetime.fromisoformat("2027-10-31T02:30")]
    with pytest.raises(Invalid) as refused:
        walls("FREQ=DAILY;COUNT=1", twice.replace(fold=1), [], BERLIN)
    said = "starts_at: a series starts in the first of two hours that the clock shows twice"
    assert (refused.value.detail, refused.value.members) == (said, {"field": "starts_at"})


def test_an_excluded_second_hour_leaves_out_its_day() -> None:
    before = datetime.fromisoformat("2027-10-30T02:30").replace(tzinfo=BERLIN)
    second = datetime.fromisoformat("2027-10-31T02:30").replace(tzinfo=BERLIN, fold=1)
    assert walls("FREQ=DAILY;COUNT=2", before, [second], BERLIN) == [datetime.fromisoformat("2027-10-30T02:30")]
