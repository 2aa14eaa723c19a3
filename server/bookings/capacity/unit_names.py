"""The names that units of a resource have, by their numbers."""

from collections.abc import Sequence

from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.core import db

NAMES = "SELECT number, name FROM unit WHERE resource_id = $1 AND number = ANY($2) ORDER BY number"


async def names_of(resource: ResourceSnapshot, numbers: Sequence[int]) -> list[str]:
    """Read the names of those of these units that have one. A resource of one unit has no use for it."""
    return list((await names_by_number(resource, numbers)).values())


async def names_by_number(resource: ResourceSnapshot, numbers: Sequence[int]) -> dict[int, str]:
    """The same, by the number of the unit."""
    if resource.units == 1:
        return {}
    return {row["number"]: row["name"] for row in await db.fetch(NAMES, resource.id, numbers)}
