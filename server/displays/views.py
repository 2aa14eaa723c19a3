"""What is read of screens: an owner's, what stands on one, and which bookings a reader may check in to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Range, Record

from server.access.rights import RUNS
from server.bookings.capacity import lock
from server.bookings.capacity.occupancy_read import NextFree, next_free
from server.bookings.capacity.views import SELECT, booking_of
from server.bookings.schemas import Booking
from server.core import db, links
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.spans import Span

RESOURCE = f"SELECT r.id, r.name, r.name_en, r.time_zone FROM resource r WHERE {RUNS} AND r.id = $3"
LIST = "SELECT id, label, created_at FROM display WHERE resource_id = $1 AND revoked_at IS NULL ORDER BY id"
# The day: who has the address may see it, so the right is that the display has not been revoked.
SHOWN = """
SELECT r.id, r.owner_id, r.name, r.name_en, r.time_zone, r.units, o.name AS owner_name, r.listed, now() AS now
FROM display d JOIN resource r ON r.id = d.resource_id JOIN organization o ON o.id = r.owner_id
WHERE d.id = $1 AND d.revoked_at IS NULL
"""
# Times only: nobody's name, and not what for.
DAY = """
SELECT lower(during) AS starts_at, upper(during) AS ends_at, bool_and(reason = 'closure') AS closed,
       count(DISTINCT unit) AS units
FROM live_claims WHERE resource_id = $1 AND during && $2 GROUP BY 1, 2 ORDER BY 1, 2
"""
# Of the reader's organization, on this resource, to which one may come about now.
COMING = f"""
{SELECT} WHERE b.resource_id = $2 AND b.organization_id = $1 AND b.status IN ('confirmed', 'in_use')
  AND ($3::uuid IS NULL OR b.member_id = $3)
  AND b.starts_at < now() + interval '1 day' AND b.ends_at > now()
ORDER BY b.starts_at, b.id LIMIT 20
"""

State = Literal["free", "taken", "closed"]


class Opening(msgspec.Struct, frozen=True):
    """A time of the day at which the resource is open, in its zone."""

    __schema_name__ = "WallOpening"
    starts_at: datetime
    ends_at: datetime


class Part(msgspec.Struct, frozen=True):
    """A time of the day that is taken or closed, in the zone of the resource."""

    __schema_name__ = "WallPart"
    starts_at: datetime
    ends_at: datetime
    closed: bool
    units: int


class Wall(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen shows."""

    resource_id: UUID
    name: str
    name_en: str
    owner_name: str
    listed: bool
    time_zone: str
    units: int
    now: datetime
    opening: list[Opening]
    parts: list[Part]
    state: State
    until: datetime | None  # how long it is so, today
    next: NextFree


async def refuse_unless_runs(resource_id: UUID, by: Actor) -> Record:
    """Return the resource that the actor runs. Raises NotFound."""
    row = await db.fetchrow(RESOURCE, by.organization_id, by.running, resource_id)
    if row is None:
        raise NotFound("there is no such resource of yours")
    return row


async def displays(resource_id: UUID) -> list[Record]:
    """List the screens of a resource; the right was asked before."""
    return await db.fetch(LIST, resource_id)


async def wall(token: str) -> Wall:
    """Read what a screen shows today. Raises NotFound for an address that was revoked or never given out."""
    id = links.row_of("wall", token)
    row: Any = id and await db.fetchrow(SHOWN, id)
    if not row:
        raise NotFound("this screen's address was revoked, or is not complete")
    zone = ZoneInfo(row["time_zone"])
    now = row["now"].astimezone(zone)
    day = Span(_midnight(now.date(), zone), _midnight(now.date() + timedelta(days=1), zone))
    rows = await db.fetch(DAY, row["id"], Range(*day))
    parts = [
        Part(max(one["starts_at"], day.starts_at).astimezone(zone), min(one["ends_at"], day.ends_at).astimezone(zone),
             one["closed"], one["units"])
        for one in rows
    ]  # fmt: skip
    resource = await lock.read(row["id"], row["owner_id"])
    opening = (await lock.look_around(resource, day, guest=None)).opening(resource)
    state, until = stands(row["now"], opening, parts, row["units"])
    free = await next_free([row["id"]])
    return Wall(
        resource_id=row["id"], name=row["name"], name_en=row["name_en"], owner_name=row["owner_name"],
        listed=row["listed"], time_zone=row["time_zone"], units=row["units"], now=now, parts=parts, state=state,
        until=until and until.astimezone(zone), next=free[row["id"]],
        opening=[Opening(start.astimezone(zone), end.astimezone(zone)) for start, end in opening],
    )  # fmt: skip


def stands(now: datetime, opening: list[Span], parts: list[Part], units: int) -> tuple[State, datetime | None]:
    """Tell how it stands at a moment, and until when. With several units it is taken when all of them are."""
    here = next((span for span in opening if span.starts_at <= now < span.ends_at), None)
    if here is None:
        return "closed", next((span.starts_at for span in opening if span.starts_at > now), None)
    bounds = sorted({at for one in parts for at in (one.starts_at, one.ends_at) if now < at < here.ends_at})
    is_full = _full(now, parts, units)
    until = next((at for at in bounds if _full(at, parts, units) != is_full), here.ends_at)
    return ("taken" if is_full else "free"), until


def _full(moment: datetime, parts: list[Part], units: int) -> bool:
    return sum(one.units for one in parts if one.starts_at <= moment < one.ends_at) >= units


async def coming(resource_id: UUID, by: Actor) -> list[Booking]:
    """List the bookings of the actor's organization on a resource that are on now or within a day."""
    return [booking_of(row) for row in await db.fetch(COMING, by.organization_id, resource_id, by.guest)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
