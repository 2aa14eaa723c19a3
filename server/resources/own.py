"""What an owner's people list of the resources that they run."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.resources import views
from server.resources.schemas import ResourceOut

PAGE = 30
# Those of organization $1 that the reader runs: $2, null for all.
OWN = "r.owner_id = $1 AND ($2::uuid[] IS NULL OR r.id = ANY($2))"
FOUND = f"""{OWN} AND ($3 = '' OR strpos(lower(r.name || ' ' || r.name_en || ' ' || r.model), lower($3)) > 0)
AND ($4 = '' OR r.kind = $4) AND ($5::bool IS NULL OR r.listed = $5)"""
LISTED = f"""
SELECT r.id, r.kind, r.name, r.name_en, r.model, r.city, r.units, r.listed, r.time_zone, n.starts_at, n.waiting,
    (SELECT f.id FROM photo f WHERE f.resource_id = r.id ORDER BY f.position, f.id LIMIT 1) AS photo_id
FROM resource r LEFT JOIN LATERAL (
    SELECT min(b.starts_at) FILTER (WHERE b.status IN ('confirmed', 'in_use')) AS starts_at,
           count(*) FILTER (WHERE b.status = 'requested') AS waiting
    FROM booking b WHERE b.resource_id = r.id AND b.ends_at > now() AND b.status IN ('requested', 'confirmed', 'in_use')
) n ON true
WHERE {FOUND} ORDER BY r.name, r.id OFFSET $6 LIMIT $7
"""
COUNT = f"SELECT count(*) FROM resource r WHERE {FOUND}"
NAMES = f"""
SELECT r.id, r.name, r.model FROM resource r WHERE {OWN}
ORDER BY r.id IS NOT DISTINCT FROM $3 DESC, r.name, r.id LIMIT 500
"""
ONE = f"SELECT FROM resource r WHERE {OWN} AND r.id = $3"


class Own(msgspec.Struct, frozen=True):
    """A resource in its owner's list, with the next booking and how many wait for a decision."""

    __schema_name__ = "OwnResource"
    id: UUID
    kind: str
    name: str
    name_en: str
    model: str
    city: str
    units: int
    listed: bool
    time_zone: str
    starts_at: datetime | None
    waiting: int
    photo_id: UUID | None


async def own(
    by: Actor, text: str = "", kind: str = "", listed: bool | None = None, first: int = 0, most: int = PAGE
) -> tuple[list[Own], int]:
    """A page of the resources that the actor runs, and how many match in all."""
    asked: tuple[Any, ...] = (by.organization_id, by.running, text, kind, listed)
    rows = await db.fetch(LISTED, *asked, first, most)
    return [Own(*row) for row in rows], await db.fetchval(COUNT, *asked)


async def how_many(by: Actor) -> int:
    """Count the resources that the actor runs."""
    return int(await db.fetchval(COUNT, by.organization_id, by.running, "", "", None))


async def names(by: Actor, chosen: UUID | None = None) -> list[tuple[UUID, str]]:
    """The resources that the actor runs, to choose from: the one that is chosen, and as many as a list can have."""
    rows = await db.fetch(NAMES, by.organization_id, by.running, chosen)
    return [(row["id"], f"{row['name']} {row['model']}".strip()) for row in rows]


async def own_resource(id: UUID, by: Actor) -> ResourceOut:
    """Read a resource that the actor runs. Raises NotFound."""
    if await db.fetchrow(ONE, by.organization_id, by.running, id) is None:
        raise NotFound("there is no such resource, or you do not run it")
    return await views.resource(id, by)
