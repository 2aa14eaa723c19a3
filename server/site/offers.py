"""What the start page shows of the resources: when each is next free."""

import msgspec

from server.bookings.capacity.occupancy_read import NextFree, next_free
from server.core import db
from server.resources import views
from server.resources.schemas import ResourceOut

MOST = 24

# The oldest first, so that the page of a demo does not change with every import.
LISTED = """
SELECT r.id FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.listed AND o.suspended_at IS NULL ORDER BY r.id LIMIT $1
"""

COUNT = """
SELECT count(*) FROM resource r JOIN organization o ON o.id = r.owner_id WHERE r.listed AND o.suspended_at IS NULL
"""


class Offers(msgspec.Struct, frozen=True):
    """The first resources of `total`, each with its next free time."""

    items: list[tuple[ResourceOut, NextFree]]
    total: int


async def offers() -> Offers:
    """Read the first MOST resources that everyone may see, with their next free time."""
    ids = [row["id"] for row in await db.fetch(LISTED, MOST)]
    free = await next_free(ids)
    items = [(one, free[one.id]) for one in await views.resources(ids, None)]
    return Offers(items, len(ids) if len(ids) < MOST else await db.fetchval(COUNT))
