"""Quotas: how much of a limit is used, and what is left of it. Pure.

A booking counts in the local day, week (from Monday) or month in which it starts, with all its minutes on all its
units; a quota without a period counts what is not over yet.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.rules import allowance
from server.bookings.rules.context import Counted, GuestContext
from server.core.spans import Span
from server.core.text import many
from server.resources.opening.opening_hours import open_spans
from server.resources.opening.week import WeekSpan, week_minutes
from server.resources.rules.schemas import Quota, Rules

Tally = Callable[[date], int]  # how much is used on a local day

PERIODS_AHEAD = 53  # how far the earliest time that would pass is looked for


def period(quota: Quota, day: date) -> tuple[date, date]:
    """The first day of the period that holds `day`, and the first after it."""
    first = _first(quota, day)
    if quota.period == "month":
        return first, (first + timedelta(days=31)).replace(day=1)
    return first, first + timedelta(days=7 if quota.period == "week" else 1)


def _first(quota: Quota, day: date) -> date:
    if quota.period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if quota.period == "month" else day


def used(quota: Quota, standing: GuestContext, day: date, zone: ZoneInfo, now: datetime) -> int:
    """How many bookings or minutes count against the quota on a local day."""
    return tally(quota, standing, zone, now)(day)


def tally(quota: Quota, standing: GuestContext, zone: ZoneInfo, now: datetime) -> Tally:
    """Count once for all days."""
    counted = Counter[date]()
    for one in standing.booked:
        if (
            (quota.across == "owner" or one.here)
            and (quota.per == "organization" or one.mine)
            and (quota.period or one.ends_at > now)
            and (not quota.during or touches(quota.during, Span(one.starts_at, one.ends_at), zone))
        ):
            counted[_first(quota, one.day(zone))] += 1 if quota.bookings is not None else one.minutes
    if quota.period is None:
        return lambda _: counted.total()
    return lambda day: counted[_first(quota, day)]


def refusal(
    quota: Quota, standing: GuestContext, asked: Counted, zone: ZoneInfo, now: datetime
) -> dict[str, Any] | None:
    """Say what one more booking would be too much for, and from when on it would pass; None when it passes."""
    span = Span(asked.starts_at, asked.ends_at)
    if quota.during and not touches(quota.during, span, zone):
        return None
    day, limit, more = asked.day(zone), _limit(quota), 1 if quota.bookings is not None else asked.minutes
    actual = used(quota, standing, day, zone, now) + more
    if actual <= limit:
        return None
    members: dict[str, Any] = {
        "rule": "quotas", "limit": limit, "actual": actual, "unit": "bookings" if quota.bookings is not None else
        "minutes", "per": quota.per, "period": quota.period, "across": quota.across,
    }  # fmt: skip
    whose = "your organization" if quota.per == "organization" else "each member"
    where = "this resource" if quota.across == "resource" else "all resources of this owner"
    what = f"{whose} may book {many(limit, members['unit'].removesuffix('s'))}" + (
        f" a {quota.period}" if quota.period else " at a time"
    )
    what += f" on {where}" + (" in these hours" if quota.during else "")
    earliest = next(
        (first for first in _later(quota, day) if used(quota, standing, first, zone, now) + more <= limit), None
    )
    if earliest is not None:
        members["earliest"] = datetime(earliest.year, earliest.month, earliest.day, tzinfo=zone).isoformat()
        members["remedy"] = f"{what}; book from {earliest.isoformat()} on, or cancel one first"
    else:
        members["remedy"] = f"{what}; book less, or wait until one is over, or cancel one"
    return members


def left(
    rules: Rules, standing: GuestContext, day: date, units: int, zone: ZoneInfo, now: datetime,
    tallies: Sequence[Tally] | None = None,
) -> tuple[Rules | None, tuple[WeekSpan, ...]]:  # fmt: skip
    """What the quotas leave of a day: the rules with what is left as the longest time, and the hours that are used up.

    None instead of rules when no booking may start on that day. `tallies` of the quotas, when there are many days.
    """
    shut: tuple[WeekSpan, ...] = ()
    longest = rules.max_minutes
    tallies = tallies or [tally(quota, standing, zone, now) for quota in rules.quotas]
    for quota, count in zip(rules.quotas, tallies, strict=True):
        remaining = _limit(quota) - count(day)
        at_once = 1 + standing.beside if quota.across == "owner" else 1
        if quota.bookings is None:
            longest = min(remaining // (units * at_once), remaining if longest is None else longest)
        elif remaining < at_once and quota.during:
            shut += quota.during
        elif remaining < at_once:
            return None, ()
    allowed = allowance.left(standing, day, zone)
    if allowed is not None:
        longest = min(allowed // units, allowed if longest is None else longest)
    if longest is not None and longest < rules.min_minutes:
        return None, ()
    return (rules if longest == rules.max_minutes else msgspec.structs.replace(rules, max_minutes=longest)), shut


def touches(weekly: tuple[WeekSpan, ...], span: Span, zone: ZoneInfo) -> bool:
    return bool(open_spans(week_minutes(weekly), {}, zone.key, span))


def _limit(quota: Quota) -> int:
    return quota.minutes or 0 if quota.bookings is None else quota.bookings


def _later(quota: Quota, day: date) -> Iterator[date]:
    if quota.period is not None:
        for _ in range(PERIODS_AHEAD):
            _, day = period(quota, day)
            yield day
