"""Read a feed as free and busy time. Always written anew, so its ETag is that of its bytes."""

import hashlib
from datetime import timedelta

from server.bookings.capacity import lock
from server.calendars import views
from server.calendars.feed_read import host
from server.calendars.free_busy import FreeBusy, Hours, document
from server.calendars.views import Head
from server.core import rate_limits
from server.core.settings import settings
from server.core.spans import Span, merged

AHEAD = timedelta(days=100)  # programs that plan ask for weeks


async def free_busy(feed: Head) -> tuple[bytes, str]:
    """Write the free and busy time of a feed, and its ETag. Raises RateLimited."""
    await rate_limits.spend(rate_limits.RENDERINGS, str(feed.id))
    window = Span(feed.window.starts_at, feed.window.starts_at + views.BEFORE + AHEAD)
    taken = merged(Span(one.starts_at, one.ends_at) for one in await views.busy(feed))
    busy = [span for span in (Span(*pair) for pair in taken) if span.meets(window)]
    told = FreeBusy(window, feed.changed_at, busy, await _hours(feed, window))
    written = document(told, f"free-busy-{feed.id}", settings().mail_from, host())
    return written, f'"{hashlib.sha256(written).hexdigest()[:32]}"'


async def _hours(feed: Head, window: Span) -> Hours | None:
    """Read when the resource of a feed is open, for anyone."""
    if feed.resource_id is None:
        return None
    resource = await lock.read(feed.resource_id, feed.organization_id)
    seen = await lock.look_around(resource, window, guest=None)
    return Hours(resource.id, resource.time_zone, resource.week, seen.other_days(resource))
