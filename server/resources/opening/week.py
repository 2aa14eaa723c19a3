"""Opening hours as people say them, and the minutes that the database keeps of them. Pure."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from server.core.errors import Invalid
from server.core.spans import Minutes
from server.core.text import Line
from server.resources.opening.opening_hours import DAY, as_week, opens_on

WeekDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK_DAYS: tuple[WeekDay, ...] = get_args(WeekDay)

_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
Opens = Annotated[str, Meta(pattern=rf"\A{_CLOCK}\Z", description="wall clock, 00:00 to 23:59", examples=["09:00"])]
Closes = Annotated[str, Meta(pattern=rf"\A(?:{_CLOCK}|24:00)\Z", description="wall clock, up to 24:00")]


class DaySpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open from `opens` to `closes` on one day. A `closes` not after `opens` lies on the next day."""

    opens: Opens
    closes: Closes


class WeekSpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open from `opens` to `closes` on each of `days`. A `closes` not after `opens` lies on the next day."""

    days: Annotated[tuple[WeekDay, ...], Meta(min_length=1, max_length=7)]
    opens: Opens
    closes: Closes


class ExceptionalDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A local day on which these hours open instead of the weekly ones. No spans: none opens, nights neither."""

    date: dt.date
    spans: Annotated[tuple[DaySpan, ...], Meta(max_length=48)] = ()
    reason: Line = ""


class OpeningHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weekly local hours in the resource's own time zone, and the days that are exceptions."""

    weekly: Annotated[tuple[WeekSpan, ...], Meta(max_length=200)]
    exceptions: Annotated[tuple[ExceptionalDay, ...], Meta(max_length=1000)] = ()


def week_minutes(weekly: Iterable[WeekSpan]) -> Minutes:
    """Turn weekly spans into shifts, in minutes of the week from Monday 00:00; the last may reach into the next Monday.

    What opens on one day and overlaps or touches is one shift, unless that would be longer than a day.
    """
    by_day: dict[int, list[tuple[int, int]]] = {}
    for span in weekly:
        for day in span.days:
            by_day.setdefault(WEEK_DAYS.index(day) * DAY, []).append(_minutes(span))
    return as_week((first + start, first + end) for first in sorted(by_day) for start, end in _shifts(by_day[first]))


def day_minutes(day: ExceptionalDay) -> Minutes:
    """Turn the spans of one day into its shifts, in minutes of that day; the last may reach into the next day.

    Raises Invalid for spans that come to more than a day.
    """
    shifts = _merged(map(_minutes, day.spans))
    if any(end - start > DAY for start, end in shifts):
        raise Invalid(f"{day.date}: its hours come to more than a day; let them not overlap", field="exceptions")
    return shifts


def week_spans(week: Minutes) -> tuple[WeekSpan, ...]:
    """Say the shifts of a week as spans, equal ones together, by their first day."""
    days_of: dict[tuple[str, str], list[WeekDay]] = {}
    for number, day in enumerate(WEEK_DAYS):
        for start, end in opens_on(week, number):
            days_of.setdefault((_clock(start), _clock(end)), []).append(day)
    spans = (WeekSpan(tuple(days), opens, closes) for (opens, closes), days in days_of.items())
    return tuple(sorted(spans, key=lambda span: (WEEK_DAYS.index(span.days[0]), span.opens)))


def day_spans(minutes: Minutes) -> tuple[DaySpan, ...]:
    return tuple(DaySpan(_clock(start), _clock(end)) for start, end in minutes)


def refuse_repeated_days(exceptions: Iterable[ExceptionalDay]) -> None:
    seen: set[dt.date] = set()
    for day in exceptions:
        if day.date in seen:
            raise Invalid(f"{day.date} is given twice; put its spans into one exception", field="exceptions")
        seen.add(day.date)


def _minutes(span: DaySpan | WeekSpan) -> tuple[int, int]:
    """When a span opens and closes, from midnight of the day on which it opens."""
    opens, closes = _minute(span.opens), _minute(span.closes)
    return opens, closes if closes > opens else closes + DAY


def _shifts(spans: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Join the spans of one day where they overlap or touch, but never to more than a day."""
    given = sorted(set(spans))
    joined = _merged(given)
    return joined if all(end - start <= DAY for start, end in joined) else given


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
