"""Take over what a foreign calendar says: its busy time becomes claims, what it meets is told to the owner once."""

import hashlib
from uuid import UUID

import msgspec
from asyncpg import Range

from server.bookings.capacity import lock
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.waitlist import offers
from server.calendars.events import busy_uid
from server.calendars.reading import findings
from server.calendars.reading.expansion import Found, Instance
from server.calendars.reading.findings import Finding
from server.core import db
from server.core.db import rerunning, transaction
from server.core.ids import new_id
from server.core.settings import settings
from server.foreign.tell import tell_of_conflicts, tell_of_findings
from server.foreign.views import MEETING

# Not one that was removed, or is to be read anew, meanwhile.
READ = """
UPDATE foreign_calendar SET read_at = now(), parsed_at = now(), digest = $3, etag = $4, last_modified = $5, events = $6,
    own = $7, wrong = $8, doubtful_zones = $9, findings = $10, failures = 0, missing = 0, error = '', told_at = NULL,
    accept_empty = false
WHERE resource_id = $1 AND id = $2 AND removed_at IS NULL RETURNING unit
"""
TOLD = "SELECT findings_told FROM foreign_calendar WHERE resource_id = $1 AND id = $2"
KNOWN = "UPDATE foreign_calendar SET findings_told = $3 WHERE resource_id = $1 AND id = $2"
FORGET = "DELETE FROM foreign_busy WHERE resource_id = $1 AND calendar_id = $2"
INSERT = """
INSERT INTO foreign_busy (resource_id, id, calendar_id, unit, during, tentative, doubtful, title)
SELECT $1, given.id, $2, $3, given.during, given.tentative, given.doubtful, given.title
FROM unnest($4::uuid[], $5::tstzrange[], $6::bool[], $7::bool[], $8::text[])
    AS given (id, during, tentative, doubtful, title)
"""
# What came from here as time of this resource is known already.
HERE = """
SELECT id FROM booking WHERE id = ANY ($2) AND resource_id = $1
UNION ALL SELECT id FROM series WHERE id = ANY ($2) AND resource_id = $1
UNION ALL SELECT id FROM closure WHERE id = ANY ($2) AND resource_id = $1
"""
NEW_CONFLICTS = f"""
WITH new AS (
    INSERT INTO foreign_conflict (resource_id, calendar_id, booking_id)
    SELECT DISTINCT b.resource_id, b.calendar_id, k.id {MEETING} WHERE b.resource_id = $1 AND b.calendar_id = $2
    ON CONFLICT DO NOTHING RETURNING resource_id, booking_id
)
SELECT k.starts_at FROM new JOIN booking k ON k.resource_id = new.resource_id AND k.id = new.booking_id
ORDER BY k.starts_at
"""


@rerunning
async def take_over(
    resource_id: UUID, id: UUID, found: Found, *, digest: bytes, etag: str = "", last_modified: str = ""
) -> None:
    """Replace what the calendar said before. Bookings stand; busy time takes what is left."""
    async with transaction():
        resource = await lock.lock_any(resource_id)
        row = await db.fetchrow(
            READ, resource_id, id, digest, etag, last_modified, found.events, found.own, found.wrong,
            msgspec.json.encode(found.doubtful_zones).decode(),
            msgspec.json.encode(found.findings[: findings.MOST]).decode(),
        )  # fmt: skip
        if row is None:
            return
        await db.execute(FORGET, resource_id, id)
        busy = await _without_own(resource_id, found.busy)
        await db.execute(
            INSERT, resource_id, id, row["unit"], [new_id() for _ in busy],
            [Range(one.starts_at, one.ends_at) for one in busy], [one.tentative for one in busy],
            [one.doubtful for one in busy], [one.title for one in busy],
        )  # fmt: skip
        await offers.offer(resource)  # claims follow first
        met = [row["starts_at"] for row in await db.fetch(NEW_CONFLICTS, resource_id, id)]
        if met:
            await tell_of_conflicts(resource, id, met)
        await _tell_once(resource, id, found.findings)


async def _tell_once(resource: ResourceSnapshot, id: UUID, found: list[Finding]) -> None:
    """Tell of what was not understood, unless all of it was told before, on whichever line it stood."""
    now = {hashlib.sha256(f"{one.kind} {one.text}".encode()).hexdigest()[:16] for one in found}
    told = set(msgspec.json.decode(await db.fetchval(TOLD, resource.id, id), type=list[str]))
    if now != told:
        await db.execute(KNOWN, resource.id, id, msgspec.json.encode(sorted(now)).decode())
    if now - told:
        await tell_of_findings(resource, id, found)


async def _without_own(resource_id: UUID, busy: list[Instance]) -> list[Instance]:
    """Leave out what is shown of this resource and comes back from the owner's calendar."""
    named = {one.own: _id(one.own) for one in busy if one.own}
    rows = await db.fetch(HERE, resource_id, [id for id in named.values() if id]) if named else []
    here = {row["id"] for row in rows}
    return [one for one in busy if not one.own or not (named[one.own] in here or _is_shown(resource_id, one))]


def _is_shown(resource_id: UUID, one: Instance) -> bool:
    """Whether it is of the feed of this resource's busy times."""
    return one.own == busy_uid(settings().secret, resource_id, one.starts_at, one.ends_at, "").rstrip("@")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
