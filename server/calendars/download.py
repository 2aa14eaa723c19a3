"""Give one booking as a calendar file, for programs that take no invitation by mail."""

from uuid import UUID

from server.access.rights import RUNS
from server.bookings.capacity.booking_facts import FACTS, PARTIES
from server.bookings.rights import VISIBLE
from server.calendars import events
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.outbox.facts import Facts

ONE = f"""
SELECT {FACTS}, {RUNS} AS runs
FROM booking b JOIN resource r ON r.id = b.resource_id {PARTIES}
WHERE {VISIBLE} AND b.id = $4
"""


async def download(id: UUID, by: Actor) -> bytes:
    """Write the event of a booking that the actor may see, as their feeds show it. Raises NotFound."""
    row = await db.fetchrow(ONE, by.organization_id, by.running, by.guest, id)
    if row is None:
        raise NotFound("there is no such booking")
    known = dict(row)
    reader: events.Reader = "owner" if known.pop("runs") else "member"
    facts = Facts(**known)
    return events.calendar([], [facts.time_zone], facts.ends_at.year, [events.event(facts, reader, by.locale)])
