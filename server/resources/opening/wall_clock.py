"""A window of time as the clocks on the walls of a zone show it: its offset, its minutes of the local week. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from server.core.spans import EPOCH, TICK, Minutes, Span, moment
from server.resources.opening.opening_hours import DAY, WEEK

MINUTE = timedelta(minutes=1)
# Clocks are changed for a month at least (Morocco in Ramadan); a look every 12 hours misses no change.
LOOK = timedelta(hours=12)
WEEK_LONG = timedelta(days=7)  # nor does a look every week


def steady(zone: ZoneInfo, window: Span) -> timezone | None:
    """The offset that the zone has all through `window`, None when it changes in it.

    With it a local time costs a fraction of what asking the zone costs each time.
    """
    moment, last = window
    offset = moment.astimezone(zone).utcoffset()
    while moment < last:
        moment = min(moment + WEEK_LONG, last)
        if moment.astimezone(zone).utcoffset() != offset:
            return None
    return None if offset is None else timezone(offset)


def shown(zone: ZoneInfo, window: Span) -> Callable[[int], datetime]:
    """Make what tells the local time of ticks in `window`."""
    offset = steady(zone, window)
    if offset is None:
        return lambda tick: moment(tick).astimezone(zone)
    epoch = EPOCH.astimezone(offset)
    return lambda tick: epoch + tick * TICK


def week_minutes_of(window: Span, time_zone: str) -> Minutes | None:
    """The minutes of the local week that `window` touches, or None when clocks are changed within a day of it.

    Then the same minute may come twice or never, and only server.resources.opening.opening_hours can tell what is open.
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
