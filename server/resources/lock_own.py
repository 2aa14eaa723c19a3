"""Lock a resource of one's own organization before changing it: bookings under way end first, later ones wait."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Record

from server.access.rights import refuse_unless_manager
from server.claims.parts import wholes_among
from server.core import db
from server.core.actor import Actor
from server.core.errors import DomainError, Invalid, NotFound, Stale, UnitsInUse
from server.core.spans import minutes
from server.resources.opening.opening_hours import week_of
from server.resources.opening.week import OpeningHours, week_spans
from server.resources.schemas import ResourceIn

COLUMNS = """
id, version, import_key, kind, name, name_en, description, manufacturer, model, category, country, city, region_code,
latitude, longitude, time_zone, units, week_hours, week_shifts, rules, price_per_hour, currency, source_url, methods,
address, contact, price_text, listed,
ARRAY(SELECT whole_id FROM part WHERE part_id = resource.id ORDER BY 1) AS part_of_ids
"""

# Of those that the actor runs: $3, null for all.
OWN = f"""
SELECT {COLUMNS} FROM resource
WHERE id = $1 AND owner_id = $2 AND ($3::uuid[] IS NULL OR id = ANY($3)) FOR NO KEY UPDATE
"""

# Claims that have not ended on units above a new number, unless a whole has taken them with all the others. Busy time
# goes with its unit.
IN_USE = """
SELECT c.resource_id, array_agg(DISTINCT c.unit ORDER BY c.unit) AS units, max(upper(c.during)) AS until,
       (SELECT time_zone FROM resource r WHERE r.id = c.resource_id) AS time_zone
FROM unnest($1::uuid[], $2::int[]) AS given (id, units)
JOIN claim c ON c.resource_id = given.id AND c.unit > given.units AND upper(c.during) > now()
WHERE c.released_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now()) AND c.whole_id IS NULL
  AND c.reason <> 'busy'
GROUP BY c.resource_id
"""

ONE_UNIT = "a resource with parts has one unit, for it is taken as a whole"


class Held(msgspec.Struct, frozen=True):
    """A locked resource: its version, and what its owner said of it, field by field."""

    id: UUID
    version: int
    import_key: str | None
    fields: dict[str, Any]  # of ResourceIn

    def changed(self, given: dict[str, Any]) -> ResourceIn:
        """Lay some fields over the others. Raises Invalid when the result makes no sense."""
        try:
            return ResourceIn(**(self.fields | given))
        except ValueError as error:
            raise Invalid(str(error)) from None


async def lock_own(id: UUID, by: Actor, expected: int | None) -> Held:
    """Lock a resource for a manager of its owner. Raises Forbidden, NotFound, or Stale unless it is at `expected`."""
    refuse_unless_manager(by)
    row = await db.fetchrow(OWN, id, by.organization_id, by.running)
    if row is None:
        raise NotFound("there is no such resource, or another organization owns it")
    if expected not in (None, row["version"]):
        raise Stale("read it again and repeat your change", version=row["version"])
    return held(row)


def held(row: Record) -> Held:
    """Read the columns of COLUMNS."""
    fields = {name: row[name] for name in ResourceIn.__struct_fields__ if name in row}
    fields["opening_hours"] = OpeningHours(week_spans(week_of(minutes(row["week_hours"]), minutes(row["week_shifts"]))))
    fields["rules"] = msgspec.json.decode(row["rules"])
    return Held(row["id"], row["version"], row["import_key"], fields)


async def refuse_wrong_units(id: UUID, units: int) -> None:
    """Raise what wrong_units() tells of a resource."""
    for refusal in (await wrong_units({id: units})).values():
        raise refusal


async def wrong_units(counts: dict[UUID, int]) -> dict[UUID, DomainError]:
    """Tell which of these resources cannot have so many units, and why. They must be locked.

    UnitsInUse when bookings or closures hold others; Invalid for several units of what has parts.
    """
    found: dict[UUID, DomainError] = {}
    for id in await wholes_among(id for id, units in counts.items() if units > 1):
        found[id] = Invalid(ONE_UNIT, field="units")
    for row in await db.fetch(IN_USE, list(counts), list(counts.values())):
        used, until = row["units"], row["until"].astimezone(ZoneInfo(row["time_zone"])).isoformat()
        remedy = f"move or cancel what stands on units {', '.join(map(str, used[:10]))}, or wait until {until}"
        found[row["resource_id"]] = UnitsInUse(remedy, field="units", units_in_use=used, until=until, remedy=remedy)
    return found
