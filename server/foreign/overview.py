"""The resources that somebody runs, and how their foreign calendars are."""

from uuid import UUID

import msgspec

from server.access.rights import RUNS
from server.core import db
from server.core.actor import Actor

MOST = 500

# Those with calendars first, the ones in trouble before all.
LIST = f"""
SELECT r.id, r.name, r.name_en, count(f.id) AS calendars,
       count(f.id) FILTER (WHERE f.error <> '' OR coalesce(f.read_at, f.created_at) < now() - interval '24 hours')
           AS troubled
FROM resource r LEFT JOIN foreign_calendar f ON f.resource_id = r.id AND f.removed_at IS NULL
WHERE {RUNS} AND ($3 = '' OR r.name ILIKE '%' || $3 || '%' OR r.name_en ILIKE '%' || $3 || '%')
GROUP BY r.id ORDER BY 5 DESC, (count(f.id) > 0) DESC, r.name, r.id OFFSET $4 LIMIT $5
"""


class Run(msgspec.Struct, frozen=True):
    """A resource that the reader runs."""

    id: UUID
    name: str
    name_en: str
    calendars: int
    troubled: int  # of them


async def overview(by: Actor, name: str = "", first: int = 0, size: int = MOST) -> list[Run]:
    """List them, or those with this in their name. `first`: how many of them to leave out."""
    sought = name.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    rows = await db.fetch(LIST, by.organization_id, by.running, sought, first, size)
    return [Run(**row) for row in rows]
