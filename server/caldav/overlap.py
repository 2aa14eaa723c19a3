"""Refuse what overlaps with time that is taken, naming the first times in the way and never who has them."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from asyncpg import Range

from server.bookings.capacity.resource_snapshot import Bookable
from server.caldav.texts import IN_THE_WAY, TAKEN, in_language_of
from server.core import db
from server.core.actor import Actor
from server.core.errors import SlotTaken
from server.core.spans import Span

NAMED = 3

# What the owner closed already, or is busy with in another calendar, is in the way of nobody's events of their own.
CLASHES = """
SELECT c.during, min(c.reason) AS reason
FROM unnest($2::tstzrange[]) AS wanted (during)
JOIN claim c ON c.resource_id = $1 AND c.during && wanted.during
WHERE c.released_at IS NULL AND c.reason NOT IN ('closure', 'busy') AND (c.expires_at IS NULL OR c.expires_at > now())
GROUP BY c.during ORDER BY c.during LIMIT $3
"""


async def refuse_overlap(resource: Bookable, wanted: Sequence[Span], by: Actor) -> None:
    """Raise SlotTaken when something is in the way. The resource must be locked."""
    rows = await db.fetch(CLASHES, resource.id, [Range(*span) for span in wanted], NAMED)
    if not rows:
        return
    zone = ZoneInfo(resource.time_zone)
    times = [_told(row["during"], zone, in_language_of(by, IN_THE_WAY[row["reason"]])) for row in rows]
    raise SlotTaken(in_language_of(by, TAKEN) % {"times": "; ".join(times)}, condition="R:slot-taken")


def _told(during: Any, zone: ZoneInfo, what: str) -> str:
    start, end = (moment.astimezone(zone) for moment in (during.lower, during.upper))
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M}–{until} ({what})"
