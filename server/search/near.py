"""Read from where a search measures: a point, or the middle of what owners in a region have entered."""

import re

from server.core import db
from server.core.actor import Actor
from server.core.errors import Invalid
from server.core.regions import is_region, prefix
from server.search.query import Near

POINT = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*")
MIDDLE = """
SELECT avg(latitude) AS latitude, avg(longitude) AS longitude FROM resource
WHERE region_code BETWEEN $1 AND $2 AND latitude IS NOT NULL AND (listed OR owner_id = $3)
"""


async def near_point(text: str | None, within_km: float | None, viewer: Actor | None) -> Near | None:
    """Read `latitude,longitude` or the code of a region. The list of regions has no places of its own.

    Raises Invalid for anything else, and for a region where no owner has entered a place.
    """
    if not text:
        if within_km is not None:
            raise Invalid("say from where: send `near`", field="near")
        return None
    if is_region(text.strip()):
        digits = prefix(text.strip())
        owner = viewer and viewer.organization_id
        row = await db.fetchrow(MIDDLE, digits.ljust(6, "0"), digits.ljust(6, "9"), owner)
        if row is None or row["latitude"] is None:
            raise Invalid("no owner in this region has entered a place; send `latitude,longitude`", field="near")
        return Near(row["latitude"], row["longitude"], within_km)
    match = POINT.fullmatch(text)
    if match is None or abs(float(match[1])) > 90 or abs(float(match[2])) > 180:
        raise Invalid("near: send `latitude,longitude` such as 31.3,120.6, or a GB/T 2260 code", field="near")
    return Near(float(match[1]), float(match[2]), within_km)
