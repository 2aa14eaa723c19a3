"""Who has used an owner's resources: how often, when last, what was not kept. Only bookings on what the reader runs."""

from datetime import datetime
from uuid import UUID

import msgspec

from server.access.rights import RUNS
from server.core import db
from server.core.actor import Actor

PAGE = 50
USED = f"""
SELECT b.member_id, o.name AS organization, a.name, count(*) AS bookings,
    count(*) FILTER (WHERE b.status IN ('in_use', 'completed')) AS used,
    count(*) FILTER (WHERE b.status = 'no_show') AS no_shows,
    count(*) FILTER (WHERE b.status = 'cancelled') AS cancelled,
    max(b.starts_at)
        FILTER (WHERE b.starts_at <= now() AND b.status IN ('confirmed', 'in_use', 'completed')) AS last_used,
    (sum(extract(epoch FROM b.ends_at - b.starts_at) * b.units)
        FILTER (WHERE b.status IN ('in_use', 'completed')) / 3600)::float AS hours
FROM booking b JOIN resource r ON r.id = b.resource_id JOIN organization o ON o.id = b.organization_id
JOIN member m ON m.id = b.member_id JOIN account a ON a.id = m.account_id
WHERE {RUNS} AND ($3::uuid IS NULL OR r.id = $3) AND b.status NOT IN ('declined', 'expired')
GROUP BY b.member_id, o.name, a.name
ORDER BY last_used DESC NULLS LAST, o.name, b.member_id OFFSET $4 LIMIT $5
"""


class Guest(msgspec.Struct, frozen=True):
    """A person of an organization, and what they booked; `hours` are unit hours that took place."""

    member_id: UUID
    organization: str
    name: str
    bookings: int
    used: int
    no_shows: int
    cancelled: int
    last_used: datetime | None
    hours: float | None


async def people(
    by: Actor, resource_id: UUID | None = None, first: int = 0, most: int = PAGE
) -> tuple[list[Guest], bool]:
    """Read who has used what the actor runs, the latest first, and whether there are more."""
    rows = await db.fetch(USED, by.organization_id, by.running, resource_id, first, most + 1)
    return [Guest(*row) for row in rows[:most]], len(rows) > most
