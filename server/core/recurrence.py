"""Recurrence rules (RFC 5545 3.3.10) by days, and the wall clock times of their occurrences as instants. Pure.

A rule is read as a filter over the days of its periods (days, weeks, months, years): no rule, however odd, costs more
than a look at each day of the longest horizon. All occurrences start at one wall clock time.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from server.core.errors import Invalid, Refused
from server.core.time_zones import jump

MOST = 366  # occurrences of a series
LONGEST = timedelta(days=1100)  # the farthest horizon that a resource can have
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PERIODS: dict[str, Callable[[date], int]] = {
    "DAILY": lambda day: day.toordinal(),
    "WEEKLY": lambda day: (day.toordinal() - 1) // 7,  # from Monday; day 1 was one
    "MONTHLY": lambda day: day.year * 12 + day.month,
    "YEARLY": lambda day: day.year,
}
PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS")
_DAY = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{8})(T\d{6}Z)?")


class NoSuchTime(Refused):
    """The clocks skip this time when they are put forward."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A recurrence rule."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None  # the last day, or the last instant
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()  # which one of the month or year (0: each), and 0 for Monday
    positions: tuple[int, ...] = ()

    def __str__(self) -> str:
        days = [f"{nth or ''}{WEEKDAYS[weekday]}" for nth, weekday in self.weekdays]
        form = "%Y%m%dT%H%M%SZ" if isinstance(self.until, datetime) else "%Y%m%d"
        told: dict[str, Any] = {
            "FREQ": self.freq, "INTERVAL": self.interval if self.interval > 1 else "", "COUNT": self.count or "",
            "UNTIL": self.until.strftime(form) if self.until else "", "BYMONTH": _joined(self.months),
            "BYMONTHDAY": _joined(self.month_days), "BYDAY": _joined(days), "BYSETPOS": _joined(self.positions),
        }  # fmt: skip
        return ";".join(f"{name}={value}" for name, value in told.items() if value)


def parse(text: str, *, most: int = MOST) -> Rule:
    """Read a rule such as `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`. Raises Invalid, saying what is wrong with it."""
    given: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in given:
            raise _invalid(f"{part!r} is not `NAME=value`, or {name} stands twice")
        if name not in PARTS:
            raise _invalid(f"{name} is not supported; use {', '.join(PARTS)}")
        given[name] = value
    if given.get("FREQ") not in PERIODS:
        raise _invalid(f"FREQ must be one of {', '.join(PERIODS)}")
    if ("COUNT" in given) == ("UNTIL" in given):
        raise _invalid(f"say either COUNT (up to {MOST}) or UNTIL")
    rule = Rule(
        freq=given["FREQ"],
        interval=_numbers(given, "INTERVAL", 1, LONGEST.days)[0] if "INTERVAL" in given else 1,
        count=_numbers(given, "COUNT", 1, most)[0] if "COUNT" in given else None,
        until=_until(given["UNTIL"]) if "UNTIL" in given else None,
        months=_numbers(given, "BYMONTH", 1, 12),
        month_days=_numbers(given, "BYMONTHDAY", -31, 31),
        weekdays=_weekdays(given),
        positions=_numbers(given, "BYSETPOS", -MOST, MOST),
    )
    if rule.freq == "WEEKLY" and rule.month_days:
        raise _invalid("BYMONTHDAY does not go with FREQ=WEEKLY")
    if rule.freq in ("DAILY", "WEEKLY") and any(nth for nth, _ in rule.weekdays):
        raise _invalid("BYDAY takes numbers only with FREQ=MONTHLY and FREQ=YEARLY")
    if rule.positions and not (rule.months or rule.month_days or rule.weekdays):
        raise _invalid("BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH")
    return rule


def _numbers(given: dict[str, str], name: str, low: int, high: int) -> tuple[int, ...]:
    values = given[name].split(",") if name in given else []
    single = name in ("INTERVAL", "COUNT")
    if not all(re.fullmatch(r"[+-]?[0-9]{1,4}", value) and low <= int(value) <= high for value in values):
        raise _invalid(f"{name} must be {'a number' if single else 'numbers'} from {low} to {high}")
    if "0" in values or (single and len(values) != 1):
        raise _invalid(f"{name} must be {'one number' if single else 'numbers'} other than 0")
    return tuple(sorted({int(value) for value in values}))


def _weekdays(given: dict[str, str]) -> tuple[tuple[int, int], ...]:
    found = [_DAY.fullmatch(value) for value in given["BYDAY"].split(",")] if "BYDAY" in given else []
    if not all(found):
        raise _invalid("BYDAY must be days such as MO, TU or, with FREQ=MONTHLY, 2TU and -1FR")
    days = {(int(one[1] or 0), WEEKDAYS.index(one[2])) for one in found if one}
    return tuple(sorted(days, key=lambda day: (day[1], day[0])))


def _until(text: str) -> date | datetime:
    found = _UNTIL.fullmatch(text)
    try:
        if found and found[2]:
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if found:
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        pass
    raise _invalid("UNTIL must be a day such as 20270131 or an instant in UTC such as 20270131T090000Z")


def starts(rule: Rule, first: datetime, zone: ZoneInfo, *, most: int = MOST) -> list[datetime]:
    """All starts on the wall clock, without offset. `first` is the first of them.

    Raises Invalid when it is not, when there are too many of them or when they lie too far ahead.
    """
    until = rule.until
    last = first.date() + LONGEST
    if isinstance(until, datetime):
        ends = until.astimezone(zone).replace(tzinfo=None)
    else:
        ends = datetime.combine(until or last, time.max)
    found: list[datetime] = []
    for day in days(rule, first.date(), min(last, ends.date())):
        start = datetime.combine(day, first.time())
        if start > ends or len(found) == rule.count:
            break
        found.append(start)
        if len(found) > most:
            raise _invalid(f"a series has at most {most} occurrences; end it earlier")
    if not found or found[0] != first:
        named = f"; the first one is {found[0]}" if found else ""
        raise _invalid(f"starts_at, {first} on the clock of the resource, is no time of the rule{named}")
    if ends.date() > last or len(found) < (rule.count or 0):
        raise _invalid(f"the rule leads farther ahead than {LONGEST.days} days, as far as any resource can be booked")
    return found


def days(rule: Rule, first: date, last: date) -> Iterator[date]:
    """The days of a rule from `first` until `last`, in order."""
    rule = _anchored(rule, first)
    number = PERIODS[rule.freq]
    year = timedelta(days=366)  # so that the first and the last period are whole
    every = (first + timedelta(days=n) for n in range(-year.days, (last - first + year).days))
    for period, those in groupby(every, key=number):
        if period < number(first) or (period - number(first)) % rule.interval:
            continue
        chosen = [day for day in those if _matches(rule, day)]
        if rule.positions:
            places = {place - 1 if place > 0 else place + len(chosen) for place in rule.positions}
            chosen = [day for index, day in enumerate(chosen) if index in places]
        for day in chosen:
            if day > last:
                return
            if day >= first:
                yield day


def _anchored(rule: Rule, first: date) -> Rule:
    """What the rule leaves open is as on the first day."""
    if rule.weekdays or rule.month_days:
        return rule
    if rule.freq == "WEEKLY":
        return msgspec.structs.replace(rule, weekdays=((0, first.weekday()),))
    if rule.freq == "MONTHLY":
        return msgspec.structs.replace(rule, month_days=(first.day,))
    if rule.freq == "YEARLY":
        return msgspec.structs.replace(rule, month_days=(first.day,), months=rule.months or (first.month,))
    return rule


def _matches(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    length = calendar.monthrange(day.year, day.month)[1]
    if rule.month_days and day.day not in rule.month_days and day.day - length - 1 not in rule.month_days:
        return False
    if not rule.weekdays:
        return True
    number = day.day
    if rule.freq == "YEARLY" and not rule.months:
        number, length = day.timetuple().tm_yday, 366 if calendar.isleap(day.year) else 365
    of_each = (0, (number - 1) // 7 + 1, -((length - number) // 7 + 1))
    return any(weekday == day.weekday() and nth in of_each for nth, weekday in rule.weekdays)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall clock time; of one that comes twice the first. Raises NoSuchTime with the next that is."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment.astimezone(zone)
    later = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    earliest = jump(zone, later, moment).astimezone(zone).isoformat()
    remedy = f"the clocks of {zone.key} skip {wall:%Y-%m-%d %H:%M}; the next time is {earliest}"
    raise NoSuchTime(remedy, rule="time_exists", remedy=remedy, actual=f"{wall:%Y-%m-%dT%H:%M:%S}", earliest=earliest)


def _joined(values: Any) -> str:
    return ",".join(map(str, values))


def _invalid(detail: str) -> Invalid:
    return Invalid(f"rule: {detail}", field="rule")


def walls(rule: str, first: datetime, excluded: list[datetime], zone: ZoneInfo) -> list[datetime]:
    """The starts of a series on the wall clock, without offset. Raises Invalid."""
    local = first.astimezone(zone)
    if local.fold:
        raise Invalid(
            "starts_at: a series starts in the first of two hours that the clock shows twice", field="starts_at"
        )
    found = starts(parse(rule), local.replace(tzinfo=None), zone)
    out = {moment.astimezone(zone).replace(tzinfo=None) for moment in excluded}
    if strange := out - set(found):
        raise Invalid(f"excluded: {min(strange)} is no start of this series", field="excluded")
    if not set(found) - out:
        raise Invalid("excluded: nothing would be left", field="excluded")
    return [wall for wall in found if wall not in out]
