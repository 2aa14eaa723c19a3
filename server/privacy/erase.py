"""Erase a person: nothing says any more who they were; what was booked, and for how long, stays."""

from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.audit.recording import Acting
from server.bookings.capacity.lock import lock_all
from server.core import db
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import LastAdmin, NotFound
from server.outbox.account_mail import owe
from server.privacy import traces
from server.privacy.give_up import give_up

LOCK = "SELECT email, name, locale, erased_at FROM account WHERE id = $1 FOR NO KEY UPDATE"
# Whoever counts admins locks the organization.
LOCK_ORGANIZATIONS = """
SELECT o.id FROM member m JOIN organization o ON o.id = m.organization_id
WHERE m.account_id = $1 AND m.active ORDER BY o.id FOR NO KEY UPDATE OF o
"""
# Organizations in which the person is the only admin beside other members.
LEFT_ALONE = """
SELECT o.name FROM member own JOIN organization o ON o.id = own.organization_id
WHERE own.account_id = $1 AND own.active AND own.role = 'admin'
  AND EXISTS (SELECT FROM member m WHERE m.organization_id = o.id AND m.active AND m.id <> own.id)
  AND NOT EXISTS (SELECT FROM member m
                  WHERE m.organization_id = o.id AND m.active AND m.role = 'admin' AND m.id <> own.id)
"""

RESOURCES = """
SELECT b.resource_id FROM booking b JOIN member m ON m.id = b.member_id
WHERE m.account_id = $1 AND b.status IN ('requested', 'confirmed') AND b.ends_at > now()
UNION SELECT h.resource_id FROM hold h JOIN member m ON m.id = h.member_id
WHERE m.account_id = $1 AND h.ended_at IS NULL
"""


class Erased(msgspec.Struct, frozen=True):
    """What became of it. Bookings whose owner lets nobody cancel any more are still there, under the pseudonym."""

    __schema_name__ = "ErasedAccount"
    pseudonym: str
    bookings_kept: list[UUID]


@rerunning
async def erase(account_id: UUID, by: Acting, *, operator: bool = False) -> Erased:
    """Cancel what lies ahead, then replace name and address by a pseudonym everywhere, and owe the last letter.

    Nobody acts as the person meanwhile: nothing that they have under way is left over.

    A second time changes nothing. Raises NotFound, and LastAdmin while others would be left without one.
    """
    async with acting(by, over_account=account_id):
        await db.fetch(LOCK_ORGANIZATIONS, account_id)
        if alone := await db.fetchval(LEFT_ALONE, account_id):
            raise LastAdmin(f"make someone else an admin of {alone} first", organization=alone)
        await lock_all({row["resource_id"] for row in await db.fetch(RESOURCES, account_id)})
        kept = await give_up(account_id)
        row = await db.fetchrow(LOCK, account_id)
        if row is None:
            raise NotFound("there is no such account")
        who = traces.Person(account_id, row["email"], row["name"])
        if row["erased_at"] is None:
            await audit.record("erased", "account", account_id, by, of=None, operator=operator)
            await owe("erased", who.email, row["locale"])
            await traces.remove(who)
    ring()
    return Erased(who.pseudonym, kept)
