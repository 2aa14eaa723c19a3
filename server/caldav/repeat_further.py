"""Move on the year for which repeating events close their resource. A sweep."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from server import audit
from server.bookings.capacity import lock
from server.bookings.closures import closure_rows
from server.caldav import occurrences
from server.caldav.calendar_file import HORIZON
from server.caldav.put import CLOSURES
from server.claims.keep_closed import keep_closed
from server.core import db
from server.core.db import rerunning, transaction
from server.core.errors import DomainError
from server.core.ids import new_id
from server.core.spans import Span

STEP = timedelta(days=7)  # so far the year may fall behind
BATCH = 20

BEHIND = """
SELECT d.resource_id, d.id, d.data, d.member_id, d.updated_at, d.closed_until, r.time_zone, now() AS now
FROM dav_object d JOIN resource r ON r.id = d.resource_id
WHERE d.deleted_at IS NULL AND d.closed_until < now() + $1::interval ORDER BY d.closed_until LIMIT $2
"""
# Not one that was changed meanwhile, nor one of which all was opened again.
ADVANCE = """
UPDATE dav_object SET closed_until = $4 WHERE resource_id = $1 AND id = $2 AND updated_at = $3 AND deleted_at IS NULL
RETURNING EXISTS (SELECT FROM closure g WHERE g.resource_id = $1 AND g.group_id = $2 AND g.lifted_at IS NULL) AS closes
"""


log = structlog.get_logger()


async def repeat_further() -> int:
    """Close what repeating events ask for up to a year from now. What was booked meanwhile stays booked."""
    done = 0
    for row in await db.fetch(BEHIND, HORIZON - STEP, BATCH):
        until: datetime = row["now"] + HORIZON
        try:
            zone = ZoneInfo(row["time_zone"])
            sent = await occurrences.checked(row["data"], zone)
            busy = await occurrences.busy(row["data"], sent, zone, Span(row["closed_until"], until))
        except DomainError as refusal:
            log.warning("an event cannot be repeated further", object=str(row["id"]), reason=str(refusal))
            busy = []
        done += await _close(row["resource_id"], row["id"], row, busy, until)
    return done


@rerunning
async def _close(resource_id: UUID, id: UUID, row: Any, busy: list[Span], until: datetime) -> int:
    async with transaction():
        resource = await lock.lock_any(resource_id)
        advanced = await db.fetchrow(ADVANCE, resource_id, id, row["updated_at"], until)
        if advanced is None or not advanced["closes"]:
            return 0
        known = {Span(one["starts_at"], one["ends_at"]) for one in await db.fetch(CLOSURES, resource_id, id)}
        new = {new_id(): span for span in busy if span not in known and span.starts_at >= row["closed_until"]}
        if new:
            await closure_rows.insert(resource_id, new, row["member_id"], group_id=id)
            await keep_closed(resource_id)  # what is left beside bookings
            became = {"resource_id": resource_id, "closes": len(new)}
            await audit.record("extended", "dav_object", id, None, of=resource.owner_id, became=became)
        return len(new)
