"""Give a screen on a wall its address."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db, links
from server.core.actor import Actor
from server.core.errors import Conflict
from server.core.ids import new_id
from server.core.settings import settings
from server.displays.schemas import NewDisplay
from server.displays.views import refuse_unless_runs

PURPOSE = "wall"
MOST = 20  # of one resource

INSERT = "INSERT INTO display (id, resource_id, label) VALUES ($1, $2, $3)"
COUNT = "SELECT count(*) FROM display WHERE resource_id = $1 AND revoked_at IS NULL"


async def make(resource_id: UUID, wanted: NewDisplay, by: Actor) -> UUID:
    """Make an address that shows the day of a resource to whoever has it. Raises NotFound, Conflict for too many."""
    id = new_id()
    async with acting(by):
        await refuse_unless_runs(resource_id, by)
        if await db.fetchval(COUNT, resource_id) >= MOST:
            raise Conflict(f"a resource has at most {MOST} screens; revoke one that is no longer needed")
        await db.execute(INSERT, id, resource_id, wanted.label)
        became = {"resource_id": resource_id, "label": wanted.label}
        await audit.record("created", "display", id, by, of=by.organization_id, became=became)
    return id


def url(id: UUID) -> str:
    """The address of a screen. It can be shown again: it is derived from the id and the installation's secret."""
    return f"{settings().base_url.rstrip('/')}/wall/{links.token(PURPOSE, id)}"
