"""Look into a feed of one's own: what it contains now, and whether it still may be read."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import msgspec

from server.calendars import feed_list, views
from server.calendars.read_search import found
from server.calendars.schemas import FeedCheck, FeedEvent
from server.calendars.views import Head
from server.core.actor import Actor
from server.core.errors import NotFound

SHOWN = 20  # events ahead


async def check(id: UUID, by: Actor) -> FeedCheck:
    """Tell what a feed shows now and what comes next in it. Raises NotFound."""
    feed = await feed_list.feed(id, by.member_id)
    if feed is None:
        raise NotFound("you have no such feed")
    head = await views.head_of(id, by.member_id)
    events = [] if head is None else await _events(head)
    now = await views.now()
    ahead = [one for one in events if one.ends_at > now]
    return FeedCheck(
        **msgspec.structs.asdict(feed),
        readable=head is not None,
        events=len(events),
        ahead=len(ahead),
        next=sorted(ahead, key=lambda one: one.starts_at)[:SHOWN],
    )


async def _events(feed: Head) -> list[FeedEvent]:
    if feed.scope == "search":
        return _written((await found(feed))[0])
    if feed.view == "busy":
        return [_event("", "", one.time_zone, one.starts_at, one.ends_at) for one in await views.busy(feed)]
    booked = [
        _event(one.resource_name, one.status, one.time_zone, one.starts_at, one.ends_at)
        for one in await views.events(feed)
    ]
    closed = await views.closures(feed) if feed.view == "owner" else []
    return booked + [_event(one.reason, "closed", one.time_zone, one.starts_at, one.ends_at) for one in closed]


def _event(title: str, status: str, time_zone: str, starts_at: datetime, ends_at: datetime) -> FeedEvent:
    zone = ZoneInfo(time_zone)
    return FeedEvent(title, status, time_zone, starts_at.astimezone(zone), ends_at.astimezone(zone))


def _written(content: bytes) -> list[FeedEvent]:
    """Read the events of what a search has found: it is kept as written."""
    written: Any = icalendar.Calendar.from_ical(content)
    return [
        _event(str(one["SUMMARY"]), "free", _zone(one["DTSTART"]), one["DTSTART"].dt, one["DTEND"].dt)
        for one in written.events
    ]


def _zone(start: Any) -> str:
    return str(start.params.get("TZID", "UTC"))
