"""What the entries of an organization's log are about: names and addresses of the things that its people may open."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from server.audit.schemas import Entry
from server.core import db
from server.core.actor import Actor

# $1 the organization, $2 ids. A booking is seen by who made it and by the owner; all else by its own organization.
THINGS = """
SELECT 'resource' AS noun, r.id, r.name, NULL::timestamptz AS starts_at, '' AS time_zone FROM resource r
WHERE r.owner_id = $1 AND r.id = ANY($2)
UNION ALL
SELECT 'booking', b.id, r.name, b.starts_at, r.time_zone FROM booking b JOIN resource r ON r.id = b.resource_id
WHERE (b.organization_id = $1 OR r.owner_id = $1) AND b.id = ANY($2)
UNION ALL
SELECT 'member', m.id, a.name, NULL, '' FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.id = ANY($2) AND a.erased_at IS NULL
UNION ALL
SELECT 'qualification', q.id, q.name, NULL, '' FROM qualification q WHERE q.owner_id = $1 AND q.id = ANY($2)
"""
ADDRESSES = {
    "resource": "/manage/resources/", "booking": "/bookings/", "member": "/organization/members/",
    "qualification": "/qualifications/",
}  # fmt: skip


class Thing(msgspec.Struct, frozen=True):
    """Something with a name and a page."""

    name: str
    address: str
    starts_at: datetime | None  # of a booking
    time_zone: str


async def things(entries: Iterable[Entry], by: Actor) -> dict[UUID, Thing]:
    """Name what entries are about, by id, as far as the actor's organization may see it."""
    ids = list({one.object_id for one in entries if one.object_id and one.noun in ADDRESSES})
    rows = await db.fetch(THINGS, by.organization_id, ids) if ids else []
    return {
        row["id"]: Thing(row["name"], f"{ADDRESSES[row['noun']]}{row['id']}", row["starts_at"], row["time_zone"])
        for row in rows
    }
