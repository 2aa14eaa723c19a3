"""Dates, times, lengths and periods of a line (RFC 5545 3.3.4 to 3.3.9), also in forms that others use. Pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple

_MOMENT = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)"
    r"(?:[T ](?:(\d\d)(\d\d)(\d\d)|(\d\d):(\d\d)(?::(\d\d))?)(?:\.\d+)?(?:(Z)|([+-])(\d\d):?(\d\d))?)?",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"([+-]?)P(?=\d|T\d)(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?",
    re.IGNORECASE,
)


class Unclear(ValueError):
    """A value that says nothing."""


class Wall(NamedTuple):
    """A time on a wall clock: `zone` is None where none is said or known; `day` is a whole one, wherever one is."""

    at: datetime
    zone: tzinfo | None
    day: bool = False

    def instant(self, here: tzinfo, later: timedelta = timedelta(0)) -> datetime:
        """When it is; a day begins on the clock of `here`. `later` is added on the clock."""
        zone = here if self.day else self.zone or UTC
        return (self.at + later).replace(tzinfo=zone).astimezone(UTC)


class Length(NamedTuple):
    """How long something takes: days of the calendar, and then exactly so long (RFC 5545 3.3.6)."""

    days: int = 0
    exact: timedelta = timedelta(0)

    def after(self, start: Wall, here: tzinfo) -> datetime:
        return start.instant(here, timedelta(days=self.days)) + self.exact


def wall(value: str) -> Wall:
    """Read a DATE or a DATE-TIME. Raises Unclear."""
    found = _MOMENT.fullmatch(value.strip())
    if found is None:
        raise Unclear
    year, _, month, day, *clock, utc, sign, hours, minutes = found.groups()
    hour, minute, second = (int(one or 0) for one in (clock[:3] if clock[0] else clock[3:]))
    try:
        date = datetime(int(year), int(month), int(day))  # noqa: DTZ001 - a wall clock
        if clock[0] is None and clock[3] is None:
            return Wall(date, None, day=True)
        if (hour, minute, second) == (24, 0, 0):
            date, hour = date + timedelta(days=1), 0
        at = datetime.combine(date, time(hour, minute, 59 if second == 60 else second))  # a leap second
        if not sign:
            return Wall(at, UTC if utc else None)
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return Wall(at, timezone(offset if sign == "+" else -offset))
    except (ValueError, OverflowError):
        raise Unclear from None


def length(value: str) -> Length:
    """Read a DURATION. Raises Unclear, also for one that goes back."""
    found = _LENGTH.fullmatch(value.strip())
    if found is None:
        raise Unclear
    sign, weeks, days, hours, minutes, seconds = found.groups()
    read = Length(
        int(weeks or 0) * 7 + int(days or 0),
        timedelta(hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0)),
    )
    if sign == "-" and (read.days or read.exact):
        raise Unclear
    return read


def between(start: Wall, end: Wall, here: tzinfo) -> Length:
    """How long it is from one to the other: days between days, else exactly. Raises Unclear for less than none."""
    if start.day:
        days = (end.at.date() - start.at.date()).days
        if not end.day and end.at.time() != time():
            days += 1
        if days < 0:
            raise Unclear
        return Length(max(days, 1))
    exact = end.instant(here) - start.instant(here)
    if end.day:
        exact = end.at.replace(tzinfo=start.zone or UTC).astimezone(UTC) - start.instant(here)
    if exact < timedelta(0):
        raise Unclear
    return Length(0, exact)


def period(value: str, place: Callable[[Wall], Wall], here: tzinfo) -> tuple[Wall, Length]:
    """Read a PERIOD: from one time to another, or for so long; `place` gives a time its zone. Raises Unclear."""
    begun, slash, ended = value.partition("/")
    if not slash:
        raise Unclear
    start = place(wall(begun))
    if ended.strip().upper().lstrip("+-").startswith("P"):
        return start, length(ended)
    return start, between(start, place(wall(ended)), here)
