"""Read the feed of a saved search: when what it finds could be booked by the one who saved it."""

import hashlib
from collections import OrderedDict
from datetime import timedelta
from decimal import Decimal
from time import monotonic
from typing import TypeAlias
from uuid import UUID

import msgspec

from server.access.authentication import member
from server.bookings.capacity.availability_read import availability
from server.calendars import events, lines
from server.calendars.feed_read import feed_calendar, host
from server.calendars.saved_times import times
from server.calendars.schemas import SavedSearch
from server.calendars.views import Head
from server.core import db, lasting_key, rate_limits
from server.core.actor import Actor
from server.core.errors import Invalid, NotFound, NotOffered
from server.core.spans import Span
from server.core.translations import translator
from server.resources.schemas import ResourceOut
from server.search.near import near_point
from server.search.query import Search
from server.search.search import search

AHEAD = timedelta(days=14)
RESOURCES = 20  # that the feed shows; a search that finds more should be narrowed
KEPT_SECONDS = 300.0  # what was found is shown again for so long: programs ask more often than they need
KEPT = 500

Free: TypeAlias = tuple[ResourceOut, Span]  # and when it can be booked

NOW = "SELECT date_trunc('hour', now())"
_kept: OrderedDict[UUID, tuple[float, bytes]] = OrderedDict()


async def found(feed: Head) -> tuple[bytes, str]:
    """Write what the search finds now, or found a few minutes ago, and its ETag. Raises RateLimited."""
    until, written = _kept.get(feed.id, (0.0, b""))
    if until < monotonic():
        await rate_limits.spend(rate_limits.RENDERINGS, str(feed.id))
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
    try:
        near = await near_point(saved.near, saved.within_km, reader)
    except Invalid:  # no owner in that region says any more where anything is
        reader = near = None
    wanted = Search(
        text=saved.q, kind=saved.kind, region=saved.region, owner=saved.owner, units=saved.units,
        standard=saved.standard, approval=saved.approval, near=near,
        price=None if saved.max_price is None else Decimal(str(saved.max_price)), qualified=True,
    )  # fmt: skip
    if reader is None:
        free = []
    elif saved.hours is not None:
        free = await _exactly(wanted, times(saved.hours, window), reader)
    else:
        free = await _any(wanted, window, saved.minutes or 1, reader)
    written = [_event(feed, resource, span) for resource, span in free]
    return feed_calendar(feed, {resource.time_zone for resource, _ in free}, written)


async def _exactly(wanted: Search, spans: list[Span], reader: Actor) -> list[Free]:
    """What can be booked for exactly these times."""
    found: list[Free] = []
    for span in spans:
        fitting = await search(msgspec.structs.replace(wanted, exactly=span), reader, None, RESOURCES)
        found += [(one, span) for one in fitting.items]
    return found


async def _any(wanted: Search, window: Span, minutes: int, reader: Actor) -> list[Free]:
    """The times at which so long can be booked."""
    fitting = await search(msgspec.structs.replace(wanted, within=window, minutes=minutes), reader, None, RESOURCES)
    found: list[Free] = []
    for one in fitting.items:
        try:
            told = await availability(one.id, window, reader, minutes=minutes, units=wanted.units)
        except (NotFound, NotOffered):  # since it was found
            continue
        found += [(one, Span(free.starts_at, free.ends_at)) for free in told.free]
    return found


def _event(feed: Head, resource: ResourceOut, span: Span) -> bytes:
    """Write when a resource could be booked, as an event that blocks nothing."""
    name = resource.name_en if feed.locale == "en" and resource.name_en else resource.name
    title = translator(feed.locale).gettext("Free: %(resource)s") % {"resource": name}
    place = ", ".join(filter(None, (resource.owner.name, resource.city)))
    return lines.component(
        "VEVENT",
        (
            lines.text("UID", events.busy_uid(lasting_key.key(), resource.id, *span, host())),
            lines.moment("DTSTAMP", feed.created_at),
            *events.span(*span, resource.time_zone),
            lines.text("SUMMARY", title),
            lines.text("LOCATION", place),
            b"TRANSP:TRANSPARENT\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n",
        ),
    )
