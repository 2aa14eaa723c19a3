"""Send deliveries again, under the same webhook-id."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.doorbell import ring
from server.core.errors import NotFound
from server.webhooks import views

REPLAY = """
UPDATE webhook_delivery SET sent_at = NULL, lapsed_at = NULL, dead_at = NULL, leased_until = NULL, attempts = 0,
    attempt_at = now(), last_error = ''
WHERE endpoint_id = $1 AND CASE WHEN $2::uuid IS NULL THEN dead_at IS NOT NULL
                                ELSE id = $2 AND num_nonnulls(sent_at, lapsed_at, dead_at) > 0 END
RETURNING id
"""
EXISTS = "SELECT EXISTS (SELECT FROM webhook_delivery WHERE endpoint_id = $1 AND id = $2)"


async def replay(endpoint_id: UUID, delivery_id: UUID | None, by: Actor) -> int:
    """Owe one delivery again, or all dead ones; return how many. One that waits anyway is none.

    Raises NotFound, Forbidden.
    """
    async with acting(by):
        await views.endpoint(endpoint_id, by)
        if delivery_id is not None and not await db.fetchval(EXISTS, endpoint_id, delivery_id):
            raise NotFound("there is no such delivery")
        replayed = await db.fetch(REPLAY, endpoint_id, delivery_id)
        became = {"count": len(replayed), "delivery_id": delivery_id}
        await audit.record("replayed", "webhook", endpoint_id, by, of=by.organization_id, became=became)
    ring()
    return len(replayed)
