"""The times at which a saved search asks for exactly some hours. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.calendars.schemas import SavedHours
from server.core.errors import DomainError
from server.core.recurrence import instant
from server.core.spans import Span

ONE_DAY = timedelta(days=1)


def times(hours: SavedHours, window: Span) -> list[Span]:
    """Each time that begins within `window`, or the one on the day that is named. What the clocks skip is left out."""
    zone = ZoneInfo(hours.time_zone)
    first, last = (moment.astimezone(zone).date() for moment in window)
    days = [first + number * ONE_DAY for number in range((last - first).days + 1)] if hours.on is None else [hours.on]
    start, until = time.fromisoformat(hours.start), time.fromisoformat(hours.until)
    found = []
    for day in days:
        end = day if until > start else day + ONE_DAY
        try:
            span = Span(instant(datetime.combine(day, start), zone), instant(datetime.combine(end, until), zone))
        except (DomainError, OverflowError):
            continue
        if window.starts_at <= span.starts_at and (hours.on is not None or span.starts_at < window.ends_at):
            found.append(span)
    return found
