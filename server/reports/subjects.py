"""What an owner can take away as a table: resources, bookings on them, the people who used them."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from server.access.rights import RUNS
from server.core import db
from server.core.actor import Actor
from server.reports.people import people
from server.resources.own import OWN

Subject = Literal["resources", "bookings", "people"]
Table = tuple[list[str], list[tuple[Any, ...]]]

# With the headings that an import knows, so that the list can come back.
RESOURCES = f"""
SELECT r.name, r.kind, r.time_zone, r.name_en, r.manufacturer, r.model, r.category, r.country, r.city, r.region_code,
    r.units AS quantity, r.price_per_hour, r.currency, r.price_text, r.methods, r.address, r.contact,
    r.description AS notes, r.source_url, r.listed, r.id
FROM resource r WHERE {OWN} ORDER BY r.name, r.id LIMIT $3
"""

# Times in the zone of the resource, with its name beside them.
BOOKINGS = f"""
SELECT r.name AS resource, to_char(b.starts_at AT TIME ZONE r.time_zone, 'YYYY-MM-DD HH24:MI') AS starts,
    to_char(b.ends_at AT TIME ZONE r.time_zone, 'YYYY-MM-DD HH24:MI') AS ends, r.time_zone, b.status, b.units,
    (extract(epoch FROM b.ends_at - b.starts_at) / 3600 * b.units)::float AS hours, o.name AS organization,
    a.name AS booked_by, b.purpose, b.reason,
    to_char(b.checked_in_at AT TIME ZONE r.time_zone, 'YYYY-MM-DD HH24:MI') AS checked_in,
    to_char(b.checked_out_at AT TIME ZONE r.time_zone, 'YYYY-MM-DD HH24:MI') AS checked_out, b.id
FROM booking b JOIN resource r ON r.id = b.resource_id JOIN organization o ON o.id = b.organization_id
JOIN member m ON m.id = b.member_id JOIN account a ON a.id = m.account_id
WHERE {RUNS} ORDER BY b.starts_at DESC, b.id LIMIT $3
"""

MOST = 200_000  # rows of one table


async def _resources(by: Actor, most: int) -> Table:
    return _table(await db.fetch(RESOURCES, by.organization_id, by.running, most))


async def _bookings(by: Actor, most: int) -> Table:
    return _table(await db.fetch(BOOKINGS, by.organization_id, by.running, most))


async def _people(by: Actor, most: int) -> Table:
    found, _ = await people(by, most=most)
    headings = ["organization", "name", "bookings", "used", "hours", "no_shows", "cancelled", "last_used"]
    rows = [
        (one.organization, one.name, one.bookings, one.used, one.hours or 0, one.no_shows, one.cancelled,
         one.last_used.isoformat(" ", "minutes") if one.last_used else "")
        for one in found
    ]  # fmt: skip
    return headings, rows


def _table(rows: list[Any]) -> Table:
    headings = list(rows[0].keys()) if rows else []
    return headings, [tuple(str(cell) if hasattr(cell, "hex") and not isinstance(cell, float) else cell for cell in row)
                      for row in rows]  # fmt: skip


SUBJECTS: dict[Subject, Callable[[Actor, int], Awaitable[Table]]] = {
    "resources": _resources,
    "bookings": _bookings,
    "people": _people,
}


async def table(subject: Subject, by: Actor, most: int = MOST) -> Table:
    """Read a table of what the actor runs."""
    return await SUBJECTS[subject](by, most)
