"""Note that a foreign calendar could not be read. What was read before stands; the owner hears of it in the end."""

from datetime import timedelta
from uuid import UUID

from server.bookings.capacity import lock
from server.core import db
from server.core.db import transaction
from server.foreign.tell import tell_of_failure

STALE = timedelta(hours=24)
MISSING = 3  # answers 404 or 410 in a row, after which the owner is asked

# Back-off: 15 minutes, doubled up to 6 hours; a day once it is gone.
FAILED = """
UPDATE foreign_calendar SET failures = failures + 1, missing = CASE WHEN $4 THEN missing + 1 ELSE 0 END, error = $3,
    fetch_at = now() + CASE WHEN $4 AND missing + 1 >= $5 THEN interval '1 day'
                            ELSE least(interval '15 minutes' * 2 ^ least(failures, 10), interval '6 hours') END
WHERE resource_id = $1 AND id = $2 AND removed_at IS NULL
RETURNING missing, told_at, coalesce(read_at, created_at) AS since, now() AS now
"""
TOLD = "UPDATE foreign_calendar SET told_at = now() WHERE resource_id = $1 AND id = $2"


async def fail(resource_id: UUID, id: UUID, error: str, *, missing: bool = False) -> None:
    """Put it off, and tell the owner once: when it was missing three times, or could not be read for a day."""
    async with transaction():
        resource = await lock.lock_any(resource_id)
        row = await db.fetchrow(FAILED, resource_id, id, error, missing, MISSING)
        if row is None or row["told_at"] is not None:
            return
        gone = row["missing"] >= MISSING
        if gone or row["now"] - row["since"] > STALE:
            await db.execute(TOLD, resource_id, id)
            await tell_of_failure("foreign_gone" if gone else "foreign_stale", resource, id, row["since"], error)
