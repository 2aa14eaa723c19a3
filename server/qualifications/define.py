"""Define a qualification, change it, and say which resources demand it."""

from typing import Any
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import NotFound
from server.core.ids import new_id
from server.qualifications import views
from server.qualifications.schemas import NewQualification, Qualification, QualificationPatch
from server.resources.lock_own import lock_own

INSERT = """
INSERT INTO qualification (id, owner_id, name, how_to_get, valid_days, training_resource_id, takes_applications)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
UPDATE = """
UPDATE qualification SET name = $3, how_to_get = $4, valid_days = $5, training_resource_id = $6,
    takes_applications = $7
WHERE id = $1 AND owner_id = $2
"""
OWN_RESOURCE = "SELECT 1 FROM resource WHERE id = $1 AND owner_id = $2"
DEMAND = """
INSERT INTO needed_qualification (resource_id, qualification_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1
"""
DEMAND_NO_LONGER = "DELETE FROM needed_qualification WHERE resource_id = $1 AND qualification_id = $2 RETURNING 1"


async def define(given: NewQualification, by: Actor) -> Qualification:
    """Define a qualification of the actor's organization. Raises Forbidden, and NotFound for another's training."""
    refuse_unless_runs_all(by)
    id = new_id()
    async with acting(by):
        await _refuse_others(given.training_resource_id, by)
        await db.execute(INSERT, id, by.organization_id, *msgspec.structs.astuple(given))
        became = msgspec.structs.asdict(given)
        await audit.record("defined", "qualification", id, by, of=by.organization_id, became=became)
        return await views.qualification(id, by)


async def redefine(id: UUID, change: QualificationPatch, by: Actor) -> Qualification:
    """Change a qualification. Raises Forbidden, NotFound."""
    refuse_unless_runs_all(by)
    async with acting(by):
        now = await views.qualification(id, by, lock=True)
        given: dict[str, Any] = {
            name: getattr(now if getattr(change, name) is msgspec.UNSET else change, name)
            for name in NewQualification.__struct_fields__
        }
        await _refuse_others(given["training_resource_id"], by)
        await db.execute(UPDATE, id, by.organization_id, *given.values())
        was = {name: getattr(now, name) for name in given}
        await audit.record("changed", "qualification", id, by, of=by.organization_id, was=was, became=given)
        return await views.qualification(id, by)


@rerunning
async def demand(id: UUID, resource_id: UUID, by: Actor) -> None:
    """Let a resource be booked by the qualified only. A second time changes nothing. Raises Forbidden, NotFound."""
    async with acting(by):
        await lock_own(resource_id, by, None)
        await views.qualification(id, by)
        if await db.fetchval(DEMAND, resource_id, id):
            became = {"qualification_id": id}
            await audit.record("demanded", "resource", resource_id, by, of=by.organization_id, became=became)


@rerunning
async def demand_no_longer(id: UUID, resource_id: UUID, by: Actor) -> None:
    """Let a resource be booked without it. Raises Forbidden, NotFound."""
    async with acting(by):
        await lock_own(resource_id, by, None)
        await views.qualification(id, by)
        if await db.fetchval(DEMAND_NO_LONGER, resource_id, id):
            was = {"qualification_id": id}
            await audit.record("demanded no longer", "resource", resource_id, by, of=by.organization_id, was=was)


async def _refuse_others(training_resource_id: UUID | None, by: Actor) -> None:
    if training_resource_id and not await db.fetchval(OWN_RESOURCE, training_resource_id, by.organization_id):
        raise NotFound("there is no such training of yours")
