"""Read a feed: who may, whether it changed, and only then what it says."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

from server.calendars import events, lines, views
from server.calendars.views import Head
from server.core import db, lasting_key, rate_limits
from server.core.secret import digest
from server.core.settings import settings
from server.core.translations import translator

FORMAT = 2  # goes up when the same bookings are written differently
REFRESH = "PT15M"
COLOR = "steelblue"  # a CSS name, RFC 7986 5.9
KEPT_BYTES = 32 * 1024 * 1024  # of whole feeds, per process

_kept: OrderedDict[str, bytes] = OrderedDict()


async def head(token: str) -> Head | None:
    """Find a feed by its token and note, at most once a minute, that it was read. None for 404."""
    feed = await views.head(digest(token))
    if feed is not None and feed.read_long_ago:
        await db.execute(views.READ_AT, feed.id)
    return feed


def etag(feed: Head) -> str:
    """Make a strong ETag of the feed's state and the day, which moves its window."""
    said = (FORMAT, feed.id, feed.view, feed.locale, feed.today, feed.state, settings().base_url)
    return f'"{hashlib.sha256(repr(said).encode()).hexdigest()[:32]}"'


def last_modified(feed: Head) -> str:
    return format_datetime(feed.changed_at.replace(microsecond=0), usegmt=True)


def unchanged(feed: Head, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Judge a conditional request (RFC 9110 13.2.2): If-None-Match decides alone when it is sent.

    A date has whole seconds and a hold can end without one; so it counts only for what has been at rest, and never for
    busy times.
    """
    if if_none_match is not None:
        return names(if_none_match, etag(feed))
    if if_modified_since is None or feed.fresh or feed.view == "busy":
        return False
    since = _date(if_modified_since)
    return since is not None and feed.changed_at.replace(microsecond=0) <= since


def names(if_none_match: str | None, tag: str) -> bool:
    """Whether If-None-Match names this ETag."""
    given = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return "*" in given or tag in given


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


async def body(feed: Head) -> bytes:
    """Write the feed, or take it from what this process keeps. Raises RateLimited."""
    name = etag(feed)
    if (known := _kept.get(name)) is not None:
        _kept.move_to_end(name)
        return known
    await rate_limits.spend(rate_limits.RENDERINGS, str(feed.id))
    written = await _write(feed)
    _kept[name] = written
    while sum(map(len, _kept.values())) > KEPT_BYTES:
        _kept.popitem(last=False)
    return written


async def _write(feed: Head) -> bytes:
    return feed_calendar(feed, *await (_busy(feed) if feed.view == "busy" else _detail(feed)))


def feed_calendar(feed: Head, zones: set[str], written: Sequence[bytes]) -> bytes:
    """Put the events of a feed into a calendar that tells its name and how often to come again."""
    properties = (
        lines.text("NAME", _title(feed)),
        lines.text("X-WR-CALNAME", _title(feed)),
        lines.text("COLOR", COLOR),
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}\r\nX-PUBLISHED-TTL:{REFRESH}\r\n".encode(),
        lines.uri("URL", settings().base_url),
        lines.moment("LAST-MODIFIED", feed.changed_at),
    )
    return events.calendar(properties, zones, feed.window.ends_at.year, written)


async def _detail(feed: Head) -> tuple[set[str], Sequence[bytes]]:
    booked = await views.events(feed)
    closed = await views.closures(feed) if feed.view == "owner" else []
    title = translator(feed.locale).gettext("Closed")
    written = [events.event(facts, "owner" if feed.view == "owner" else "member", feed.locale) for facts in booked]
    for one in closed:
        said = f"{title}: {one.reason}" if one.reason else title
        written.append(events.busy(f"{one.id}@{host()}", one.starts_at, one.ends_at, one.stamp, one.time_zone, said))
    return {facts.time_zone for facts in booked} | {one.time_zone for one in closed}, written


async def _busy(feed: Head) -> tuple[set[str], Sequence[bytes]]:
    whose = {"resource": feed.resource_id, "organization": feed.organization_id, "person": feed.member_id}[feed.scope]
    title = translator(feed.locale).gettext("Busy")
    taken = await views.busy(feed)
    written = []
    for one in taken:
        uid = events.busy_uid(lasting_key.key(), whose or feed.id, one.starts_at, one.ends_at, host())
        written.append(events.busy(uid, one.starts_at, one.ends_at, one.stamp, one.time_zone, title))
    return {one.time_zone for one in taken}, written


def _title(feed: Head) -> str:
    _ = translator(feed.locale).gettext
    resource = feed.resource_name_en if feed.locale == "en" and feed.resource_name_en else feed.resource_name
    name = {"resource": resource, "organization": feed.organization_name}.get(feed.scope, feed.member_name)
    texts = {"busy": _("Rongtong: %(name)s (busy times)"), "free": _("Rongtong: %(name)s (what is free)")}
    return texts.get(feed.view, _("Rongtong: %(name)s")) % {"name": name}


def host() -> str:
    """The host of this installation, which stands in UIDs."""
    return urlsplit(settings().base_url).hostname or "rongtong"
