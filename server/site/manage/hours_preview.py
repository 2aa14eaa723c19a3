"""What opening hours come to: four weeks, day by day, with exceptions, holidays and worked weekends; and who comes when
it would be closed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Range

from server.access.rights import RUNS
from server.bookings.capacity import views
from server.bookings.rules.daily import exceptional_days
from server.bookings.schemas import Booking
from server.core import db
from server.core.actor import Actor
from server.core.spans import Span
from server.resources.opening.holiday_facts import Holiday
from server.resources.opening.opening_hours import fits, open_spans
from server.resources.opening.week import OpeningHours, day_minutes, week_minutes
from server.resources.schemas import ResourceOut

WEEKS = 4
AHEAD = timedelta(days=366)  # how far bookings are looked at that would lie outside
MOST = 50

HOLIDAYS = "SELECT day, works_like, name FROM holiday WHERE country = $1 AND day BETWEEN $2 AND $3 ORDER BY day"

COMING = f"""
{views.SELECT} WHERE {RUNS} AND b.resource_id = $3 AND b.status IN ('requested', 'confirmed')
  AND b.ends_at > now() AND tstzrange(b.starts_at, b.ends_at) && $4
ORDER BY b.starts_at, b.id
"""


class Day(msgspec.Struct, frozen=True):
    """A day and its hours on the wall clock. `why`: of a holiday or an exception; `worked`: a weekend day that is."""

    day: date
    hours: list[str]
    why: str = ""
    exception: bool = False
    worked: bool = False


async def holidays(resource: ResourceOut, first: date, days: int) -> list[Holiday]:
    """The holidays of the resource's country, and the days that are worked instead."""
    last = first + timedelta(days=days)
    return [Holiday(**row) for row in await db.fetch(HOLIDAYS, resource.country, first, last)]


def weeks(resource: ResourceOut, hours: OpeningHours, known: list[Holiday], first: date) -> list[list[Day]]:
    """Four weeks from the Monday before `first`, as these hours would have them."""
    zone = ZoneInfo(resource.time_zone)
    monday = first - timedelta(days=first.weekday())
    week, others = _minutes(resource, hours, known)
    names = {one.day: one for one in known if one.day in others}
    reasons = {one.date: one for one in hours.exceptions}
    found = []
    for number in range(7 * WEEKS):
        day = monday + timedelta(days=number)
        midnight = datetime.combine(day, time(), zone)
        window = Span(midnight, datetime.combine(day + timedelta(days=1), time(), zone))
        spans = open_spans(week, others, resource.time_zone, window)
        said = reasons.get(day)
        holiday = names.get(day)
        found.append(
            Day(
                day, [_clocks(span, zone, day) for span in spans],
                said.reason if said else holiday.name if holiday else "",
                said is not None,
                said is None and holiday is not None and holiday.works_like is not None,
            )
        )  # fmt: skip
    return [found[start : start + 7] for start in range(0, len(found), 7)]


def _minutes(resource: ResourceOut, hours: OpeningHours, known: list[Holiday]) -> tuple[
    tuple[tuple[int, int], ...], dict[date, tuple[tuple[int, int], ...]]
]:  # fmt: skip
    week = week_minutes(hours.weekly)
    closing = (
        {one.day: one.works_like for one in known} if resource.rules.closes_on_holidays(resource.country, week) else {}
    )
    return week, exceptional_days(week, closing) | {one.date: day_minutes(one) for one in hours.exceptions}


def _clocks(span: Span, zone: ZoneInfo, day: date) -> str:
    start, end = (moment.astimezone(zone) for moment in span)
    return f"{start:%H:%M}–{'24:00' if end.date() != day else f'{end:%H:%M}'}"


async def outside(resource: ResourceOut, hours: OpeningHours, by: Actor) -> list[Booking]:
    """Bookings and requests that lie outside these hours. They stay; the owner may want to know."""
    now = datetime.now(UTC)
    window = Span(now - timedelta(days=8), now + AHEAD)
    known = await holidays(resource, window.starts_at.date(), 400)
    week, others = _minutes(resource, hours, known)
    opening = open_spans(week, others, resource.time_zone, window)
    rows = await db.fetch(COMING, by.organization_id, by.running, resource.id, Range(now, window.ends_at))
    found = [one for one in map(views.booking_of, rows) if not fits(opening, Span(one.starts_at, one.ends_at))]
    return found[:MOST]
