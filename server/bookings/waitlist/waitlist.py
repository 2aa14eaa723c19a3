"""The wait list: places for a length of time within a window, on one resource or on any of a kind or an owner.

The line is one: whoever came first is asked first about everything that suits them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from server.bookings.holds import holds
from server.bookings.holds.holds import Hold
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.spans import Span

# Whether resource r is what place w waits for.
SUITS = """
(w.resource_id IS NULL OR r.id = w.resource_id) AND (w.kind IS NULL OR r.kind = w.kind)
AND (w.owner_id IS NULL OR r.owner_id = w.owner_id) AND (r.listed OR r.owner_id = w.organization_id)
AND r.units >= w.units
AND NOT EXISTS (SELECT FROM organization s WHERE s.id IN (r.owner_id, w.organization_id) AND s.suspended_at IS NOT NULL)
"""

# How many stand before place w: who came earlier and waits for a time and a resource that w would take as well.
_BEFORE = f"""
SELECT count(*) FROM waiting earlier
WHERE earlier.position < w.position AND earlier.status IN ('waiting', 'offered') AND earlier.during && w.during
  AND EXISTS (SELECT 1 FROM resource r WHERE {SUITS} AND {SUITS.replace("w.", "earlier.")})
"""

OWN = f"""
SELECT w.id, w.resource_id, w.kind, w.owner_id, w.during, w.minutes, w.units, w.status, w.created_at,
       CASE WHEN w.status IN ('waiting', 'offered') THEN 1 + ({_BEFORE}) END AS place_in_line
FROM waiting w
WHERE w.member_id = $1 AND ($2::uuid IS NULL OR w.id = $2) AND ($2 IS NOT NULL OR w.status IN ('waiting', 'offered'))
ORDER BY w.position
"""

# Who waits for resource $1, in the order in which they came.
LINE = f"""
SELECT w.id, w.organization_id, w.member_id, w.during, w.minutes, w.units, w.passed
FROM waiting w JOIN resource r ON r.id = $1 AND {SUITS} JOIN member m ON m.id = w.member_id AND m.active
WHERE w.status = 'waiting' AND upper(w.during) > now()
ORDER BY w.position
"""

# The resources that someone waits for.
LINES = f"""
SELECT r.id, r.owner_id FROM waiting w JOIN resource r ON {SUITS}
WHERE w.status = 'waiting' AND upper(w.during) > now()
GROUP BY r.id ORDER BY min(w.position)
"""


class Passed(msgspec.Struct, frozen=True):
    """An offer that was passed or ran out."""

    resource_id: UUID
    starts_at: datetime


_passed = msgspec.json.Decoder(list[Passed])


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Someone in a line, as offers are made to them."""

    id: UUID
    organization_id: UUID
    member_id: UUID
    during: Span
    minutes: int
    units: int
    passed: list[Passed]


class Waiting(msgspec.Struct, kw_only=True):
    """A place in the wait list as its member sees it. `place_in_line` 1 is asked next."""

    __schema_name__ = "WaitListPlace"
    id: UUID
    resource_id: UUID | None
    kind: str | None
    owner_id: UUID | None
    from_: datetime = msgspec.field(name="from")
    to: datetime
    minutes: int
    units: int
    status: str
    place_in_line: int | None
    created_at: datetime
    offer: Hold | None = None  # to be accepted or passed before it expires


async def line(resource_id: UUID) -> list[Place]:
    """Read who waits for a resource, first come first."""
    return [_place(row) for row in await db.fetch(LINE, resource_id)]


async def own(by: Actor) -> list[Waiting]:
    """Read the actor's places, with what is offered."""
    offers = {hold.waiting_id: hold for hold in await holds.own(by)}
    return [_waiting(row, offers.get(row["id"])) for row in await db.fetch(OWN, by.member_id, None)]


async def one(id: UUID, by: Actor) -> Waiting:
    """Read one place of the actor's, also when it is over. Raises NotFound."""
    row = await db.fetchrow(OWN, by.member_id, id)
    if row is None:
        raise NotFound("you have no such place in the wait list")
    return _waiting(row, next((hold for hold in await holds.own(by) if hold.waiting_id == id), None))


def _place(row: Record) -> Place:
    during: Any = row["during"]
    return Place(
        id=row["id"],
        organization_id=row["organization_id"],
        member_id=row["member_id"],
        during=Span(during.lower, during.upper),
        minutes=row["minutes"],
        units=row["units"],
        passed=_passed.decode(row["passed"]),
    )


def _waiting(row: Record, offer: Hold | None) -> Waiting:
    values = dict(row)
    during: Any = values.pop("during")
    return Waiting(**values, from_=during.lower, to=during.upper, offer=offer)
