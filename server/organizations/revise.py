"""Change one's own organization."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from server import audit
from server.access.acting import acting
from server.access.rights import can_change
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import Conflict, NotFound
from server.organizations import registers
from server.organizations.schemas import Organization, OrganizationPatch
from server.organizations.sign_up import already, refuse_wrong_code, refuse_wrong_region
from server.organizations.views import own

LOCK = """
SELECT name, kind, country, region_code, uscc, registration_number, staff, revenue, sector, verified_at
FROM organization WHERE id = $1 FOR NO KEY UPDATE
"""
WRITE = """
UPDATE organization
SET name = $2, kind = $3, country = $4, region_code = $5, uscc = $6, registration_number = $7, staff = $8,
    revenue = $9, sector = $10, declared_at = CASE WHEN $11 THEN now() ELSE declared_at END,
    rejected_at = CASE WHEN $12 THEN NULL ELSE rejected_at END
WHERE id = $1
"""
PROVEN = ("name", "kind", "country", "uscc", "registration_number")  # what the operator has looked at
DECLARED = ("staff", "revenue", "sector")


@rerunning
async def revise(id: UUID, given: OrganizationPatch, by: Actor) -> Organization:
    """Lay some fields over the others. One that was rejected and corrected waits for the operator again.

    Raises NotFound, Invalid, AlreadySignedUp, and Conflict for what the operator has verified.
    """
    if not can_change(by, id):
        raise NotFound("there is no such organization of yours")
    said: dict[str, Any] = {
        name: value for name in given.__struct_fields__ if (value := getattr(given, name)) is not msgspec.UNSET
    }
    for name in ("name", "registration_number"):
        if name in said:
            said[name] = said[name].strip()
    if "uscc" in said:
        said["uscc"] = registers.compact(said["uscc"])
    try:
        async with acting(by):
            row: Any = await db.fetchrow(LOCK, id)
            before = dict(row)
            verified_at = before.pop("verified_at")
            after = before | said
            changed = {name for name in after if after[name] != before[name]}
            if verified_at is not None and (fixed := sorted(changed & set(PROVEN))):
                raise Conflict("the operator has verified this; ask them to change it", fields=fixed)
            if changed & {"kind", "country", "uscc"}:
                refuse_wrong_code(after["kind"], after["country"], after["uscc"])
            if changed & {"country", "region_code"}:
                refuse_wrong_region(after["country"], after["region_code"])
            declares, corrects = bool(said.keys() & set(DECLARED)), bool(changed & set(PROVEN))
            await db.execute(WRITE, id, *after.values(), declares, corrects)
            if changed:
                await audit.record("changed", "organization", id, by, of=id, was=before, became=after)
    except asyncpg.UniqueViolationError as error:
        raise already(error) from None
    return await own(by)
