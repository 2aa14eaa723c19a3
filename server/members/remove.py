"""Remove a member, or leave: what they have booked ahead is handed over or cancelled, all of it or nothing happens."""

from typing import Any
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.bookings.capacity.lock import lock_all
from server.bookings.lifecycle import cancel, hand_over
from server.claims import door
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import DomainError, Invalid
from server.members.rights import gone, refuse_unless_can_remove
from server.members.schemas import Left, Removal
from server.members.set_rights import BEFORE, lock, refuse_last_admin
from server.outbox.account_mail import owe

AHEAD = """
SELECT b.id FROM booking b
WHERE b.organization_id = $1 AND b.member_id = $2 AND b.status IN ('requested', 'confirmed') AND b.ends_at > now()
ORDER BY b.starts_at, b.id
"""
HOLDS = "SELECT h.resource_id, h.id FROM hold h WHERE h.member_id = $1 AND h.ended_at IS NULL"
RESOURCES = """
SELECT resource_id FROM booking WHERE member_id = $1 AND status IN ('requested', 'confirmed') AND ends_at > now()
UNION SELECT resource_id FROM hold WHERE member_id = $1 AND ended_at IS NULL
"""
STOP_WAITING = "UPDATE waiting SET status = 'left' WHERE member_id = $1 AND status IN ('waiting', 'offered')"
DEACTIVATE = "UPDATE member SET active = false, named_only = false, monthly_minutes = NULL WHERE id = $1"
REVOKE = "UPDATE api_token SET revoked_at = now() WHERE member_id = $1 AND revoked_at IS NULL"
REVOKE_APPS = "UPDATE app_password SET revoked_at = now() WHERE member_id = $1 AND revoked_at IS NULL"
FORGET = "DELETE FROM member_resource WHERE member_id = $1"
PERSON = "SELECT a.email, a.name, a.locale FROM member m JOIN account a ON a.id = m.account_id WHERE m.id = $1"


@rerunning
async def remove(id: UUID, given: Removal, by: Actor) -> Left:
    """End a membership, one's own or as an admin any.

    Raises NotFound, Forbidden, LastAdmin, and what cancelling or handing over one of the bookings raises, with its
    `booking_id`; then nothing has happened.
    """
    refuse_unless_can_remove(by, id)
    async with acting(by, over={id} if given.to is None else {id, given.to}):
        await lock(by.organization_id)
        row: Any = await db.fetchrow(BEFORE, by.organization_id, id)
        if row is None:
            raise gone()
        if row["role"] == "admin":
            await refuse_last_admin(by.organization_id, id)
        if given.to == id:
            raise Invalid("to: another member", field="to")
        await lock_all({locked["resource_id"] for locked in await db.fetch(RESOURCES, id)})
        bookings = [found["id"] for found in await db.fetch(AHEAD, by.organization_id, id)]
        for booking_id in bookings:
            await _pass_on(booking_id, given, by)
        for held in await db.fetch(HOLDS, id):
            await door.release(held["resource_id"], held["id"])
        for sql in (STOP_WAITING, FORGET, REVOKE, REVOKE_APPS, DEACTIVATE):
            await db.execute(sql, id)
        verb = "left" if by.member_id == id else "removed"
        became = {"bookings": given.bookings, "to": given.to, "reason": given.reason}
        await audit.record(verb, "member", id, by, of=by.organization_id, became=became)
        if by.member_id != id:
            person: Any = await db.fetchrow(PERSON, id)
            await owe(
                "member_removed", person["email"], person["locale"], name=person["name"],
                organization=by.organization_name,
            )  # fmt: skip
    ring()
    return Left(bookings)


async def _pass_on(booking_id: UUID, given: Removal, by: Actor) -> None:
    try:
        if given.to is not None:
            await hand_over.hand_over(booking_id, given.to, by, given.reason)
        else:
            await cancel.cancel(booking_id, by, given.reason)
    except DomainError as refusal:
        refusal.members["booking_id"] = booking_id
        raise
