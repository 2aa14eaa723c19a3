"""What the operator decides about an organization: verify, reject, suspend, reinstate. Its admins are told by mail."""

from typing import Any, Literal
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.organizations.schemas import Organization
from server.organizations.sign_up import Signed
from server.organizations.views import STATE, any_organization
from server.outbox.account_mail import Kind, owe

Verb = Literal["verified", "rejected", "suspended", "reinstated"]

LOCK = f"SELECT o.name, {STATE} AS state FROM organization o WHERE o.id = $1 FOR UPDATE"
WRITE: dict[Verb, str] = {
    "verified": "UPDATE organization SET verified_at = now(), rejected_at = NULL WHERE id = $1",
    "rejected": "UPDATE organization SET rejected_at = now(), verified_at = NULL WHERE id = $1",
    "suspended": "UPDATE organization SET suspended_at = now() WHERE id = $1",
    "reinstated": "UPDATE organization SET suspended_at = NULL WHERE id = $1",
}
FROM: dict[Verb, tuple[str, ...]] = {
    "verified": ("pending", "rejected"),
    "rejected": ("pending", "verified"),
    "suspended": ("pending", "verified", "rejected"),
    "reinstated": ("suspended",),
}
# Whoever reads a resource sees whether it is offered, so it is another version of it. In id order, like every lock.
REVISE = """
WITH own AS (SELECT id FROM resource WHERE owner_id = $1 ORDER BY id FOR NO KEY UPDATE)
UPDATE resource r SET version = r.version + 1, updated_at = now() FROM own WHERE r.id = own.id
"""
RECORD = "INSERT INTO decision (id, organization_id, account_id, verb, reason) VALUES ($1, $2, $3, $4, $5)"
ADMINS = """
SELECT a.email, a.name, a.locale FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND m.role = 'admin' ORDER BY m.id
"""
LETTERS: dict[str, Kind] = {
    "verified": "organization_verified",
    "rejected": "organization_rejected",
    "suspended": "organization_suspended",
    "reinstated": "organization_reinstated",
    "merged": "organization_merged",
}


@rerunning
async def decide(verb: Verb, id: UUID, reason: str, by: Signed) -> Organization:
    """Decide, and tell the admins why. Raises NotFound; Conflict where the state does not allow it."""
    async with acting(by):
        row: Any = await db.fetchrow(LOCK, id)
        if row is None:
            raise NotFound("there is no such organization")
        if row["state"] not in FROM[verb]:
            raise Conflict(f"it is {row['state']}", state=row["state"])
        await db.execute(WRITE[verb], id)
        if verb in ("suspended", "reinstated"):
            await db.execute(REVISE, id)
        await record(verb, id, reason, by)
        await tell_admins(id, verb, organization=row["name"], reason=reason)
        became = {"reason": reason}
        await audit.record(verb, "organization", id, by, of=id, became=became, operator=True)
        decided = await any_organization(id)
    ring()
    return decided


async def record(verb: str, id: UUID, reason: str, by: Signed) -> None:
    """Keep a decision, in the transaction of the change."""
    await db.execute(RECORD, new_id(), id, by.account_id, verb, reason)


async def tell_admins(id: UUID, verb: str, *, organization: str, reason: str, into: str = "") -> None:
    """Owe every admin of an organization a letter about a decision."""
    for admin in await db.fetch(ADMINS, id):
        await owe(
            LETTERS[verb], admin["email"], admin["locale"], name=admin["name"], organization=organization,
            reason=reason, into=into,
        )  # fmt: skip
