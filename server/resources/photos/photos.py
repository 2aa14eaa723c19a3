"""Keep the photos of a resource: add, describe, order, remove; hand them out to whoever may see the resource."""

import asyncio
from typing import Any, Literal
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import Conflict, Invalid, NotFound, TooLarge
from server.core.ids import new_id
from server.core.text import Line
from server.resources.lock_own import lock_own
from server.resources.photos.photo_files import LARGEST, NotAPicture, made_anew

MOST = 8  # photos of one resource

LISTED = "SELECT id, alt FROM photo WHERE resource_id = $1 ORDER BY position, id"
INSERT = """
INSERT INTO photo (resource_id, id, position, alt, width, height, large, small) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
DESCRIBE = "UPDATE photo SET alt = $3 WHERE resource_id = $1 AND id = $2"
ORDER = """
UPDATE photo f SET position = given.position
FROM unnest($2::uuid[]) WITH ORDINALITY AS given (id, position) WHERE f.resource_id = $1 AND f.id = given.id
"""
REMOVE = "DELETE FROM photo WHERE resource_id = $1 AND id = $2"
REVISED = "UPDATE resource SET version = version + 1, updated_at = now() WHERE id = $1"  # it shows them
# The resource that the photo is of decides who may see it.
BYTES = """
SELECT CASE WHEN $3 THEN f.small ELSE f.large END AS bytes, r.listed
FROM photo f JOIN resource r ON r.id = f.resource_id WHERE f.id = $1 AND (r.listed OR r.owner_id = $2)
"""

Step = Literal["earlier", "later"]


class Picture(msgspec.Struct, frozen=True):
    """The bytes of a photo (WebP), and whether everyone may see it."""

    content: bytes
    public: bool


@rerunning
async def add(resource_id: UUID, data: bytes, alt: str, by: Actor) -> UUID:
    """Add a photo, made anew. Raises Forbidden, NotFound, TooLarge, Conflict for too many, Invalid."""
    said = _line(alt)
    if len(data) > LARGEST:
        raise TooLarge(f"a photo may have {LARGEST // 1024 // 1024} MB")
    try:
        made = await asyncio.to_thread(made_anew, data)
    except NotAPicture as why:
        raise Invalid(f"file: {why}", field="file") from None
    id = new_id()
    async with acting(by):
        known = await _locked(resource_id, by)
        if len(known) >= MOST:
            raise Conflict(f"there are {MOST} photos already; remove one first")
        await db.execute(INSERT, resource_id, id, len(known) + 1, said, *made)
        await _changed(resource_id, "added photo", by, {}, {"id": id, "alt": said})
    return id


@rerunning
async def describe(resource_id: UUID, id: UUID, alt: str, by: Actor) -> None:
    """Say in words what is to be seen on a photo. Raises Forbidden, NotFound, Invalid."""
    said = _line(alt)
    async with acting(by):
        known = await _known(resource_id, id, by)
        await db.execute(DESCRIBE, resource_id, id, said)
        await _changed(resource_id, "described photo", by, {"id": id, "alt": known[id]}, {"id": id, "alt": said})


@rerunning
async def shift(resource_id: UUID, id: UUID, step: Step, by: Actor) -> None:
    """Move a photo one place; the first is the one on cards. At the end it stays. Raises Forbidden, NotFound."""
    async with acting(by):
        wanted = list(was := list(await _known(resource_id, id, by)))
        at = wanted.index(id)
        to = min(max(at + (1 if step == "later" else -1), 0), len(wanted) - 1)
        wanted.insert(to, wanted.pop(at))
        await _order(resource_id, was, wanted, by)


@rerunning
async def order(resource_id: UUID, wanted: list[UUID], by: Actor) -> None:
    """Put all photos in an order. Raises Forbidden, NotFound; Conflict unless exactly those there are are named."""
    async with acting(by):
        was = list(await _locked(resource_id, by))
        if sorted(wanted) != sorted(was):
            raise Conflict("name each photo of the resource once; some were added or removed since", photo_ids=was)
        await _order(resource_id, was, wanted, by)


async def _order(resource_id: UUID, was: list[UUID], wanted: list[UUID], by: Actor) -> None:
    await db.execute(ORDER, resource_id, wanted)
    await _changed(resource_id, "ordered photos", by, {"order": was}, {"order": wanted})


@rerunning
async def remove(resource_id: UUID, id: UUID, by: Actor) -> None:
    """Remove a photo and its bytes. Raises Forbidden, NotFound."""
    async with acting(by):
        known = await _known(resource_id, id, by)
        await db.execute(REMOVE, resource_id, id)
        await _changed(resource_id, "removed photo", by, {"id": id, "alt": known[id]}, {})


async def hand_out(id: UUID, viewer: Actor | None, *, small: bool) -> Picture:
    """Read the bytes of a photo of a resource that the viewer may see. Raises NotFound."""
    row = await db.fetchrow(BYTES, id, viewer and viewer.organization_id, small)
    if row is None:
        raise NotFound("there is no such photo")
    return Picture(row["bytes"], row["listed"])


async def _locked(resource_id: UUID, by: Actor) -> dict[UUID, str]:
    await lock_own(resource_id, by, None)
    return {row["id"]: row["alt"] for row in await db.fetch(LISTED, resource_id)}


async def _known(resource_id: UUID, id: UUID, by: Actor) -> dict[UUID, str]:
    known = await _locked(resource_id, by)
    if id not in known:
        raise NotFound("there is no such photo")
    return known


async def _changed(resource_id: UUID, verb: str, by: Actor, was: dict[str, Any], became: dict[str, Any]) -> None:
    await db.execute(REVISED, resource_id)
    await audit.record(verb, "resource", resource_id, by, of=by.organization_id, was=was, became=became)


def _line(alt: str) -> str:
    try:
        return msgspec.convert(alt.strip(), Line)
    except msgspec.ValidationError:
        raise Invalid("alt: on one line, in at most 200 characters", field="alt") from None
