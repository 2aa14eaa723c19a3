"""What is read of foreign calendars. Only those who run the resource see any of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec
from asyncpg import Record

from server.access.rights import RUNS
from server.calendars.reading.findings import Finding
from server.core import db
from server.core.actor import Actor
from server.core.encryption import Unreadable, unseal
from server.core.errors import NotFound
from server.foreign.schemas import Busy, Conflict, ForeignCalendar, ForeignCheck

SHOWN = 200  # times ahead and conflicts, in a check

RESOURCE = """
SELECT time_zone FROM resource WHERE id = $1 AND owner_id = $2 AND ($3::uuid[] IS NULL OR id = ANY ($3))
"""

# Busy time b that a booking k meets.
MEETING = """
FROM foreign_busy b
JOIN claim c ON c.resource_id = b.resource_id AND c.released_at IS NULL AND c.booking_id IS NOT NULL
    AND c.during && b.during AND coalesce(b.unit, c.unit) = c.unit
JOIN booking k ON k.resource_id = c.resource_id AND k.id = c.booking_id AND k.ends_at > now()
"""
_COLUMNS = f"""
f.id, f.name, f.url, f.unit, f.keep_titles, f.created_at, f.read_at, f.tried_at, f.fetch_at, f.error, f.events, f.wrong,
f.is_collection,
f.doubtful_zones, f.findings, coalesce(f.read_at, f.created_at) < now() - interval '24 hours' AS stale,
(SELECT count(*) FROM foreign_busy b WHERE b.resource_id = f.resource_id AND b.calendar_id = f.id
 AND upper(b.during) > now()) AS busy,
(SELECT count(DISTINCT k.id) {MEETING} WHERE b.resource_id = f.resource_id AND b.calendar_id = f.id) AS conflicts
"""
# $1 and $2 are who reads, as in RUNS.
_ROWS = f"""
SELECT {_COLUMNS} FROM foreign_calendar f JOIN resource r ON r.id = f.resource_id
WHERE {RUNS} AND f.resource_id = $3 AND f.removed_at IS NULL
"""
LIST = f"{_ROWS} ORDER BY f.id"
ONE = f"{_ROWS} AND f.id = $4"
NEXT = f"""
SELECT lower(b.during) AS starts_at, upper(b.during) AS ends_at, b.tentative, b.doubtful, b.title
FROM foreign_busy b JOIN resource r ON r.id = b.resource_id
WHERE {RUNS} AND b.resource_id = $3 AND b.calendar_id = $4 AND upper(b.during) > now() ORDER BY b.during LIMIT $5
"""
MEETS = f"""
SELECT DISTINCT k.id AS booking_id, k.starts_at, k.ends_at, lower(b.during) AS busy_from,
       upper(b.during) AS busy_to, b.title
{MEETING} JOIN resource r ON r.id = b.resource_id
WHERE {RUNS} AND b.resource_id = $3 AND b.calendar_id = $4 ORDER BY k.starts_at, busy_from LIMIT $5
"""
# The same of any of these bookings.
MET = f"""
SELECT DISTINCT k.id AS booking_id, k.starts_at, k.ends_at, lower(b.during) AS busy_from,
       upper(b.during) AS busy_to, b.title, r.time_zone
{MEETING} JOIN resource r ON r.id = b.resource_id
WHERE {RUNS} AND k.id = ANY ($3) ORDER BY k.starts_at, busy_from LIMIT $4
"""


async def refuse_unless_runs(resource_id: UUID, by: Actor) -> ZoneInfo:
    """Return the zone of a resource that the actor runs. Raises NotFound."""
    zone = await db.fetchval(RESOURCE, resource_id, by.organization_id, by.running)
    if zone is None:
        raise NotFound("there is no such resource of yours")
    return ZoneInfo(zone)


async def calendars(resource_id: UUID, by: Actor) -> list[ForeignCalendar]:
    """List the foreign calendars of a resource. Raises NotFound."""
    zone = await refuse_unless_runs(resource_id, by)
    return [ForeignCalendar(**_shown(row, zone)) for row in await db.fetch(LIST, *_reader(by), resource_id)]


async def calendar(resource_id: UUID, id: UUID, by: Actor) -> ForeignCalendar:
    """Read one. Raises NotFound."""
    zone = await refuse_unless_runs(resource_id, by)
    return ForeignCalendar(**_shown(await _one(resource_id, id, by), zone))


async def check(resource_id: UUID, id: UUID, by: Actor) -> ForeignCheck:
    """Read one with what it contains and what that meets. Raises NotFound."""
    zone = await refuse_unless_runs(resource_id, by)
    row = await _one(resource_id, id, by)
    of = (*_reader(by), resource_id, id, SHOWN)
    ahead = [Busy(**_local(one, zone)) for one in await db.fetch(NEXT, *of)]
    meets = [Conflict(**_local(one, zone)) for one in await db.fetch(MEETS, *of)]
    return ForeignCheck(**_shown(row, zone), next=ahead, meets=meets)


async def met(bookings: Sequence[UUID], by: Actor) -> list[Conflict]:
    """What foreign busy time these bookings meet, on resources that the actor runs."""
    rows = [dict(row) for row in await db.fetch(MET, *_reader(by), list(bookings), SHOWN)]
    return [Conflict(**_local(one, ZoneInfo(one.pop("time_zone")))) for one in rows]


def _reader(by: Actor) -> tuple[UUID, tuple[UUID, ...] | None]:
    """Say who reads, for RUNS."""
    return by.organization_id, by.running


async def _one(resource_id: UUID, id: UUID, by: Actor) -> Record:
    row = await db.fetchrow(ONE, *_reader(by), resource_id, id)
    if row is None:
        raise NotFound("this resource has no such foreign calendar")
    return row


def _shown(row: Record, zone: ZoneInfo) -> dict[str, Any]:
    said = _local(row, zone)
    try:
        said["host"] = httpx.URL(unseal(said.pop("url"))).host
    except Unreadable:
        said["host"] = ""  # its `error` says that it is to be added anew, from this very list
    said["doubtful_zones"] = msgspec.json.decode(said["doubtful_zones"])
    said["findings"] = msgspec.json.decode(said["findings"], type=list[Finding])
    return said


def _local(row: Record | dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {name: value.astimezone(zone) if hasattr(value, "astimezone") else value for name, value in row.items()}
