"""Let closures of the whole resource hold all their time: where several overlap, each time is taken once.

What one holds is no claim of another; so when one is lifted, those that overlap with it take over what it held.
"""

from typing import Any
from uuid import UUID

from server.claims import door
from server.claims.busy import keep_busy, yield_busy
from server.claims.door import NewClaim
from server.core import db
from server.core.spans import Span, merged, without

MISSING = """
SELECT c.id, u.unit, lower(gap) AS starts_at, upper(gap) AS ends_at
FROM closure c JOIN resource r ON r.id = c.resource_id
CROSS JOIN LATERAL generate_series(1, r.units) AS u (unit)
CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(k.during), '{}') AS spans FROM claim k
    WHERE k.resource_id = $1 AND k.unit = u.unit AND k.released_at IS NULL AND k.during && c.during
      AND k.reason <> 'busy'
      AND (k.expires_at IS NULL OR k.expires_at > now())
) taken
CROSS JOIN LATERAL unnest(tstzmultirange(c.during) - taken.spans) AS gap
WHERE c.resource_id = $1 AND c.lifted_at IS NULL AND c.units IS NULL AND upper(c.during) > now()
ORDER BY c.id, u.unit, gap
"""


async def keep_closed(resource_id: UUID) -> None:
    """Take what closures of all units have not. The resource must be locked. Raises SlotTaken."""
    taken: dict[int, list[Any]] = {}
    wanted = []
    for row in await db.fetch(MISSING, resource_id):
        unit, span = row["unit"], Span(row["starts_at"], row["ends_at"])
        others = taken.setdefault(unit, [])
        for start, end in without([span], others):
            wanted.append(NewClaim(unit=unit, span=Span(start, end), reason="closure", closure_id=row["id"]))
        taken[unit] = merged([*others, span])
    if wanted:
        for one in wanted:
            await yield_busy(resource_id, one.span)
        await door.take(resource_id, wanted)
        await keep_busy(resource_id)
