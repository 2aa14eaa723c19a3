"""Holds: time kept for a while. What every kind of hold shares: how it takes its time, and how it is used.

Whether a hold is over the database clock decides: from then on it takes nothing, even before a sweep has ended it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Record

from server.bookings.capacity import lock
from server.bookings.capacity.resource_snapshot import Bookable, Surroundings
from server.claims import door
from server.claims.door import NewClaim
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.ids import new_id
from server.core.spans import Span, without

Kind = Literal["form", "offer", "proposal"]

INSERT = """
INSERT INTO hold (resource_id, id, organization_id, member_id, kind, starts_at, ends_at, units, waiting_id, booking_id,
                  message, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""

SELECT = """
SELECT h.id, h.resource_id, r.name AS resource_name, h.kind, h.starts_at, h.ends_at, r.time_zone, h.units,
       ARRAY(SELECT DISTINCT c.unit FROM claim c WHERE c.resource_id = h.resource_id AND c.hold_id = h.id
             AND c.released_at IS NULL ORDER BY c.unit) AS unit_numbers,
       h.waiting_id, h.booking_id, h.message, h.created_at, h.expires_at
FROM hold h JOIN resource r ON r.id = h.resource_id
"""
LIVE = "h.ended_at IS NULL AND h.expires_at > now()"
OWN = f"{SELECT} WHERE h.member_id = $1 AND {LIVE} ORDER BY h.id"

# A proposal is not used but accepted: it moves a booking.
USABLE = """
SELECT h.ended_at IS NULL AS stands FROM hold h
WHERE h.resource_id = $1 AND h.id = $2 AND h.member_id = $3 AND h.kind IN ('form', 'offer')
"""
BOOKED = (
    "UPDATE waiting SET status = 'booked' WHERE id = (SELECT waiting_id FROM hold WHERE resource_id = $1 AND id = $2)"
)


OVER = f"{SELECT} WHERE h.resource_id = $1 AND h.id = $2 AND h.ended_at IS NULL AND h.expires_at <= now()"
PROPOSALS = f"{SELECT} WHERE h.resource_id = $1 AND h.booking_id = $2 AND {LIVE}"


class Hold(msgspec.Struct, kw_only=True):
    """Time kept until `expires_at`."""

    id: UUID
    resource_id: UUID
    resource_name: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    units: int
    unit_numbers: list[int]
    waiting_id: UUID | None = None  # of an offer
    booking_id: UUID | None = None  # of a proposal
    message: str = ""
    created_at: datetime
    expires_at: datetime


async def keep(
    resource: Bookable,
    seen: Surroundings,
    time: Span,
    units: int,
    *,
    kind: Kind,
    organization_id: UUID,
    member_id: UUID,
    expires_at: datetime,
    waiting_id: UUID | None = None,
    booking_id: UUID | None = None,
    message: str = "",
    asked: Sequence[int] = (),
    beside: tuple[Span, list[int]] | None = None,
) -> Hold:
    """Take time until `expires_at`, on the units `asked` for, if any. Raises SlotTaken.

    The resource must be locked, and the rules asked before. `beside` is the time and the units of the booking that a
    proposal overlaps: only the rest of the time is taken.
    """
    id, zone = new_id(), ZoneInfo(resource.time_zone)
    await db.execute(
        INSERT, resource.id, id, organization_id, member_id, kind, *time, units, waiting_id, booking_id, message,
        resource.now, expires_at,
    )  # fmt: skip
    if beside is None:
        numbers = await lock.choose_and_take(
            resource, seen, time, units, "hold", hold_id=id, expires_at=expires_at, asked=asked
        )
    else:
        own, numbers = beside
        wanted = [
            NewClaim(unit=unit, span=Span(*rest), reason="hold", hold_id=id, expires_at=expires_at, pinned=bool(asked))
            for rest in without([time], [own])
            for unit in numbers
        ]
        await door.take(resource.id, wanted)
    return Hold(
        id=id,
        resource_id=resource.id,
        resource_name=resource.name,
        kind=kind,
        starts_at=time.starts_at.astimezone(zone),
        ends_at=time.ends_at.astimezone(zone),
        time_zone=resource.time_zone,
        units=units,
        unit_numbers=numbers,
        waiting_id=waiting_id,
        booking_id=booking_id,
        message=message,
        created_at=resource.now.astimezone(zone),
        expires_at=expires_at.astimezone(zone),
    )


async def use(id: UUID, resource: Bookable, by: Actor) -> None:
    """Give up a hold of the actor's for the booking that takes its place in the same transaction.

    One that is over helps no more, nor does it hinder: its time is booked like any other, if it is still free. Raises
    NotFound for a hold of someone else or on another resource. The resource must be locked.
    """
    row = await db.fetchrow(USABLE, resource.id, id, by.member_id)
    if row is None:
        raise NotFound("there is no such hold of yours on this resource")
    if row["stands"]:
        await door.release(resource.id, id)
        await db.execute(BOOKED, resource.id, id)


async def proposal(resource_id: UUID, booking_id: UUID) -> Hold | None:
    """Read what is proposed for a booking instead of its time, while it stands."""
    rows = await db.fetch(PROPOSALS, resource_id, booking_id)
    return _hold(rows[0]) if rows else None


async def end_proposals(resource: Bookable, booking_id: UUID) -> None:
    """Give back what is proposed for a booking. The resource must be locked."""
    for row in await db.fetch(PROPOSALS, resource.id, booking_id):
        await door.release(resource.id, row["id"])


async def over(resource: Bookable, id: UUID) -> Hold | None:
    """Read a hold that is over and has not been ended yet."""
    row = await db.fetchrow(OVER, resource.id, id)
    return _hold(row) if row else None


async def own(by: Actor) -> list[Hold]:
    """Read the actor's holds that stand, oldest first."""
    return [_hold(row) for row in await db.fetch(OWN, by.member_id)]


def _hold(row: Record) -> Hold:
    zone, values = ZoneInfo(row["time_zone"]), dict(row)
    for name in ("starts_at", "ends_at", "created_at", "expires_at"):
        values[name] = row[name].astimezone(zone)
    return Hold(**values)
