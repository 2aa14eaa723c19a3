"""VTIMEZONE: the rules of an IANA time zone in the form that calendar programs read right. Pure.

zoneinfo tells no rules, only offsets. So they are read off its answers: the changes of offset of forty years, and where
every one of the last 28 falls into the same week of the year, an RRULE. The weekdays repeat after 28 years, therefore
28 years show every date that a rule can give. See docs/decisions/0010.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

FIRST_YEAR = 2025  # nothing was booked before; a constant, so that the text stays the same from year to year
CYCLE = 28
LAST_YEAR = FIRST_YEAR + 40
STEP = timedelta(days=7)  # no zone changes its offset and changes it back within a week
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONG_MONTHS = frozenset({1, 3, 5, 7, 8, 10, 12})


class Change(NamedTuple):
    """A change of offset. `onset` is the wall clock before it, as RFC 5545 3.6.5 wants."""

    onset: datetime
    before: timedelta
    after: timedelta
    name: str


@lru_cache(maxsize=1000)
def vtimezone(tzid: str, last_year: int) -> bytes:
    """Write the VTIMEZONE of a zone, right from 2025 to the end of `last_year`; for ever where the zone has a rule."""
    zone = ZoneInfo(tzid)
    changes = list(_changes(zone))
    rule_year = next((year for year in range(FIRST_YEAR, LAST_YEAR - CYCLE + 1) if _rules(changes, year)), None)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}"]
    if rule_year != FIRST_YEAR:
        start = datetime(FIRST_YEAR, 1, 1, tzinfo=zone)
        offset = start.utcoffset() or timedelta(0)
        lines += _observance(Change(datetime(1970, 1, 1), offset, offset, start.tzname() or tzid))  # noqa: DTZ001
        until = rule_year or last_year + 1
        for change in changes:
            if change.onset.year < until:
                lines += _observance(change)
    if rule_year:
        for change, rule in _rules(changes, rule_year):
            lines += _observance(change, rule)
    return "".join(f"{line}\r\n" for line in [*lines, "END:VTIMEZONE"]).encode()


def _changes(zone: ZoneInfo) -> Iterator[Change]:
    count = (datetime(LAST_YEAR + 1, 1, 1) - datetime(FIRST_YEAR, 1, 1)) // STEP  # noqa: DTZ001
    moments = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) + STEP * week for week in range(count + 1))
    for low, high in pairwise(moments):
        before, after = _offset(low, zone), _offset(high, zone)
        if before == after:
            continue
        while high - low > timedelta(seconds=1):
            middle = low + ((high - low) // 2)
            middle = middle.replace(microsecond=0)
            low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
        yield Change((high + before).replace(tzinfo=None), before, after, high.astimezone(zone).tzname() or "")


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _rules(changes: list[Change], year: int) -> list[tuple[Change, str]]:
    """Say the changes from `year` on as first onsets and rules; nothing when they follow none."""
    groups: dict[tuple[timedelta, timedelta], list[Change]] = defaultdict(list)
    for change in changes:
        if change.onset.year >= year:
            groups[change.before, change.after].append(change)
    if len(groups) != 2:
        return []
    told: list[tuple[Change, str]] = []
    for group in groups.values():
        onsets = [change.onset for change in group]
        same = len({(onset.time(), onset.weekday()) for onset in onsets}) == 1
        if not same or [onset.year for onset in onsets] != list(range(year, LAST_YEAR + 1)):
            return []
        days = sorted({(onset.month, onset.day) for onset in onsets})
        span = datetime(2001, *days[-1]) - datetime(2001, *days[0])  # noqa: DTZ001
        if len(days) != 7 or span != timedelta(days=6):
            return []
        for month in sorted({month for month, _ in days}):  # two, when a rule such as "last Thursday, 24:00" has two
            first = next(change for change in group if change.onset.month == month)
            told.append((first, _rule(month, [day for m, day in days if m == month], onsets[0].weekday())))
    return told


def _rule(month: int, days: list[int], weekday: int) -> str:
    """Write the yearly rule: as n-th weekday if it can be said so (Outlook wants that), else by days of the month."""
    length = 31 if month in LONG_MONTHS else 30  # in February the last week has no seven dates: no rule
    when = f"BYMONTHDAY={','.join(map(str, days))};BYDAY={WEEKDAYS[weekday]}"
    if len(days) == 7 and days[-1] == length:
        when = f"BYDAY=-1{WEEKDAYS[weekday]}"
    elif len(days) == 7 and days[0] % 7 == 1:
        when = f"BYDAY={days[0] // 7 + 1}{WEEKDAYS[weekday]}"
    return f"RRULE:FREQ=YEARLY;BYMONTH={month};{when}"


def _observance(change: Change, rule: str = "") -> list[str]:
    kind = "DAYLIGHT" if change.after > change.before else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{change.onset:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_signed(change.before)}",
        f"TZOFFSETTO:{_signed(change.after)}",
        f"TZNAME:{change.name}",
        *([rule] if rule else []),
        f"END:{kind}",
    ]


def _signed(offset: timedelta) -> str:
    minutes, seconds = divmod(abs(round(offset.total_seconds())), 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")
