"""Which rules hold on which local day, for whom, and what quotas and holidays leave of it. Pure.

The rules of a booking are those of the local day on which it starts. Where they change from one day to the next, free
windows are cut at midnight, so that any time in a window is accepted.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.rules.context import GuestContext
from server.bookings.rules.quotas import Tally, left, tally
from server.core.spans import Minutes, Span, Ticks, merged, tick, without
from server.resources.opening.opening_hours import open_spans, open_ticks, opens_on
from server.resources.opening.week import WeekSpan, week_minutes
from server.resources.rules.schemas import CIRCLES, Circle, Rules, laid_over

ONE_DAY = timedelta(days=1)

Possible = tuple[Rules, tuple[WeekSpan, ...]]  # with what is left of the quotas, and hours that are used up


class Override(msgspec.Struct, frozen=True, array_like=True):
    """Other rules for some local days. Of several for one day the newest says most."""

    first_day: date
    last_day: date
    rules: dict[str, Any]


class Run(msgspec.Struct, frozen=True):
    """Local days that follow each other with the same rules."""

    span: Span
    rules: Rules
    time_zone: str
    used_up: tuple[WeekSpan, ...] = ()  # hours for which a quota is used up

    def outside_used_up(self, hours: list[Ticks]) -> list[Ticks]:
        if not self.used_up:
            return hours
        return without(hours, open_ticks(week_minutes(self.used_up), {}, self.time_zone, self.span))


def rules_on(rules: Rules, overrides: tuple[Override, ...], day: date, circle: Circle) -> Rules:
    """The rules for bookings of a circle that start on a local day."""
    return by_day(rules, overrides, circle)(day)


def by_day(rules: Rules, overrides: tuple[Override, ...], circle: Circle) -> Callable[[date], Rules]:
    """Make what tells the rules of a day, and lays each set of overrides over them only once."""
    laid: dict[tuple[int, ...], Rules] = {}

    def on(day: date) -> Rules:
        that_day = tuple(one for one in overrides if one.first_day <= day <= one.last_day)
        key = tuple(map(id, that_day))
        if key not in laid:
            found = rules
            for override in that_day:
                found = laid_over(found, override.rules)
            part = found.for_audience.get(circle)
            laid[key] = laid_over(found, part) if part else found
        return laid[key]

    return on


def may_book(rules: Rules, circle: Circle) -> bool:
    return CIRCLES.index(circle) <= CIRCLES.index(rules.audience)


def runs(
    rules: Rules, overrides: tuple[Override, ...], guest: GuestContext, time_zone: str, window: Span, units: int,
    now: datetime,
) -> list[Run]:  # fmt: skip
    """Cut a window into runs of days on which the guest may book `units` units; other days are left out."""
    circle = guest.circle
    if not overrides:
        rules = rules_on(rules, (), now.date(), circle)
        if not (rules.quotas and guest.booked) and not (guest.allowance is not None and guest.spent):
            possible = _possible(rules, guest, now.date(), units, ZoneInfo(time_zone), now)
            return [Run(window, possible[0], time_zone, possible[1])] if possible else []
    zone, on = ZoneInfo(time_zone), by_day(rules, overrides, circle)
    day, last = window.starts_at.astimezone(zone).date(), window.ends_at.astimezone(zone).date()
    tallies: dict[int, list[Tally]] = {}  # by the rules of a day; `on` keeps these
    alike: list[tuple[date, date, Possible]] = []
    while day <= last:
        that_day = on(day) if overrides else rules
        if id(that_day) not in tallies:
            tallies[id(that_day)] = [tally(quota, guest, zone, now) for quota in that_day.quotas]
        if possible := _possible(that_day, guest, day, units, zone, now, tallies[id(that_day)]):
            if alike and alike[-1][1] == day - ONE_DAY and alike[-1][2] == possible:
                alike[-1] = (alike[-1][0], day, possible)
            else:
                alike.append((day, day, possible))
        day += ONE_DAY
    cut = [
        (Span(_cut(zone, first, window).starts_at, _cut(zone, last, window).ends_at), possible)
        for first, last, possible in alike
    ]
    return [Run(span, possible[0], time_zone, possible[1]) for span, possible in cut if span.starts_at < span.ends_at]


def exceptional_days(week: Minutes, holidays: Mapping[date, int | None]) -> dict[date, Minutes]:
    """On days off no shift opens; days that are worked instead have the shifts of the weekday they stand for."""
    return {day: () if like is None else opens_on(week, like) for day, like in holidays.items()}


def allowed(
    rules: Rules, holidays: Mapping[date, int | None], time_zone: str, window: Span, now: datetime
) -> list[Ticks] | None:
    """The hours within which the rules keep bookings; None when they keep them to none."""
    if rules.bookable_hours is None:
        return None
    week = week_minutes(rules.bookable_hours)
    hours = open_ticks(week, exceptional_days(week, holidays), time_zone, window)
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    if rules.released_at and local.strftime("%H:%M") >= rules.released_at:
        today = _cut(zone, local.date(), window)
        rest = (tick(max(now, today.starts_at)), tick(today.ends_at))
        hours = merged([*hours, rest]) if rest[0] < rest[1] else hours
    return hours


def weekly(
    hours: tuple[WeekSpan, ...], holidays: Mapping[date, int | None], time_zone: str, window: Span
) -> list[Span]:
    """Weekly hours as spans of instants, with public holidays as days off."""
    week = week_minutes(hours)
    return open_spans(week, exceptional_days(week, holidays), time_zone, window)


def _possible(
    rules: Rules, guest: GuestContext, day: date, units: int, zone: ZoneInfo, now: datetime,
    tallies: Sequence[Tally] | None = None,
) -> Possible | None:  # fmt: skip
    if not may_book(rules, guest.circle) or units > (rules.max_units or units):
        return None
    remaining, used_up = left(rules, guest, day, units, zone, now, tallies)
    return None if remaining is None else (remaining, used_up)


def _cut(zone: ZoneInfo, day: date, window: Span) -> Span:
    """The part of a local day within a window."""
    after = day + ONE_DAY
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
    return Span(max(start, window.starts_at), min(end, window.ends_at))
