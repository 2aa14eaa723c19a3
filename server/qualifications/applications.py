"""What is read of applications for qualifications: one's own, and those that wait for the owner's decision."""

from typing import Any
from uuid import UUID

import msgspec

from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.qualifications import views
from server.qualifications.schemas import Application, ApplicationState

STATE = """
CASE WHEN p.grant_id IS NOT NULL THEN 'granted' WHEN p.decided_at IS NOT NULL THEN 'declined'
     WHEN p.withdrawn_at IS NOT NULL THEN 'withdrawn' ELSE 'waiting' END
"""
SELECT = f"""
SELECT p.id, p.qualification_id, q.name AS qualification_name, q.owner_id, w.name AS owner_name, a.name AS person_name,
       a.email, o.name AS organization_name, p.note, p.name AS file_name, p.media_type,
       {STATE} AS state, p.reason, p.created_at, p.decided_at, p.grant_id
FROM application p
JOIN qualification q ON q.id = p.qualification_id
JOIN organization w ON w.id = q.owner_id
JOIN account a ON a.id = p.account_id
JOIN member m ON m.id = p.member_id
JOIN organization o ON o.id = m.organization_id
"""
# $2: the reader's account; $3: the organization whose qualifications they all run, or null.
SEEN = "(p.account_id = $2 OR q.owner_id = $3)"
ONE = f"{SELECT} WHERE p.id = $1 AND {SEEN}"
OWN = f"{SELECT} WHERE p.account_id = $1 AND ($2::uuid IS NULL OR p.id < $2) ORDER BY p.id DESC LIMIT $3"
RECEIVED = f"""
{SELECT} WHERE p.qualification_id = $1 AND q.owner_id = $2 AND ($3 = '' OR {STATE} = $3)
AND ($4::uuid IS NULL OR p.id < $4) ORDER BY p.id DESC LIMIT $5
"""
# For whom it is demanded by something that everyone sees, or of whose own organization it is.
KNOWN = """
(q.owner_id = $2 OR EXISTS (SELECT FROM needed_qualification n JOIN resource r ON r.id = n.resource_id
                            WHERE n.qualification_id = q.id AND r.listed))
"""
OFFER = f"""
SELECT q.id, q.name, o.name AS owner_name, q.how_to_get, q.valid_days, q.training_resource_id, q.takes_applications,
       EXISTS (SELECT FROM application p WHERE p.qualification_id = q.id AND p.account_id = $3
               AND p.decided_at IS NULL AND p.withdrawn_at IS NULL) AS waiting
FROM qualification q JOIN organization o ON o.id = q.owner_id WHERE q.id = $1 AND {KNOWN}
"""
CONTENT = f"""
SELECT p.name, p.media_type, p.content FROM application p JOIN qualification q ON q.id = p.qualification_id
WHERE p.id = $1 AND {SEEN} AND p.content IS NOT NULL
"""


class Proof(msgspec.Struct, frozen=True):
    """The file of an application."""

    name: str
    media_type: str
    content: bytes


class Offer(msgspec.Struct, frozen=True):
    """A qualification as those see it who may apply for it."""

    id: UUID
    name: str
    owner_name: str
    how_to_get: str
    valid_days: int | None
    training_resource_id: UUID | None
    takes_applications: bool
    waiting: bool  # the reader's application


async def offer(qualification_id: UUID, by: Actor) -> Offer:
    """Read what one may apply for. Raises NotFound for what the actor cannot know of."""
    row = await db.fetchrow(OFFER, qualification_id, by.organization_id, by.account_id)
    if row is None:
        raise NotFound("there is no such qualification")
    return Offer(**row)


async def application(id: UUID, by: Actor) -> Application:
    """Read one that the actor made or decides. Raises NotFound."""
    row = await db.fetchrow(ONE, id, by.account_id, _decides(by))
    if row is None:
        raise gone()
    return Application(**row)


async def own(by: Actor, after: UUID | None, limit: int) -> list[Application]:
    """Read what the actor has applied for, newest first."""
    return [Application(**row) for row in await db.fetch(OWN, by.account_id, after, limit)]


async def received(
    qualification_id: UUID, by: Actor, state: ApplicationState | None, after: UUID | None, limit: int
) -> list[Application]:
    """Read who applied for a qualification of the actor's, newest first. Raises Forbidden, NotFound."""
    refuse_unless_runs_all(by)
    await views.qualification(qualification_id, by)
    asked = (qualification_id, by.organization_id, state or "", after, limit)
    return [Application(**row) for row in await db.fetch(RECEIVED, *asked)]


async def proof(id: UUID, by: Actor) -> Proof:
    """Read the file of an application that the actor made or decides. Raises NotFound."""
    row: Any = await db.fetchrow(CONTENT, id, by.account_id, _decides(by))
    if row is None:
        raise NotFound("there is no such application with a file")
    return Proof(row["name"], row["media_type"], row["content"])


def gone() -> NotFound:
    return NotFound("there is no such application")


def _decides(by: Actor) -> UUID | None:
    return by.organization_id if by.can_manage and by.running is None else None
