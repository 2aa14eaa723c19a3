"""End a price: from now on it holds for nobody. The row stays, and so does what was booked by it."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import NotFound
from server.prices.set_price import REVISE
from server.resources.lock_own import lock_own

READ = "SELECT resource_id FROM price_rule WHERE id = $1 AND owner_id = $2"

# What is still to begin ends before it has begun: its time is empty.
END = """
UPDATE price_rule SET valid = valid * tstzrange(NULL, now())
WHERE id = $1 AND (upper_inf(valid) OR upper(valid) > now()) AND NOT isempty(valid)
RETURNING id
"""


@rerunning
async def end_price(id: UUID, by: Actor) -> None:
    """End a price of the actor's organization; of one that has ended nothing changes. Raises Forbidden, NotFound."""
    async with acting(by):
        row = await db.fetchrow(READ, id, by.organization_id)
        if row is None:
            raise NotFound("there is no such price, or another organization owns it")
        if row["resource_id"] is None:
            refuse_unless_runs_all(by)
        else:
            await lock_own(row["resource_id"], by, None)
        if await db.fetchval(END, id):
            await db.execute(REVISE, by.organization_id, row["resource_id"])
            await audit.record("ended", "price", id, by, of=by.organization_id)
