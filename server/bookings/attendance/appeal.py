"""Appeal against a strike, and forgive it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_manager
from server.bookings.attendance.strikes import SELECT, VISIBLE, Strike
from server.bookings.capacity import revise
from server.bookings.capacity.notify import guests, tell
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Conflict, NotFound
from server.core.text import PROSE_PATTERN

ONE = f"{SELECT} WHERE {VISIBLE} AND s.id = $4 FOR UPDATE OF s"
APPEAL = "UPDATE strike SET appeal = $2 WHERE id = $1"
FORGIVE = "UPDATE strike SET forgiven_at = now(), forgiven_by_id = $2 WHERE id = $1 RETURNING forgiven_at"


class Appeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a strike should not count."""

    __schema_name__ = "StrikeAppeal"
    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=PROSE_PATTERN)]


@rerunning
async def appeal(id: UUID, given: Appeal, by: Actor) -> Strike:
    """Ask the owner to forgive a strike of one's own. The same again changes nothing. Raises NotFound, Conflict."""
    async with acting(by):
        one = await _lock(id, by)
        if one.member_id != by.member_id:
            raise NotFound("there is no such strike of yours")
        if one.appeal == given.text:
            return one
        if one.forgiven_at is not None:
            raise Conflict("it is forgiven already")
        await db.execute(APPEAL, id, given.text)
        resource, booking = await revise.lock_any(one.booking_id)
        became = {"appeal": given.text}
        await audit.record("appealed", "strike", id, by, of=booking.organization_id, owner=one.owner_id, became=became)
        said = msgspec.structs.replace(booking, reason=given.text)
        await tell(said, resource, by, guests={}, owner="owner_appealed")
    ring()
    return msgspec.structs.replace(one, appeal=given.text)


@rerunning
async def forgive(id: UUID, by: Actor) -> Strike:
    """Let a strike no longer count, as the owner. A second time changes nothing. Raises Forbidden, NotFound."""
    refuse_unless_manager(by)
    async with acting(by):
        one = await _lock(id, by)
        if not by.runs(one.owner_id, one.resource_id):
            raise NotFound("there is no such strike on resources of yours")
        if one.forgiven_at is not None:
            return one
        forgiven_at: datetime = await db.fetchval(FORGIVE, id, by.member_id)
        resource, booking = await revise.lock_any(one.booking_id)
        became = {"forgiven_at": forgiven_at}
        await audit.record("forgave", "strike", id, by, of=booking.organization_id, owner=one.owner_id, became=became)
        booker = guests(booking)[booking.booker_email]
        await tell(booking, resource, by, guests={booking.booker_email: (booker, "forgiven")}, owner=None)
    ring()
    return msgspec.structs.replace(one, forgiven_at=forgiven_at)


async def _lock(id: UUID, by: Actor) -> Strike:
    row = await db.fetchrow(ONE, by.member_id, by.running, by.organization_id, id)
    if row is None:
        raise NotFound("there is no such strike")
    return Strike(**row)
