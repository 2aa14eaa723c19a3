"""A window of time as the clocks on the walls of a zone show it: minutes of the local week. Pure."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from server.resources.hours import DAY, WEEK, Minutes
from server.spans import Span

MINUTE = timedelta(minutes=1)
# Clocks are changed for a month at least (Morocco in Ramadan); a look every 12 hours misses no change.
LOOK = timedelta(hours=12)


def week_minutes_of(window: Span, time_zone: str) -> Minutes | None:
    """The minutes of the local week that `window` touches, or None when clocks are changed within a day of it.

    Then the same minute may come twice or never, and only server.resources.hours can tell what is open.
    """
    zone = ZoneInfo(time_zone)
    moment, last = window.starts_at - 2 * LOOK, window.ends_at + 2 * LOOK
    offset = window.starts_at.astimezone(zone).utcoffset()
    while moment <= last:
        if moment.astimezone(zone).utcoffset() != offset:
            return None
        moment += LOOK
    if window.length >= timedelta(minutes=WEEK):
        return ((0, WEEK),)
    local = window.starts_at.astimezone(zone)
    start = local.weekday() * DAY + local.hour * 60 + local.minute
    into_minute = timedelta(seconds=local.second, microseconds=local.microsecond)
    end = start - (-(window.length + into_minute) // MINUTE)
    if end - start >= WEEK:
        return ((0, WEEK),)
    return ((start, end),) if end <= WEEK else ((0, end - WEEK), (start, WEEK))
