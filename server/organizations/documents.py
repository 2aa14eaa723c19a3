"""Keep, hand out and remove the files (uploads) with which an organization proves what it is.

The bytes lie in the data directory under random names, never below an address; whoever may read them gets them through
a route that says they are a download.
"""

import asyncio
import hashlib
import os
import secrets
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_own
from server.core import db
from server.core.actor import Actor
from server.core.disk import is_full
from server.core.errors import BusyTryAgain, Conflict, Invalid, NotFound, TooLarge
from server.core.file_kinds import LARGEST, NotAcceptable, media_type
from server.core.ids import new_id
from server.core.settings import settings
from server.core.text import Line
from server.organizations.schemas import Document, DocumentKind
from server.organizations.views import documents

MOST = 20  # documents of one organization at a time

LOCK = "SELECT id FROM organization WHERE id = $1 FOR NO KEY UPDATE"
COUNT = "SELECT count(*) FROM document WHERE organization_id = $1 AND removed_at IS NULL"
INSERT = """
INSERT INTO document (id, organization_id, member_id, kind, name, media_type, size, sha256, stored)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
ONE = """
SELECT d.name, d.media_type, d.stored FROM document d
WHERE d.organization_id = $1 AND d.id = $2 AND d.removed_at IS NULL
"""
REMOVE = """
UPDATE document d SET removed_at = now() WHERE d.organization_id = $1 AND d.id = $2 AND d.removed_at IS NULL
RETURNING d.stored
"""


class File(msgspec.Struct, frozen=True):
    """A document with its bytes."""

    name: str
    media_type: str
    content: bytes


async def keep(organization_id: UUID, kind: DocumentKind, name: str, data: bytes, by: Actor) -> Document:
    """Keep a document. Raises NotFound, TooLarge, Conflict for too many, Invalid for what is no PDF, PNG or JPEG,
    BusyTryAgain when the disk is full."""
    refuse_unless_own(by, organization_id)
    if len(data) > LARGEST:
        raise TooLarge(f"the limit is {LARGEST // 1024 // 1024} MB")
    try:
        found = await asyncio.to_thread(media_type, data)
    except NotAcceptable as why:
        raise Invalid(f"file: {why}", field="file") from None
    id, stored = new_id(), secrets.token_hex(16)
    try:
        await asyncio.to_thread(_write, stored, data)
        async with acting(by):
            await db.execute(LOCK, organization_id)
            if await db.fetchval(COUNT, organization_id) >= MOST:
                raise Conflict(f"there are {MOST} documents already; remove one first")
            await db.execute(
                INSERT, id, organization_id, by.member_id, kind, _plain(name), found, len(data),
                hashlib.sha256(data).digest(), stored,
            )  # fmt: skip
            became = {"kind": kind, "media_type": found, "size": len(data)}
            await audit.record("added", "document", id, by, of=organization_id, became=became)
    except BaseException as error:
        await asyncio.to_thread(_path(stored).unlink, missing_ok=True)
        if is_full(error):
            raise BusyTryAgain("there is no room for files at the moment", retry_after=60) from error
        raise
    return next(one for one in await documents(organization_id) if one.id == id)


async def listed(organization_id: UUID, by: Actor) -> list[Document]:
    """Read what documents an organization of one's own has. Raises NotFound."""
    refuse_unless_own(by, organization_id)
    return await documents(organization_id)


async def hand_out(organization_id: UUID, id: UUID) -> File:
    """Read a document; the right was asked before. Raises NotFound."""
    row: Any = await db.fetchrow(ONE, organization_id, id)
    if row is None:
        raise NotFound("there is no such document")
    try:
        content = await asyncio.to_thread(_path(row["stored"]).read_bytes)
    except FileNotFoundError:
        raise NotFound("the file of this document is gone") from None
    return File(row["name"], row["media_type"], content)


async def remove(organization_id: UUID, id: UUID, by: Actor) -> None:
    """Remove a document and its bytes. Raises NotFound."""
    refuse_unless_own(by, organization_id)
    async with acting(by):
        stored = await db.fetchval(REMOVE, organization_id, id)
        if stored is None:
            raise NotFound("there is no such document")
        await audit.record("removed", "document", id, by, of=organization_id)
    await asyncio.to_thread(_path(stored).unlink, missing_ok=True)


def _path(stored: str) -> Path:
    return settings().data_dir / "documents" / stored[:2] / stored


def _write(stored: str, data: bytes) -> None:
    path = _path(stored)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _plain(name: str) -> str:
    """A file's name without any path, as far as it is one line of text."""
    last = name.replace("\\", "/").rpartition("/")[2][:200]
    try:
        return msgspec.convert(last, Line)
    except msgspec.ValidationError:
        return ""
