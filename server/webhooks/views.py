"""What is read of webhooks. Every read carries the reader's organization."""

from uuid import UUID

from asyncpg import Record

from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.encryption import Unreadable, unseal
from server.core.errors import NotFound
from server.webhooks.schemas import Delivery, Endpoint, State

COLUMNS = "id, url, description, events, created_at, overlap_until, failing_since, disabled_at"
LIST = f"""
SELECT {COLUMNS} FROM webhook_endpoint
WHERE organization_id = $1 AND removed_at IS NULL AND id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY id LIMIT $3
"""
ONE = f"SELECT {COLUMNS} FROM webhook_endpoint WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL"

# The newest first; a page goes on below the last id of the one before.
DELIVERIES = """
SELECT id, event_id, type, subject_id, state, owed_at, attempts + (sent_at IS NOT NULL)::int AS attempts, attempt_at,
       sent_at, tried_at, status, milliseconds,
       answer, last_error AS error
FROM (
    SELECT d.*, CASE WHEN d.dead_at IS NOT NULL THEN 'dead' WHEN d.sent_at IS NOT NULL THEN 'sent'
                     WHEN d.lapsed_at IS NOT NULL THEN 'lapsed' ELSE 'waiting' END AS state
    FROM webhook_delivery d JOIN webhook_endpoint w ON w.id = d.endpoint_id
    WHERE w.organization_id = $1 AND d.endpoint_id = $2
      AND ($3::uuid IS NULL OR d.position < (SELECT position FROM webhook_delivery WHERE id = $3))
) AS d
WHERE $4::text IS NULL OR state = $4 ORDER BY position DESC LIMIT $5
"""


async def endpoints(by: Actor, after: UUID | None, limit: int) -> list[Endpoint]:
    """List the organization's endpoints. Raises Forbidden."""
    refuse_unless_runs_all(by)
    return [_shown(row) for row in await db.fetch(LIST, by.organization_id, after, limit)]


async def endpoint(id: UUID, by: Actor) -> Endpoint:
    """Read one. Raises NotFound, Forbidden."""
    refuse_unless_runs_all(by)
    row = await db.fetchrow(ONE, by.organization_id, id)
    if row is None:
        raise NotFound("there is no such webhook")
    return _shown(row)


def address(sealed: str) -> str:
    """Read the address of an endpoint; one that says so where it was sealed with a secret that was lost."""
    try:
        return unseal(sealed)
    except Unreadable:
        return "https://unreadable.invalid/"


def _shown(row: Record) -> Endpoint:
    return Endpoint(**{**row, "url": address(row["url"])})


async def deliveries(id: UUID, by: Actor, state: State | None, after: UUID | None, limit: int) -> list[Delivery]:
    """List what was owed to an endpoint, the newest first. Raises NotFound, Forbidden."""
    await endpoint(id, by)
    rows = await db.fetch(DELIVERIES, by.organization_id, id, after, state, limit)
    return [Delivery(**{**row, "event_id": f"msg_{row['event_id'].hex}"}) for row in rows]
