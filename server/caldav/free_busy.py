"""When a calendar is busy, for programs that plan (RFC 4791 7.10)."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from server.caldav import contents, filters, occurrences
from server.caldav.calendar_file import LONGEST, parse, span_of, takes_time
from server.caldav.views import Calendar
from server.calendars.feed_read import host
from server.calendars.free_busy import FreeBusy, document
from server.core.actor import Actor
from server.core.errors import Forbidden
from server.core.settings import settings
from server.core.spans import Span, merged, within

WIDEST = timedelta(days=1200)


async def free_busy(calendar: Calendar, by: Actor, span: Span | None) -> bytes:
    """Write a VFREEBUSY of a time. Raises Forbidden for none, or for one that is too long."""
    if span is None or span.length > WIDEST:
        raise Forbidden(f"a free-busy-query has a time-range of at most {WIDEST.days} days", condition="C:valid-filter")
    found = await contents.objects(calendar.id, by, None, span.starts_at - LONGEST, span.ends_at)
    zone = ZoneInfo(calendar.time_zone)

    def taken() -> list[Span]:
        events = (event for one in found for event in filters.within(parse(one.data), span, zone))
        return [span_of(event, zone) for event in events if takes_time(event)]

    busy = within(merged(await occurrences.in_thread(taken)), span)
    stamp = max((one.modified_at for one in found), default=span.starts_at)
    told = FreeBusy(span, stamp, [Span(*one) for one in busy])
    return document(told, f"busy-{calendar.id}", settings().mail_from, host())
