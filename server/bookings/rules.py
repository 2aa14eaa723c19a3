"""The rules a booking must keep to. Pure: each is a function that raises when it refuses, saying what would pass."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.grid import next_on_grid, on_grid
from server.errors import OutsideOpeningHours, RuleRefused
from server.resources.hours import fits
from server.resources.rules import Rules
from server.spans import Span


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """All a rule may look at."""

    rules: Rules
    time_zone: str
    total_units: int  # of the resource
    span: Span
    units: int
    attendees: int
    now: datetime  # of the database
    opening: list[Span]  # when the resource is open, some days around the span


def refuse_unless_allowed(asked: Question) -> None:
    """Apply every rule. Raises RuleRefused or OutsideOpeningHours."""
    for rule in RULES:
        rule(asked)


def within_units(asked: Question) -> None:
    if asked.units > asked.total_units:
        _refuse("units", f"there are {asked.total_units} units", asked.total_units, asked.units)


def within_attendees(asked: Question) -> None:
    limit = asked.rules.max_attendees
    if asked.attendees > limit:
        _refuse("max_attendees", f"bring at most {limit} attendees", limit, asked.attendees)


def starts_on_the_grid(asked: Question) -> None:
    zone, step = ZoneInfo(asked.time_zone), asked.rules.step_minutes
    for moment in asked.span:
        if not on_grid(moment, zone, step):
            passing = next_on_grid(moment, zone, step).astimezone(zone).isoformat()
            local = moment.astimezone(zone).isoformat()
            _refuse("step_minutes", f"start and end every {step} minutes, such as {passing}", step, local, passing)


def long_enough(asked: Question) -> None:
    limit, actual = asked.rules.min_minutes, asked.span.length / timedelta(minutes=1)
    if actual < limit:
        _refuse("min_minutes", f"book at least {limit} minutes", limit, actual)


def short_enough(asked: Question) -> None:
    limit, actual = asked.rules.max_minutes, asked.span.length / timedelta(minutes=1)
    if limit is not None and actual > limit:
        _refuse("max_minutes", f"book at most {limit} minutes", limit, actual)


def early_enough(asked: Question) -> None:
    limit = asked.rules.lead_minutes
    earliest = asked.now + timedelta(minutes=limit)
    if asked.span.starts_at < earliest:
        actual = int((asked.span.starts_at - asked.now) / timedelta(minutes=1))
        passing = _earliest(asked).isoformat()
        _refuse("lead_minutes", f"start at {passing} or later", limit, actual, passing)


def not_too_far(asked: Question) -> None:
    limit = asked.rules.horizon_days
    latest = asked.now + timedelta(days=limit)
    if asked.span.ends_at > latest:
        actual = (asked.span.ends_at - asked.now) / timedelta(days=1)
        passing = latest.astimezone(ZoneInfo(asked.time_zone)).isoformat(timespec="minutes")
        _refuse("horizon_days", f"end by {passing}, or book later", limit, round(actual, 1))


def while_open(asked: Question) -> None:
    if not fits(asked.opening, asked.span):
        zone = ZoneInfo(asked.time_zone)
        near = [span for span in asked.opening if span.length >= asked.span.length]
        near.sort(key=lambda span: abs(span.starts_at - asked.span.starts_at))
        hours = [
            {"starts_at": s.starts_at.astimezone(zone).isoformat(), "ends_at": s.ends_at.astimezone(zone).isoformat()}
            for s in sorted(near[:3])
        ]
        remedy = "choose a time inside `open`" if hours else "it is not open for so long on any day around; book less"
        raise OutsideOpeningHours(remedy, rule="opening_hours", remedy=remedy, open=hours)


RULES: tuple[Callable[[Question], None], ...] = (
    within_units,
    within_attendees,
    starts_on_the_grid,
    long_enough,
    short_enough,
    early_enough,
    not_too_far,
    while_open,
)


def _earliest(asked: Question) -> datetime:
    """The first start that the lead time allows."""
    zone = ZoneInfo(asked.time_zone)
    moment = asked.now + timedelta(minutes=asked.rules.lead_minutes)
    return next_on_grid(moment, zone, asked.rules.step_minutes).astimezone(zone)


def _refuse(rule: str, remedy: str, limit: Any, actual: Any, passing: str | None = None) -> NoReturn:
    members = {"rule": rule, "limit": limit, "actual": actual, "remedy": remedy}
    if passing is not None:
        members["earliest"] = passing
    raise RuleRefused(remedy, **members)
