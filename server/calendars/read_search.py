"""Read the feed of a saved search: when what it finds could be booked by the one who saved it."""

import hashlib
from collections import OrderedDict
from datetime import timedelta
from decimal import Decimal
from time import monotonic
from uuid import UUID

import msgspec

from server import db, limits
from server.bookings.read_availability import availability
from server.calendars import events, lines
from server.calendars.read_feed import feed_calendar, host
from server.calendars.schemas import SavedSearch
from server.calendars.views import Head
from server.errors import NotFound, NotOffered
from server.organizations.actor import Actor, member
from server.resources.schemas import ResourceOut
from server.resources.search import search
from server.resources.wanted import Search
from server.settings import settings
from server.spans import Span
from server.web.translations import translator

AHEAD = timedelta(days=14)
RESOURCES = 20  # that the feed shows; a search that finds more should be narrowed
KEPT_SECONDS = 300.0  # what was found is shown again for so long: programs ask more often than they need
KEPT = 500

NOW = "SELECT date_trunc('hour', now())"
_kept: OrderedDict[UUID, tuple[float, bytes]] = OrderedDict()


async def found(feed: Head) -> tuple[bytes, str]:
    """Write what the search finds now, or found a few minutes ago, and its ETag. Raises RateLimited."""
    until, written = _kept.get(feed.id, (0.0, b""))
    if until < monotonic():
        await limits.spend(limits.RENDERINGS, str(feed.id))
        written = await _write(feed)
        _kept[feed.id] = (monotonic() + KEPT_SECONDS, written)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return written, f'"{hashlib.sha256(written).hexdigest()[:32]}"'


async def _write(feed: Head) -> bytes:
    reader = await member(feed.member_id)
    saved = msgspec.json.decode(feed.search or b"{}", type=SavedSearch)
    now = await db.fetchval(NOW)
    window = Span(now, now + AHEAD)
    wanted = Search(
        text=saved.q, kind=saved.kind, region=saved.region, owner=saved.owner, units=saved.units,
        standard=saved.standard, approval=saved.approval,
        price=None if saved.max_price is None else Decimal(str(saved.max_price)),
        within=window, minutes=saved.minutes, qualified=True,
    )  # fmt: skip
    resources = (await search(wanted, reader, None, RESOURCES)).items if reader else []
    written = [event for one in resources for event in await _free(feed, one, saved, window, reader)]
    return feed_calendar(feed, {one.time_zone for one in resources}, written)


async def _free(
    feed: Head, resource: ResourceOut, saved: SavedSearch, window: Span, reader: Actor | None
) -> list[bytes]:
    """Write the times at which a resource could be booked, as events that block nothing."""
    try:
        told = await availability(resource.id, window, reader, minutes=saved.minutes, units=saved.units)
    except (NotFound, NotOffered):  # since it was found
        return []
    name = resource.name_en if feed.locale == "en" and resource.name_en else resource.name
    title = translator(feed.locale).gettext("Free: %(resource)s") % {"resource": name}
    place = ", ".join(filter(None, (resource.owner.name, resource.city)))
    return [
        lines.component(
            "VEVENT",
            (
                lines.text("UID", events.busy_uid(settings().secret, resource.id, one.starts_at, one.ends_at, host())),
                lines.moment("DTSTAMP", feed.created_at),
                *events.span(one.starts_at, one.ends_at, resource.time_zone),
                lines.text("SUMMARY", title),
                lines.text("LOCATION", place),
                b"TRANSP:TRANSPARENT\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n",
            ),
        )
        for one in told.free
    ]
