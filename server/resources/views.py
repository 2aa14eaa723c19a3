"""What is read of resources. Unlisted ones are seen by their owner only."""

from uuid import UUID

import msgspec
from asyncpg import Record

from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.regions import region_name
from server.core.spans import minutes
from server.resources.opening.opening_hours import week_of
from server.resources.opening.week import ExceptionalDay, OpeningHours, day_spans, week_spans
from server.resources.rules.schemas import Rules
from server.resources.schemas import Owner, PhotoOut, ResourceOut

COLUMNS = """
r.id, r.owner_id, o.name AS owner_name, r.kind, r.name, r.name_en, r.description, r.manufacturer, r.model, r.category,
r.country, r.city, r.region_code, r.latitude, r.longitude, r.time_zone, r.units, r.week_hours, r.week_shifts,
o.rules || r.rules AS rules, r.rules AS own_rules, r.price_per_hour, r.currency, r.source_url, r.methods, r.address,
r.contact, r.price_text, r.listed, r.version, r.created_at, r.updated_at, e.days, e.hours, e.reasons,
(SELECT max(t.version) FROM terms t WHERE t.resource_id = r.id) AS terms_version,
ARRAY(SELECT p.whole_id FROM part p JOIN resource q ON q.id = p.whole_id
      WHERE p.part_id = r.id AND (q.listed OR r.owner_id = $2) ORDER BY 1) AS part_of_ids,
ARRAY(SELECT p.part_id FROM part p JOIN resource q ON q.id = p.part_id
      WHERE p.whole_id = r.id AND (q.listed OR r.owner_id = $2) ORDER BY 1) AS part_ids,
ARRAY(SELECT ROW (f.id, f.alt, f.width, f.height) FROM photo f
      WHERE f.resource_id = r.id ORDER BY f.position, f.id) AS photos
"""

SOURCE = """
resource r JOIN organization o ON o.id = r.owner_id
LEFT JOIN LATERAL (
    SELECT array_agg(day ORDER BY day) AS days, array_agg(hours ORDER BY day) AS hours,
           array_agg(reason ORDER BY day) AS reasons
    FROM opening_exception WHERE resource_id = r.id
) e ON true
"""

ONE = f"SELECT {COLUMNS} FROM {SOURCE} WHERE r.id = $1 AND (r.listed OR r.owner_id = $2)"

SOME = f"SELECT {COLUMNS} FROM {SOURCE} WHERE r.id = ANY($1) ORDER BY r.id"

_rules = msgspec.json.Decoder(Rules)


async def resource(id: UUID, viewer: Actor | None) -> ResourceOut:
    """Read one resource. Raises NotFound."""
    row = await db.fetchrow(ONE, id, viewer and viewer.organization_id)
    if row is None:
        raise NotFound("there is no such resource")
    return resource_out(row)


async def resources(ids: list[UUID], viewer: Actor | None) -> list[ResourceOut]:
    """Read resources that the reader is known to see, by id."""
    return [resource_out(row) for row in await db.fetch(SOME, ids, viewer and viewer.organization_id)]


def resource_out(row: Record) -> ResourceOut:
    """Read the columns of COLUMNS."""
    return ResourceOut(
        id=row["id"],
        owner=Owner(row["owner_id"], row["owner_name"]),
        kind=row["kind"],
        name=row["name"],
        name_en=row["name_en"],
        description=row["description"],
        manufacturer=row["manufacturer"],
        model=row["model"],
        category=row["category"],
        country=row["country"],
        city=row["city"],
        region_code=row["region_code"],
        region_name=region_name(row["region_code"]),
        latitude=row["latitude"],
        longitude=row["longitude"],
        time_zone=row["time_zone"],
        units=row["units"],
        opening_hours=opening_hours(row),
        rules=_rules.decode(row["rules"]),
        terms_version=row["terms_version"],
        own_rules=msgspec.json.decode(row["own_rules"]),
        price_per_hour=row["price_per_hour"],
        currency=row["currency"],
        source_url=row["source_url"],
        methods=row["methods"],
        address=row["address"],
        contact=row["contact"],
        price_text=row["price_text"],
        photos=[photo_out(*photo) for photo in row["photos"]],
        part_of_ids=row["part_of_ids"],
        part_ids=row["part_ids"],
        listed=row["listed"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def photo_out(id: UUID, alt: str, width: int, height: int) -> PhotoOut:
    return PhotoOut(id, f"/photos/{id}.webp", f"/photos/{id}-small.webp", alt, width, height)


def opening_hours(row: Record) -> OpeningHours:
    days = zip(row["days"] or (), row["hours"] or (), row["reasons"] or (), strict=True)
    exceptions = (ExceptionalDay(day, day_spans(minutes(hours)), reason) for day, hours, reason in days)
    return OpeningHours(week_spans(week_of(minutes(row["week_hours"]), minutes(row["week_shifts"]))), tuple(exceptions))
