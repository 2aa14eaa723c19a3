"""Decide about an application for a qualification: grant it or not, and tell who applied."""

from typing import Any
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Conflict
from server.outbox.account_mail import Kind, Link, owe
from server.qualifications import applications
from server.qualifications.grant import grant_to
from server.qualifications.schemas import Acceptance, Application, Refusal

LOCK = """
SELECT p.qualification_id, p.account_id, p.decided_at, p.withdrawn_at, a.email, a.name, a.locale,
       q.name AS qualification
FROM application p JOIN qualification q ON q.id = p.qualification_id JOIN account a ON a.id = p.account_id
WHERE p.id = $1 AND q.owner_id = $2 FOR UPDATE OF p
"""
DECIDED = "UPDATE application SET decided_at = now(), decided_by_id = $2, grant_id = $3, reason = $4 WHERE id = $1"


@rerunning
async def accept(id: UUID, given: Acceptance, by: Actor) -> Application:
    """Grant what was applied for. Raises Forbidden, NotFound, Conflict once it is over, Invalid for a past end."""
    refuse_unless_runs_all(by)
    async with acting(by):
        row = await _lock(id, by)
        made = await grant_to(row["account_id"], row["qualification_id"], given.expires_at, by)
        await _decide(id, row, made, given.reason, by)
    ring()
    return await applications.application(id, by)


@rerunning
async def decline(id: UUID, given: Refusal, by: Actor) -> Application:
    """Say no, and why. Who applied may apply again. Raises Forbidden, NotFound, Conflict once it is over."""
    refuse_unless_runs_all(by)
    async with acting(by):
        row = await _lock(id, by)
        await _decide(id, row, None, given.reason, by)
    ring()
    return await applications.application(id, by)


async def _lock(id: UUID, by: Actor) -> Any:
    row: Any = await db.fetchrow(LOCK, id, by.organization_id)
    if row is None:
        raise applications.gone()
    if row["decided_at"] or row["withdrawn_at"]:
        raise Conflict("it is over already", state="decided" if row["decided_at"] else "withdrawn")
    return row


async def _decide(id: UUID, row: Any, grant_id: UUID | None, reason: str, by: Actor) -> None:
    await db.execute(DECIDED, id, by.member_id, grant_id, reason)
    verb = "declined" if grant_id is None else "granted"
    became = {"grant_id": grant_id, "reason": reason}
    await audit.record(verb, "application", id, by, of=by.organization_id, became=became)
    kind: Kind = "application_declined" if grant_id is None else "application_granted"
    facts = {
        "name": row["name"],
        "owner": by.organization_name,
        "qualification": row["qualification"],
        "reason": reason,
    }
    await owe(kind, row["email"], row["locale"], link=Link("/qualifications"), **facts)
