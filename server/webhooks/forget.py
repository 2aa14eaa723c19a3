"""Forget what was delivered long ago. A sweep."""

from server.core import db

FORGET = """
DELETE FROM webhook_delivery WHERE id IN (
    SELECT id FROM webhook_delivery
    WHERE owed_at < now() - interval '30 days' AND num_nonnulls(sent_at, lapsed_at, dead_at) > 0
    ORDER BY owed_at LIMIT 1000
) RETURNING id
"""


async def forget_deliveries() -> int:
    """Delete what is older than thirty days and no longer waits."""
    return len(await db.fetch(FORGET))
