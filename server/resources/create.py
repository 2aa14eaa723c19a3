"""List a resource."""

from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.ids import new_id
from server.resources.opening.week import refuse_repeated_days
from server.resources.save import New, insert, replace_exceptions
from server.resources.schemas import ResourceIn
from server.resources.set_wholes import lock_wholes, set_wholes


@rerunning
async def create(given: ResourceIn, by: Actor) -> UUID:
    """Add a resource of the actor's organization and return its id. Raises Forbidden, Invalid, NotFound for a whole."""
    refuse_unless_runs_all(by)
    refuse_repeated_days(given.opening_hours.exceptions)
    new = New(new_id(), given)
    async with acting(by):
        await lock_wholes(new.id, given.part_of_ids, by)
        await insert(by.organization_id, [new])
        if given.part_of_ids:
            await set_wholes(new.id, given)
        if given.opening_hours.exceptions:
            await replace_exceptions(new.id, given.opening_hours.exceptions)
        became = msgspec.structs.asdict(given)
        await audit.record("created", "resource", new.id, by, of=by.organization_id, became=became)
    return new.id
