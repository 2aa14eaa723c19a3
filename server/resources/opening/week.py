"""Opening hours as people say them, and the minutes that the database keeps of them. Pure."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from server.core.errors import Invalid
from server.core.spans import Minutes
from server.core.text import Line
from server.resources.opening.opening_hours import DAY, WEEK

WeekDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK_DAYS: tuple[WeekDay, ...] = get_args(WeekDay)

_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
Opens = Annotated[str, Meta(pattern=rf"\A{_CLOCK}\Z", description="wall clock, 00:00 to 23:59", examples=["09:00"])]
Closes = Annotated[str, Meta(pattern=rf"\A(?:{_CLOCK}|24:00)\Z", description="wall clock, up to 24:00")]


class DaySpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open from `opens` to `closes` on one day."""

    opens: Opens
    closes: Closes


class WeekSpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open from `opens` to `closes` on each of `days`. A `closes` not after `opens` lies on the next day."""

    days: Annotated[tuple[WeekDay, ...], Meta(min_length=1, max_length=7)]
    opens: Opens
    closes: Closes


class ExceptionalDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A local day on which these hours hold instead of the weekly ones. No spans: closed all day."""

    date: dt.date
    spans: Annotated[tuple[DaySpan, ...], Meta(max_length=48)] = ()
    reason: Line = ""


class OpeningHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weekly local hours in the resource's own time zone, and the days that are exceptions."""

    weekly: Annotated[tuple[WeekSpan, ...], Meta(max_length=200)]
    exceptions: Annotated[tuple[ExceptionalDay, ...], Meta(max_length=1000)] = ()


def week_minutes(weekly: Iterable[WeekSpan]) -> Minutes:
    """Turn weekly spans into minutes of the week from Monday 00:00: sorted, merged, Sunday night wrapped to Monday."""
    ranges: list[tuple[int, int]] = []
    for span in weekly:
        opens, closes = _minute(span.opens), _minute(span.closes)
        length = closes - opens if closes > opens else closes - opens + DAY
        for day in span.days:
            start = WEEK_DAYS.index(day) * DAY + opens
            end = start + length
            ranges += [(start, end)] if end <= WEEK else [(start, WEEK), (0, end - WEEK)]
    return _merged(ranges)


def day_minutes(day: ExceptionalDay) -> Minutes:
    """Turn the spans of one day into minutes of that day. Raises Invalid for a span that leaves the day."""
    ranges = []
    for span in day.spans:
        opens, closes = _minute(span.opens), _minute(span.closes)
        if closes <= opens:
            remedy = "close at 24:00 and give the next day hours of its own"
            raise Invalid(f"{day.date}: {span.opens}–{span.closes} leaves the day; {remedy}", field="exceptions")
        ranges.append((opens, closes))
    return _merged(ranges)


def week_spans(minutes: Minutes) -> tuple[WeekSpan, ...]:
    """Say minutes of the week as spans of at most a day, equal ones together, by their first day."""
    days_of: dict[tuple[str, str], list[WeekDay]] = {}
    for start, end in sorted(_whole_nights(minutes)):
        for day, opens, closes in _by_day(start, end):
            days_of.setdefault((opens, closes), []).append(WEEK_DAYS[day % 7])
    spans = (
        WeekSpan(tuple(sorted(days, key=WEEK_DAYS.index)), opens, closes) for (opens, closes), days in days_of.items()
    )
    return tuple(sorted(spans, key=lambda span: (WEEK_DAYS.index(span.days[0]), span.opens)))


def day_spans(minutes: Minutes) -> tuple[DaySpan, ...]:
    return tuple(DaySpan(_clock(start), _clock(end)) for start, end in minutes)


def refuse_repeated_days(exceptions: Iterable[ExceptionalDay]) -> None:
    seen: set[dt.date] = set()
    for day in exceptions:
        if day.date in seen:
            raise Invalid(f"{day.date} is given twice; put its spans into one exception", field="exceptions")
        seen.add(day.date)


def _whole_nights(minutes: Minutes) -> list[tuple[int, int]]:
    """Join what was cut at the end of Sunday, unless it is always open."""
    if len(minutes) > 1 and minutes[0][0] == 0 and minutes[-1][1] == WEEK:
        return [*minutes[1:-1], (minutes[-1][0], WEEK + minutes[0][1])]
    return list(minutes)


def _by_day(start: int, end: int) -> Iterable[tuple[int, str, str]]:
    """Cut what is longer than a day at midnight; a single night stays whole."""
    while start < end:
        midnight = (start // DAY + 1) * DAY
        stop = end if end - start <= DAY else midnight
        yield start // DAY, _clock(start % DAY), _clock(stop - start // DAY * DAY)
        start = stop


def _merged(ranges: Iterable[tuple[int, int]]) -> Minutes:
    result: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minute: int) -> str:
    """`minute` may lie in the day after."""
    minute = minute if minute <= DAY else minute - DAY
    return f"{minute // 60:02}:{minute % 60:02}"
