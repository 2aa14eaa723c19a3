"""Connect a foreign calendar to a resource, have it read, take it away again."""

from uuid import UUID

import httpx

from server import audit
from server.access.acting import acting
from server.bookings.capacity import lock
from server.bookings.waitlist import offers
from server.core import db, outbound
from server.core.actor import Actor
from server.core.doorbell import ring
from server.core.encryption import seal
from server.core.errors import NotFound, TooManyCalendars
from server.core.ids import new_id
from server.foreign import views
from server.foreign.schemas import ForeignCalendar, NewForeignCalendar

MOST = 20  # foreign calendars of one resource

COUNT = "SELECT count(*) FROM foreign_calendar WHERE resource_id = $1 AND removed_at IS NULL"
INSERT = """
INSERT INTO foreign_calendar (resource_id, id, member_id, url, name, unit, keep_titles, is_collection)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
SOON = """
UPDATE foreign_calendar SET fetch_at = now(), accept_empty = $3, etag = '', last_modified = '', digest = NULL
WHERE resource_id = $1 AND id = $2 AND removed_at IS NULL RETURNING id
"""
REMOVE = """
UPDATE foreign_calendar SET removed_at = now(), url = '', findings = '[]', findings_told = '[]'
WHERE resource_id = $1 AND id = $2 AND removed_at IS NULL RETURNING id
"""
FORGET = "DELETE FROM foreign_busy WHERE resource_id = $1 AND calendar_id = $2"


async def connect(resource_id: UUID, given: NewForeignCalendar, by: Actor) -> ForeignCalendar:
    """Add a calendar; the worker reads it at once. Raises NotFound, AddressRefused, TooManyCalendars."""
    await views.refuse_unless_runs(resource_id, by)
    await outbound.refuse_unless_allowed(given.url)
    id = new_id()
    async with acting(by):
        resource = await lock.lock_any(resource_id)
        if await db.fetchval(COUNT, resource_id) >= MOST:
            raise TooManyCalendars(f"remove one; {MOST} is the limit", limit=MOST)
        await db.execute(
            INSERT,
            resource_id,
            id,
            by.member_id,
            seal(_address(given)),
            given.name,
            given.unit,
            given.keep_titles,
            given.caldav is not None,
        )
        became = {
            "resource_id": resource_id, "host": httpx.URL(given.url).host, "unit": given.unit,
            "keep_titles": given.keep_titles, "is_collection": given.caldav is not None,
        }  # fmt: skip
        await audit.record("connected", "foreign_calendar", id, by, of=resource.owner_id, became=became)
    ring()
    return await views.calendar(resource_id, id, by)


def _address(given: NewForeignCalendar) -> str:
    """The address with what signs in to it."""
    if given.caldav is None:
        return given.url
    return str(httpx.URL(given.url).copy_with(username=given.caldav.user, password=given.caldav.password))


async def read_soon(resource_id: UUID, id: UUID, accept_empty: bool, by: Actor) -> ForeignCalendar:
    """Have it read at once, whole. Raises NotFound."""
    await views.refuse_unless_runs(resource_id, by)
    async with acting(by):
        if await db.fetchval(SOON, resource_id, id, accept_empty) is None:
            raise NotFound("this resource has no such foreign calendar")
        became = {"accept_empty": accept_empty}
        await audit.record("asked to read", "foreign_calendar", id, by, of=by.organization_id, became=became)
    ring()
    return await views.calendar(resource_id, id, by)


async def disconnect(resource_id: UUID, id: UUID, by: Actor) -> None:
    """Take it away; the time that it took is free. Raises NotFound."""
    await views.refuse_unless_runs(resource_id, by)
    async with acting(by):
        resource = await lock.lock_any(resource_id)
        if await db.fetchval(REMOVE, resource_id, id) is None:
            raise NotFound("this resource has no such foreign calendar")
        await db.execute(FORGET, resource_id, id)
        await offers.offer(resource)  # also lets claims follow
        was = {"resource_id": resource_id}
        await audit.record("disconnected", "foreign_calendar", id, by, of=resource.owner_id, was=was)
    ring()
