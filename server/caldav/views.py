"""The calendars of an owner and what is in them, straight from SQL. Who may read is part of every statement."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from server.access.rights import RUNS
from server.bookings.capacity.booking_facts import FACTS, PARTIES
from server.calendars.views import GIVEN_UP
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.outbox.facts import Facts

FORMAT = 1  # goes up when the same bookings and closures are written differently
PAST = timedelta(days=400)  # bookings and closures stay so long; what owners put there stays
LIMIT = 10_000  # bookings, and closures, of one calendar
BOOKING, CLOSURE, SUFFIX = "booking-", "closure-", ".ics"

# $1, $2: the owner, and the resources that the actor runs (Actor.running). $4: whose programs chose how they look.
CALENDARS = f"""
SELECT r.id, r.name, r.name_en, r.description, r.time_zone, r.units, l.color, l.place
FROM resource r LEFT JOIN dav_look l ON l.resource_id = r.id AND l.member_id = $4
WHERE {RUNS} AND ($3::uuid IS NULL OR r.id = $3) ORDER BY r.id
"""

# Names and ETags of all in the calendar of resource r. All that the text of an event depends on goes into its ETag;
# which language it is in is added by whoever shows it.
_BOOKINGS = f"""
SELECT '{BOOKING}' || b.id || '{SUFFIX}' AS name,
       md5(concat_ws(' ', {FORMAT}, b.version, b.revised_at, b.status, b.starts_at, b.ends_at, r.version, owner.name,
                     guest.name, booker.name, booker.email)) AS etag
FROM resource r JOIN booking b ON b.resource_id = r.id {PARTIES}
WHERE {RUNS} AND r.id = $3 AND b.status NOT IN {GIVEN_UP} AND b.ends_at > now() - $4::interval
"""
_LIVING = """d.deleted_at IS NULL AND (NOT d.blocks OR EXISTS (
    SELECT FROM closure g WHERE g.resource_id = d.resource_id AND g.group_id = d.id AND g.lifted_at IS NULL))"""
_CLOSURES = f"""
SELECT '{CLOSURE}' || c.id || '{SUFFIX}', md5(concat_ws(' ', {FORMAT}, c.during, c.reason, c.units, r.version))
FROM resource r JOIN closure c ON c.resource_id = r.id
WHERE {RUNS} AND r.id = $3 AND c.lifted_at IS NULL AND upper(c.during) > now() - $4::interval
  AND NOT EXISTS (SELECT FROM dav_object d WHERE d.resource_id = c.resource_id AND d.id = c.group_id)
"""
_OBJECTS = f"""
SELECT d.name, encode(sha256(d.data), 'hex') AS etag FROM resource r JOIN dav_object d ON d.resource_id = r.id
WHERE {RUNS} AND r.id = $3 AND {_LIVING}
"""
NAMES = f"{_OBJECTS} UNION ALL {_CLOSURES} UNION ALL {_BOOKINGS} ORDER BY 1"

EVENTS = f"""
SELECT {FACTS} FROM resource r JOIN booking b ON b.resource_id = r.id {PARTIES}
WHERE {RUNS} AND r.id = $3 AND b.status NOT IN {GIVEN_UP} AND b.ends_at > now() - $4::interval
  AND ($5::uuid[] IS NULL OR b.id = ANY($5)) AND b.ends_at > $6 AND b.starts_at < $7
ORDER BY b.starts_at, b.id
"""
CLOSED = f"""
SELECT c.id, c.reason, c.created_at AS stamp, r.time_zone, lower(c.during) AS starts_at, upper(c.during) AS ends_at
FROM resource r JOIN closure c ON c.resource_id = r.id
WHERE {RUNS} AND r.id = $3 AND c.lifted_at IS NULL AND upper(c.during) > now() - $4::interval
  AND NOT EXISTS (SELECT FROM dav_object d WHERE d.resource_id = c.resource_id AND d.id = c.group_id)
  AND ($5::uuid[] IS NULL OR c.id = ANY($5)) AND upper(c.during) > $6 AND lower(c.during) < $7
ORDER BY c.during
"""
OBJECTS = f"""
SELECT d.id, d.name, d.uid, d.data, d.updated_at FROM resource r JOIN dav_object d ON d.resource_id = r.id
WHERE {RUNS} AND r.id = $3 AND {_LIVING} AND ($4::text[] IS NULL OR d.name = ANY($4))
  AND (d.ends_at IS NULL OR d.ends_at > $5) AND d.starts_at < $6
ORDER BY d.starts_at, d.id
"""


class Calendar(msgspec.Struct, frozen=True):
    """A resource that the actor runs."""

    id: UUID
    name: str
    name_en: str
    description: str
    time_zone: str
    units: int
    color: str | None
    place: int | None


class Kept(msgspec.Struct, frozen=True):
    """An object as its owner's program sent it."""

    id: UUID
    name: str
    uid: str
    data: bytes
    updated_at: datetime


class Closed(msgspec.Struct, frozen=True):
    """A closure that was made in the application."""

    id: UUID
    reason: str
    stamp: datetime
    time_zone: str
    starts_at: datetime
    ends_at: datetime


async def calendars(by: Actor) -> list[Calendar]:
    rows = await db.fetch(CALENDARS, by.organization_id, by.running, None, by.member_id)
    return [Calendar(**row) for row in rows]


async def calendar(resource_id: UUID, by: Actor) -> Calendar:
    """Read one of them. Raises NotFound."""
    row = await db.fetchrow(CALENDARS, by.organization_id, by.running, resource_id, by.member_id)
    if row is None:
        raise NotFound("there is no such calendar of yours")
    return Calendar(**row)


async def names(resource_id: UUID, by: Actor) -> dict[str, str]:
    """The ETag of each object of a calendar, by name."""
    rows = await db.fetch(NAMES, by.organization_id, by.running, resource_id, PAST)
    return {row["name"]: row["etag"] for row in rows}


async def bookings(
    resource_id: UUID, by: Actor, ids: Sequence[UUID] | None, first: datetime, last: datetime
) -> list[Facts]:
    rows = await db.fetch(EVENTS, by.organization_id, by.running, resource_id, PAST, ids, first, last)
    return [Facts(**row) for row in rows]


async def closures(
    resource_id: UUID, by: Actor, ids: Sequence[UUID] | None, first: datetime, last: datetime
) -> list[Closed]:
    rows = await db.fetch(CLOSED, by.organization_id, by.running, resource_id, PAST, ids, first, last)
    return [Closed(**row) for row in rows]


async def objects(
    resource_id: UUID, by: Actor, names: Sequence[str] | None, first: datetime, last: datetime
) -> list[Kept]:
    rows = await db.fetch(OBJECTS, by.organization_id, by.running, resource_id, names, first, last)
    return [Kept(**row) for row in rows]
