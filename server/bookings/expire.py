"""End what nobody used or decided in time. Sweeps; the database clock says what is over."""

from asyncpg import Record

from server import db
from server.bookings import claims
from server.bookings.due import each_due
from server.db import transaction

HOLDS = """
SELECT resource_id, id FROM hold WHERE ended_at IS NULL AND expires_at <= now() ORDER BY expires_at LIMIT $1
"""
IS_OVER = "SELECT 1 FROM hold WHERE resource_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at <= now()"


async def expire_holds() -> int:
    """Release the claims of holds that are over. Nothing depends on it: they take no time already."""
    return await each_due(HOLDS, _end_hold)


async def _end_hold(due: Record) -> bool:
    async with transaction():
        resource = await claims.lock_any(due["resource_id"])
        if not await db.fetchval(IS_OVER, resource.id, due["id"]):
            return False
        await claims.release(resource, due["id"])
    return True
