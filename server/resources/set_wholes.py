"""Make a resource a part of others, or no longer. What was booked on them before keeps what it took."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from server.claims import door
from server.core import db
from server.core.actor import Actor
from server.core.errors import Invalid, NotFound, SlotTaken
from server.resources.lock_own import ONE_UNIT
from server.resources.schemas import ResourceIn

# Those that it is a part of now as well: they change with it. In id order, as everything locks wholes.
LOCK = """
SELECT r.id, r.units, EXISTS (SELECT FROM part p WHERE p.part_id = r.id) AS is_part,
       EXISTS (SELECT FROM part p WHERE p.whole_id = r.id AND p.part_id = $3) AS has_it
FROM resource r
WHERE r.owner_id = $1 AND (r.id = ANY($2) OR r.id IN (SELECT whole_id FROM part WHERE part_id = $3))
ORDER BY r.id FOR NO KEY UPDATE
"""

HAS_PARTS = "SELECT EXISTS (SELECT FROM part WHERE whole_id = $1)"

FORGET = "DELETE FROM part WHERE part_id = $1 AND whole_id <> ALL($2) RETURNING whole_id"
ADD = """
INSERT INTO part (whole_id, part_id) SELECT whole_id, $1 FROM unnest($2::uuid[]) AS whole_id
ON CONFLICT DO NOTHING RETURNING whole_id
"""

# They show their parts, so they are other versions of themselves.
REVISE = "UPDATE resource SET version = version + 1, updated_at = now() WHERE id = ANY($1)"

# When a part $1 and wholes $2 of it are taken at the same time.
BOTH = """
SELECT DISTINCT lower(own.during * other.during) AS starts_at, upper(own.during * other.during) AS ends_at
FROM claim own JOIN claim other ON other.resource_id = ANY($2) AND other.during && own.during
WHERE own.resource_id = $1 AND own.released_at IS NULL AND other.released_at IS NULL AND own.whole_id IS NULL
  AND upper(own.during * other.during) > now()
ORDER BY 1 LIMIT 5
"""


async def lock_wholes(id: UUID, wholes: list[UUID], by: Actor) -> set[UUID]:
    """Lock those of which `id` is or shall be a part, and return them.

    Raises NotFound, Invalid for what cannot have parts.
    """
    rows = {row["id"]: row for row in await db.fetch(LOCK, by.organization_id, wholes, id)}
    if len({*wholes}) < len(wholes) or id in wholes:
        raise Invalid("part_of_ids: each of them once, and never the resource itself", field="part_of_ids")
    changing = {*wholes} ^ {whole for whole, row in rows.items() if row["has_it"]}
    if not all(whole in rows and by.runs(by.organization_id, whole) for whole in changing):
        raise NotFound("part_of_ids: there is no such resource of yours", field="part_of_ids")
    for whole in wholes:
        if rows[whole]["is_part"]:
            raise Invalid("part_of_ids: what is a part itself has no parts", field="part_of_ids", resource_id=whole)
        if rows[whole]["units"] > 1:
            raise Invalid(f"part_of_ids: {ONE_UNIT}", field="part_of_ids", resource_id=whole)
    return {*rows}


async def set_wholes(id: UUID, given: ResourceIn) -> None:
    """Let a resource be a part of just these. All must be locked, and the resource written.

    Raises Invalid when it has parts itself, SlotTaken with `clashes` when it and one of these are taken at once.
    """
    if given.part_of_ids and await db.fetchval(HAS_PARTS, id):
        raise Invalid("part_of_ids: what has parts is no part itself", field="part_of_ids")
    left = await db.fetch(FORGET, id, given.part_of_ids)
    joined = await db.fetch(ADD, id, given.part_of_ids)
    await db.execute(REVISE, [row["whole_id"] for row in (*left, *joined)])
    try:
        async with db.transaction():
            await door.take_for_wholes(id, given.units)
    except SlotTaken:
        clashes = _spans(await db.fetch(BOTH, id, given.part_of_ids))
        remedy = "both are taken at the times in `clashes`; move or cancel what is there first"
        raise SlotTaken(remedy, field="part_of_ids", clashes=clashes) from None


def _spans(rows: Iterable[Any]) -> list[dict[str, datetime]]:
    return [{"starts_at": row["starts_at"], "ends_at": row["ends_at"]} for row in rows]
