"""The terms that a guest accepts before booking: each change is a new version, and the old ones are kept."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import NotFound
from server.core.ids import new_id
from server.core.text import PROSE_PATTERN
from server.resources.lock_own import lock_own

INSERT = """
INSERT INTO terms (resource_id, id, version, text)
SELECT $1, $2, coalesce(max(version), 0) + 1, $3 FROM terms WHERE resource_id = $1
RETURNING version, text, created_at
"""

REVISE = "UPDATE resource SET version = version + 1, updated_at = now() WHERE id = $1"

LIST = """
SELECT t.version, t.text, t.created_at FROM terms t JOIN resource r ON r.id = t.resource_id
WHERE t.resource_id = $1 AND (r.listed OR r.owner_id = $2) ORDER BY t.version DESC
"""

ACCEPT = """
INSERT INTO terms_acceptance (resource_id, version, member_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1
"""


class NewTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of the next version."""

    text: Annotated[str, Meta(min_length=1, max_length=50_000, pattern=PROSE_PATTERN)]


class Terms(msgspec.Struct, frozen=True):
    """A version of the terms. The newest counts."""

    version: int
    text: str
    created_at: datetime


@rerunning
async def set_terms(resource_id: UUID, given: NewTerms, by: Actor) -> Terms:
    """Add a version, which everybody has to accept anew before booking. Raises Forbidden, NotFound."""
    async with acting(by):
        await lock_own(resource_id, by, None)
        row = await db.fetchrow(INSERT, resource_id, new_id(), given.text)
        await db.execute(REVISE, resource_id)
        became = {"version": row and row["version"], "text": given.text}
        await audit.record("set", "terms", resource_id, by, of=by.organization_id, became=became)
    assert row is not None  # noqa: S101 - INSERT … RETURNING
    return Terms(**row)


async def terms(resource_id: UUID, viewer: Actor | None) -> list[Terms]:
    """Read all versions, the newest first. Raises NotFound when there are none that the viewer may see."""
    rows = await db.fetch(LIST, resource_id, viewer and viewer.organization_id)
    if not rows:
        raise NotFound("this resource has no terms")
    return [Terms(**row) for row in rows]


async def accept(resource_id: UUID, owner_id: UUID, version: int, by: Actor) -> None:
    """Record that the actor accepted a version, once, in the current transaction."""
    if await db.fetchval(ACCEPT, resource_id, version, by.member_id):
        became = {"version": version}
        await audit.record("accepted", "terms", resource_id, by, of=by.organization_id, owner=owner_id, became=became)
