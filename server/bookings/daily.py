"""Which rules hold on which local day, for whom, and what quotas and holidays leave of it. Pure.

The rules of a booking are those of the local day on which it starts. Where they change from one day to the next, free
windows are cut at midnight, so that any time in a window is accepted.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.quotas import left
from server.bookings.standing import Standing
from server.resources.hours import DAY, Minutes, open_spans, open_ticks
from server.resources.rules import CIRCLES, Circle, Rules, laid_over
from server.resources.week import WeekSpan, week_minutes
from server.spans import Span, merged, without
from server.ticks import Ticks

ONE_DAY = timedelta(days=1)


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
    for override in overrides:
        if override.first_day <= day <= override.last_day:
            rules = laid_over(rules, override.rules)
    part = rules.for_audience.get(circle)
    return laid_over(rules, part) if part else rules


def may_book(rules: Rules, circle: Circle) -> bool:
    return CIRCLES.index(circle) <= CIRCLES.index(rules.audience)


def runs(
    rules: Rules, overrides: tuple[Override, ...], guest: Standing, time_zone: str, window: Span, units: int,
    now: datetime,
) -> list[Run]:  # fmt: skip
    """Cut a window into runs of days on which the guest may book `units` units; other days are left out."""
    circle = guest.circle
    if not overrides:
        rules = rules_on(rules, (), now.date(), circle)
        if not (rules.quotas and guest.booked) and not (guest.allowance is not None and guest.spent):
            possible = _possible(rules, guest, now.date(), units, ZoneInfo(time_zone), now)
            return [Run(window, possible[0], time_zone, possible[1])] if possible else []
    zone, found = ZoneInfo(time_zone), list[Run]()
    day, last = window.starts_at.astimezone(zone).date(), window.ends_at.astimezone(zone).date()
    touching = True
    while day <= last:
        that_day = rules_on(rules, overrides, day, circle) if overrides else rules
        possible = _possible(that_day, guest, day, units, zone, now)
        span = _cut(zone, day, window)
        if possible and span.starts_at < span.ends_at:
            before = found[-1] if found and touching else None
            if before and (before.rules, before.used_up) == possible:
                found[-1] = Run(Span(before.span.starts_at, span.ends_at), *_of(before))
            else:
                found.append(Run(span, possible[0], time_zone, possible[1]))
        touching = possible is not None
        day += ONE_DAY
    return found


def exceptional_days(week: Minutes, holidays: Mapping[date, int | None]) -> dict[date, Minutes]:
    """Days off are closed; days that are worked instead have the hours of the weekday they stand for."""
    return {
        day: () if like is None else tuple(
            (max(start - like * DAY, 0), min(end - like * DAY, DAY))
            for start, end in week
            if start < (like + 1) * DAY and end > like * DAY
        )
        for day, like in holidays.items()
    }  # fmt: skip


def allowed(
    rules: Rules, holidays: Mapping[date, int | None], time_zone: str, window: Span, now: datetime
) -> list[Span] | None:
    """The hours within which the rules keep bookings; None when they keep them to none."""
    if rules.bookable_hours is None:
        return None
    spans = weekly(rules.bookable_hours, holidays, time_zone, window)
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    if rules.released_at and local.strftime("%H:%M") >= rules.released_at:
        today = _cut(zone, local.date(), window)
        rest = Span(max(now, today.starts_at), today.ends_at)
        if rest.starts_at < rest.ends_at:
            spans = [Span(*one) for one in merged([*spans, rest])]
    return spans


def weekly(
    hours: tuple[WeekSpan, ...], holidays: Mapping[date, int | None], time_zone: str, window: Span
) -> list[Span]:
    """Weekly hours as spans of instants, with public holidays as days off."""
    week = week_minutes(hours)
    return open_spans(week, exceptional_days(week, holidays), time_zone, window)


def _possible(
    rules: Rules, guest: Standing, day: date, units: int, zone: ZoneInfo, now: datetime
) -> tuple[Rules, tuple[WeekSpan, ...]] | None:
    if not may_book(rules, guest.circle) or units > (rules.max_units or units):
        return None
    remaining, used_up = left(rules, guest, day, units, zone, now)
    return None if remaining is None else (remaining, used_up)


def _of(run: Run) -> tuple[Rules, str, tuple[WeekSpan, ...]]:
    return run.rules, run.time_zone, run.used_up


def _cut(zone: ZoneInfo, day: date, window: Span) -> Span:
    """The part of a local day within a window."""
    after = day + ONE_DAY
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
    return Span(max(start, window.starts_at), min(end, window.ends_at))
