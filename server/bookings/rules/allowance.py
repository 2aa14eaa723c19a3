"""What an organization lets one of its bookers book in a calendar month, with whichever owner. Pure.

A booking counts in the month in which it starts on the clock of the resource that is asked for, with all its minutes on
all its units, like in quotas (docs/decisions/0043).
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from server.bookings.rules.context import Counted, GuestContext, RuleContext, refuse
from server.core.text import many

MONTHS_AHEAD = 24  # how far the first month with enough left is looked for


def left(standing: GuestContext, day: date, zone: ZoneInfo) -> int | None:
    """The minutes that are left in the month of a local day; None without a limit."""
    if standing.allowance is None:
        return None
    month = (day.year, day.month)
    counted = (one for one in standing.spent if (one.day(zone).year, one.day(zone).month) == month)
    return standing.allowance - sum(one.minutes for one in counted)


def within_allowance(asked: RuleContext) -> None:
    limit, zone = asked.guest.allowance, ZoneInfo(asked.time_zone)
    wanted = Counted(asked.span.starts_at, asked.span.ends_at, asked.units, here=True, mine=True)
    day = wanted.day(zone)
    remaining = left(asked.guest, day, zone)
    if limit is None or remaining is None or wanted.minutes <= remaining:
        return
    remedy = f"your organization lets you book {many(limit, 'minute')} in a calendar month"
    earliest = None
    for _ in range(MONTHS_AHEAD):
        day = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        if wanted.minutes <= (left(asked.guest, day, zone) or 0):
            earliest = datetime(day.year, day.month, day.day, tzinfo=zone).isoformat()
            remedy += f"; book from {day.isoformat()} on, or ask an admin for more"
            break
    else:
        remedy += "; book less, or ask an admin for more"
    actual = limit - remaining + wanted.minutes
    refuse("monthly_minutes", remedy, limit, actual, earliest, unit="minutes", period="month", per="member")
