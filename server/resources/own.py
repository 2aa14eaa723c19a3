"""The resource that a page of its owner is about."""

from uuid import UUID

from server.errors import NotFound
from server.organizations.actor import Actor
from server.resources import views
from server.resources.schemas import ResourceOut


async def own_resource(id: UUID, by: Actor) -> ResourceOut:
    """Read a resource that the actor runs. Raises NotFound for every other."""
    found = await views.resource(id, by)
    if not by.runs(found.owner.id, found.id):
        raise NotFound("there is no such resource of yours")
    return found
