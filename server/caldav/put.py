"""Put an object into a calendar: it is kept as it came, and its busy times are closures, in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_manager
from server.bookings.capacity import lock
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.closures import closure_rows
from server.bookings.waitlist import offers
from server.caldav import calendar_file, occurrences, views
from server.caldav.calendar_file import HORIZON
from server.caldav.contents import kind_of, shown
from server.caldav.objects import find, forget_if_gone, refuse_unless_matching
from server.caldav.overlap import refuse_overlap
from server.caldav.texts import BOOKING_STAYS, CLOSURE_STAYS, in_language_of
from server.claims import door
from server.claims.keep_closed import keep_closed
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Forbidden, NotFound, OrganizationSuspended
from server.core.ids import new_id
from server.core.spans import Span

NOW = "SELECT now()"
SAME_UID = """
SELECT name FROM dav_object WHERE resource_id = $1 AND uid = $2 AND name <> $3 AND deleted_at IS NULL
"""
CLOSURES = """
SELECT id, lower(during) AS starts_at, upper(during) AS ends_at FROM closure
WHERE resource_id = $1 AND group_id = $2 AND lifted_at IS NULL AND upper(during) > now()
"""
WRITE = """
INSERT INTO dav_object (resource_id, id, name, uid, data, blocks, starts_at, ends_at, closed_until, member_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (resource_id, id) DO UPDATE SET uid = excluded.uid, data = excluded.data,
    blocks = dav_object.blocks OR excluded.blocks, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    closed_until = excluded.closed_until, member_id = excluded.member_id, updated_at = now()
RETURNING encode(sha256(data), 'hex') AS etag
"""


class Put(msgspec.Struct, frozen=True):
    """What has become of an object."""

    etag: str
    made: bool


class Wanted(msgspec.Struct, frozen=True):
    """An object to be put, read and worked out before anything is locked."""

    name: str
    data: bytes
    sent: calendar_file.Sent
    busy: list[Span]
    closed_until: datetime | None


async def put(
    resource_id: UUID, name: str, data: bytes, by: Actor, *, if_match: str | None, if_none_match: str | None
) -> Put:
    """Put an object under a name, anew or over what was there.

    Raises NotFound, Forbidden for a booking or a closure and for what cannot be kept, Stale, SlotTaken naming the times
    in the way.
    """
    refuse_unless_manager(by)
    if by.suspended:
        raise OrganizationSuspended
    if (kind := kind_of(name)[0]) != "own":
        said = in_language_of(by, BOOKING_STAYS if kind == "booking" else CLOSURE_STAYS)
        raise Forbidden(said, condition="D:need-privileges")
    calendar = await views.calendar(resource_id, by)
    wanted = await _read(name, data, ZoneInfo(calendar.time_zone))
    done = await _put(resource_id, wanted, by, if_match, if_none_match)
    ring()
    return done


async def _read(name: str, data: bytes, zone: ZoneInfo) -> Wanted:
    """Nothing is locked meanwhile: it may take a while."""
    sent = await occurrences.checked(data, zone)
    now: datetime = await db.fetchval(NOW)
    until = now + HORIZON
    busy = await occurrences.busy(data, sent, zone, Span(now, until))
    return Wanted(name, data, sent, busy, until if sent.repeats and sent.busy else None)


@rerunning
async def _put(
    resource_id: UUID, wanted: Wanted, by: Actor, if_match: str | None, if_none_match: str | None
) -> Put:  # fmt: skip
    async with acting(by):
        resource = await lock_own(resource_id, by)
        await forget_if_gone(resource_id, wanted.name, wanted.sent.uid)
        found = await find(resource_id, wanted.name)
        etag = shown(wanted.name, found.etag, by) if found else None
        refuse_unless_matching(etag, if_match, if_none_match)
        if found is not None and found.uid != wanted.sent.uid:
            raise Forbidden("another object is at this address", condition="C:no-uid-conflict")
        if await db.fetchval(SAME_UID, resource_id, wanted.sent.uid, wanted.name) is not None:
            raise Forbidden("an object with this UID is elsewhere in this calendar", condition="C:no-uid-conflict")
        id = found.id if found else new_id()
        ends_at = None if wanted.sent.repeats else wanted.sent.span.ends_at + timedelta(seconds=1)
        starts_at = calendar_file.EARLIEST if wanted.sent.repeats else wanted.sent.span.starts_at
        row: Any = await db.fetchrow(
            WRITE, resource_id, id, wanted.name, wanted.sent.uid, wanted.data, bool(wanted.busy), starts_at, ends_at,
            wanted.closed_until, by.member_id,
        )  # fmt: skip
        lifted = await close(resource, id, wanted.busy, by)
        of, became = resource.owner_id, {"resource_id": resource_id, "etag": row["etag"], "closes": len(wanted.busy)}
        was = {"resource_id": resource_id, "etag": found.etag} if found else None
        await audit.record("changed" if found else "put", "dav_object", id, by, of=of, was=was, became=became)
        if lifted:
            await offers.offer(resource)
    return Put(shown(wanted.name, row["etag"], by), found is None)


async def lock_own(resource_id: UUID, by: Actor) -> ResourceSnapshot:
    """Lock a resource that the actor runs. Raises NotFound."""
    resource = (await lock.lock({resource_id}, by.organization_id))[resource_id]
    if not by.runs(resource.owner_id, resource.id):
        raise NotFound("there is no such calendar of yours")
    return resource


async def close(resource: ResourceSnapshot, id: UUID, busy: Sequence[Span], by: Actor) -> bool:
    """Let the closures of an object be these times; tell whether time was given back. Raises SlotTaken."""
    known = {Span(row["starts_at"], row["ends_at"]): row["id"] for row in await db.fetch(CLOSURES, resource.id, id)}
    lifted = [known[span] for span in known if span not in busy]
    if lifted:
        await closure_rows.lift(resource.id, *lifted)
        await door.release(resource.id, *lifted)
    new = {new_id(): span for span in busy if span not in known}
    if new:
        await refuse_overlap(resource, list(new.values()), by)
        await closure_rows.insert(resource.id, new, by.member_id, group_id=id)
    await keep_closed(resource.id)
    return bool(lifted)
