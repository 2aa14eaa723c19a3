"""What is read of closures: those of a resource that are not over."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.access.rights import RUNS
from server.core import db
from server.core.actor import Actor
from server.resources.schemas import ResourceOut

MOST = 200

COMING = f"""
SELECT c.id, c.group_id, lower(c.during) AS starts_at, upper(c.during) AS ends_at, c.units, c.reason,
       count(*) OVER (PARTITION BY c.group_id) AS of_group
FROM closure c JOIN resource r ON r.id = c.resource_id
WHERE {RUNS} AND r.id = $3 AND c.lifted_at IS NULL AND upper(c.during) > now()
ORDER BY lower(c.during), c.id LIMIT {MOST}
"""


class Coming(msgspec.Struct, frozen=True):
    """A closure that is not over. `of_group`: how many such its rule made, 1 for one without a rule."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    units: int | None
    reason: str
    group_id: UUID | None
    of_group: int


async def coming(resource: ResourceOut, by: Actor) -> list[Coming]:
    """Read the closures that are not over, by start. None where the actor does not run the resource."""
    zone = ZoneInfo(resource.time_zone)
    return [
        Coming(
            row["id"], row["starts_at"].astimezone(zone), row["ends_at"].astimezone(zone), row["units"], row["reason"],
            row["group_id"], row["of_group"] if row["group_id"] else 1,
        )
        for row in await db.fetch(COMING, by.organization_id, by.running, resource.id)
    ]  # fmt: skip
