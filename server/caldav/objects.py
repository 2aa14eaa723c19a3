"""One object that an owner put into a calendar: found under the lock, matched with what the program knows of it."""

from uuid import UUID

import msgspec

from server.core import db
from server.core.errors import Stale

FIND = """
SELECT id, uid, encode(sha256(data), 'hex') AS etag FROM dav_object
WHERE resource_id = $1 AND name = $2 AND deleted_at IS NULL
"""
# What was opened again in the application is not in the calendar any more (views); its row would still be in the way.
GONE = """
UPDATE dav_object d SET deleted_at = now(), data = ''
WHERE d.resource_id = $1 AND (d.name = $2 OR d.uid = $3) AND d.blocks AND d.deleted_at IS NULL
  AND NOT EXISTS (SELECT FROM closure g
                  WHERE g.resource_id = d.resource_id AND g.group_id = d.id AND g.lifted_at IS NULL)
"""


class Found(msgspec.Struct, frozen=True):
    """An object that is there."""

    id: UUID
    uid: str
    etag: str


async def find(resource_id: UUID, name: str) -> Found | None:
    row = await db.fetchrow(FIND, resource_id, name)
    return Found(**row) if row is not None else None


async def forget_if_gone(resource_id: UUID, name: str, uid: str) -> None:
    await db.execute(GONE, resource_id, name, uid)


def refuse_unless_matching(etag: str | None, if_match: str | None, if_none_match: str | None) -> None:
    """Judge the conditions of a request (RFC 9110 13.2.2); `etag` is None where nothing is. Raises Stale."""
    if if_match is not None and not _names(if_match, etag):
        raise Stale("it has changed since you read it, or it is gone")
    if if_none_match is not None and _names(if_none_match, etag):
        raise Stale("there is such an object already")


def _names(given: str, etag: str | None) -> bool:
    return etag is not None and (given.strip() == "*" or etag in [one.strip() for one in given.split(",")])
