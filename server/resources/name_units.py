"""Give units names of their own, by which guests find them and can ask for them."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import Invalid
from server.core.text import Name
from server.resources import views
from server.resources.lock_own import lock_own

FORGET = "DELETE FROM unit WHERE resource_id = $1"
ADD = "INSERT INTO unit (resource_id, number, name) SELECT $1, * FROM unnest($2::int[], $3::text[])"
READ = "SELECT number, name FROM unit WHERE resource_id = $1 ORDER BY number"


class NamedUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit with a name."""

    number: Annotated[int, Meta(ge=1, le=10_000)]
    name: Name


@rerunning
async def name_units(resource_id: UUID, units: list[NamedUnit], by: Actor) -> list[NamedUnit]:
    """Let exactly these units have names. Raises Forbidden, NotFound, Invalid.

    Bookings stay on their units, and guests hear of the new name with the next change of their booking.
    """
    if len({unit.number for unit in units}) < len(units) or len({unit.name for unit in units}) < len(units):
        raise Invalid("each number and each name only once", field="units")
    async with acting(by):
        resource = await lock_own(resource_id, by, None)
        total = resource.fields["units"]
        if any(unit.number > total for unit in units):
            raise Invalid(f"its units have the numbers 1 to {total}", field="units")
        was = {"names": {row["number"]: row["name"] for row in await db.fetch(READ, resource_id)}}
        await db.execute(FORGET, resource_id)
        await db.execute(ADD, resource_id, [unit.number for unit in units], [unit.name for unit in units])
        became = {"names": {unit.number: unit.name for unit in units}}
        await audit.record("named units", "resource", resource_id, by, of=by.organization_id, was=was, became=became)
    return await named_units(resource_id, by)


async def named_units(resource_id: UUID, viewer: Actor | None) -> list[NamedUnit]:
    """Read the units that have names. Raises NotFound."""
    await views.resource(resource_id, viewer)
    return [NamedUnit(row["number"], row["name"]) for row in await db.fetch(READ, resource_id)]
