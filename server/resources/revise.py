"""Change what is said of a resource."""

from typing import Any
from uuid import UUID

from asyncpg import SerializationError
from msgspec import UNSET
from msgspec.structs import asdict

from server import audit
from server.access.acting import acting
from server.claims import door
from server.claims.busy import keep_busy
from server.core.actor import Actor
from server.core.db import rerunning
from server.resources.lock_own import lock_own, refuse_wrong_units
from server.resources.rules.schemas import restated
from server.resources.save import Changed, update
from server.resources.schemas import ResourcePatch
from server.resources.set_wholes import lock_wholes, set_wholes


@rerunning
async def revise(id: UUID, patch: ResourcePatch, by: Actor, expected: int | None) -> None:
    """Change the fields that `patch` names.

    Raises Forbidden, NotFound, Stale, Invalid, UnitsInUse when units would go away on which time has been taken, and
    SlotTaken when a resource becomes a part of another and time has been taken on both.
    """
    async with acting(by):
        wholes = set() if patch.part_of_ids is UNSET else await lock_wholes(id, patch.part_of_ids, by)
        held = await lock_own(id, by, expected)
        changed = held.changed(stated(patch, held.fields["rules"]))
        if changed.units != held.fields["units"]:
            await refuse_wrong_units(id, changed.units)
        await update(by.organization_id, [Changed(id, held.version, changed)])
        of_others = changed.part_of_ids != held.fields["part_of_ids"]
        if of_others and not wholes.issuperset(held.fields["part_of_ids"]):
            raise SerializationError("it became a part of others meanwhile")
        if of_others:
            await set_wholes(id, changed)
        elif changed.units != held.fields["units"]:
            await door.take_for_wholes(id, changed.units)
        if of_others or changed.units != held.fields["units"]:
            await keep_busy(id)
        await audit.record(
            "changed", "resource", id, by, of=by.organization_id, was=held.fields, became=asdict(changed)
        )


def stated(patch: ResourcePatch, rules: dict[str, Any]) -> dict[str, Any]:
    """The fields that a patch names, with its rules beside those said of the resource before."""
    given = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    if "rules" in given:
        given["rules"] = restated(rules, given["rules"])
    return given
