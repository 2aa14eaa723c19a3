"""What pages list of bookings: those of an organization by what is to come, and the requests to an owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.access.rights import RUNS
from server.bookings.capacity.views import SELECT, booking_of
from server.bookings.schemas import Booking
from server.core import db
from server.core.actor import Actor

Part = Literal["upcoming", "waiting", "past", "cancelled"]
PAGE = 20

# Of the organization $1; $2 is where the page begins, in order; $4 the only member whose they are, null for all.
_OURS = "b.organization_id = $1 AND ($4::uuid IS NULL OR b.member_id = $4)"
UPCOMING = f"""
{SELECT} WHERE {_OURS} AND b.status IN ('confirmed', 'in_use') AND b.ends_at > now()
ORDER BY b.starts_at, b.id OFFSET $2 LIMIT $3
"""
WAITING = f"""
{SELECT} WHERE {_OURS} AND b.status = 'requested' ORDER BY b.starts_at, b.id OFFSET $2 LIMIT $3
"""
PAST = f"""
{SELECT} WHERE {_OURS} AND b.ends_at <= now()
  AND b.status IN ('confirmed', 'in_use', 'completed', 'no_show')
ORDER BY b.starts_at DESC, b.id OFFSET $2 LIMIT $3
"""
CANCELLED = f"""
{SELECT} WHERE {_OURS} AND b.status IN ('cancelled', 'declined', 'expired')
ORDER BY b.revised_at DESC, b.id OFFSET $2 LIMIT $3
"""
PARTS: dict[Part, str] = {"upcoming": UPCOMING, "waiting": WAITING, "past": PAST, "cancelled": CANCELLED}

# On the resources that the reader runs, the soonest first.
REQUESTS = f"""
{SELECT} WHERE {RUNS} AND b.status = 'requested' AND b.ends_at > now()
ORDER BY b.starts_at, b.id OFFSET $3 LIMIT $4
"""

# Of each organization the last booking on these resources that took place, or was missed.
LAST_USES = f"""
SELECT asked.id AS organization_id, last.resource_name, last.time_zone, last.ends_at, last.missed
FROM unnest($3::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT r.name AS resource_name, r.time_zone, b.ends_at, b.status = 'no_show' AS missed
    FROM booking b JOIN resource r ON r.id = b.resource_id
    WHERE b.organization_id = asked.id AND {RUNS} AND b.status IN ('in_use', 'completed', 'no_show')
    ORDER BY b.ends_at DESC LIMIT 1
) last
"""


class LastUse(msgspec.Struct, frozen=True):
    """The last booking of a guest on resources of the reader."""

    organization_id: UUID
    resource_name: str
    time_zone: str
    ends_at: datetime
    missed: bool


async def own(by: Actor, part: Part, first: int) -> tuple[list[Booking], bool]:
    """A page of the organization's bookings, and whether there are more."""
    rows = await db.fetch(PARTS[part], by.organization_id, first, PAGE + 1, by.guest)
    return [booking_of(row) for row in rows[:PAGE]], len(rows) > PAGE


async def requests(by: Actor, first: int) -> tuple[list[Booking], bool]:
    """A page of what waits for the actor's decision, and whether there are more."""
    rows = await db.fetch(REQUESTS, by.organization_id, by.running, first, PAGE + 1)
    return [booking_of(row) for row in rows[:PAGE]], len(rows) > PAGE


async def last_uses(organizations: Sequence[UUID], by: Actor) -> dict[UUID, LastUse]:
    """What these organizations last used of what the actor runs; those that never did are left out."""
    rows = await db.fetch(LAST_USES, by.organization_id, by.running, list(set(organizations)))
    return {row["organization_id"]: _local(LastUse(**row)) for row in rows}


def _local(use: LastUse) -> LastUse:
    return msgspec.structs.replace(use, ends_at=use.ends_at.astimezone(ZoneInfo(use.time_zone)))
