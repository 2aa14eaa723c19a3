"""JSON routes of units and their names."""

from typing import Annotated
from uuid import UUID

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.resources import name_units
from server.resources.name_units import NamedUnit

NamedUnits = Annotated[list[NamedUnit], Meta(max_length=10_000)]


@get(
    "/resources/{id:uuid}/units",
    tags=["Resources"],
    opt=open_to("anyone", "read", id="resource"),
    responses=refusals(NotFound),
)
async def list_named_units(id: FromPath[UUID], viewer: NamedDependency[Actor | None]) -> list[NamedUnit]:
    """Read the units that have names of their own. A booking may ask for them by number."""
    return await name_units.named_units(id, viewer)


@put(
    "/resources/{id:uuid}/units",
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def set_named_units(
    id: FromPath[UUID], data: JSONBody[NamedUnits], by: NamedDependency[Actor]
) -> list[NamedUnit]:
    """Name units, replacing all names there were."""
    return await name_units.name_units(id, data, by)


ROUTES = [list_named_units, set_named_units]
