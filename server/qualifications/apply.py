"""Apply for a qualification with a proof, or withdraw the application."""

import asyncio
from typing import Any
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Conflict, Invalid, NotFound, TooLarge
from server.core.file_kinds import LARGEST, NotAcceptable, media_type
from server.core.ids import new_id
from server.outbox.account_mail import About, Link, owe
from server.qualifications import applications
from server.qualifications.schemas import Application

# The lock lets one application wait at a time.
LOCK = f"""
SELECT q.name, q.owner_id, q.takes_applications FROM qualification q
WHERE q.id = $1 AND {applications.KNOWN} FOR NO KEY UPDATE OF q
"""
WAITS = """
SELECT EXISTS (SELECT FROM application
               WHERE qualification_id = $1 AND account_id = $2 AND decided_at IS NULL AND withdrawn_at IS NULL)
"""
INSERT = """
INSERT INTO application (id, qualification_id, account_id, member_id, note, name, media_type, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# Those who may decide.
DECIDING = """
SELECT a.email, a.name, a.locale FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND a.locked_at IS NULL
  AND (m.role = 'admin' OR (m.role = 'manager' AND NOT m.named_only)) ORDER BY m.id
"""
WITHDRAW = """
UPDATE application SET withdrawn_at = now(), content = NULL, media_type = '', name = ''
WHERE id = $1 AND account_id = $2 AND decided_at IS NULL AND withdrawn_at IS NULL RETURNING qualification_id
"""


@rerunning
async def apply(qualification_id: UUID, note: str, file: tuple[str, bytes] | None, by: Actor) -> Application:
    """Ask the owner for a qualification, with words, a PDF, PNG or JPEG file, or both.

    Raises NotFound; Conflict where none are taken, or one waits already; Invalid without a proof; TooLarge.
    """
    if not note.strip() and file is None:
        raise Invalid("note: say what you have, or send a file that proves it", field="note")
    kind = await _kind(file)
    id = new_id()
    async with acting(by):
        row: Any = await db.fetchrow(LOCK, qualification_id, by.organization_id)
        if row is None:
            raise NotFound("there is no such qualification")
        if not row["takes_applications"]:
            raise Conflict("its owner takes no applications; how to get it stands with the resource")
        if await db.fetchval(WAITS, qualification_id, by.account_id):
            raise Conflict("your application waits already; withdraw it first to send another")
        name, content = file or ("", None)
        made = (id, qualification_id, by.account_id, by.member_id, note, name, kind, content)
        await db.execute(INSERT, *made)
        became = {"qualification_id": qualification_id, "media_type": kind}
        await audit.record("applied", "application", id, by, of=by.organization_id, became=became)
        await _tell(row, qualification_id, by)
    ring()
    return await applications.application(id, by)


@rerunning
async def withdraw(id: UUID, by: Actor) -> None:
    """Withdraw an application that waits; its file is forgotten. Raises NotFound, Conflict once it is over."""
    async with acting(by):
        if await db.fetchval(WITHDRAW, id, by.account_id) is None:
            found = await applications.application(id, by)
            if found.email != by.email:
                raise applications.gone()
            raise Conflict("it is over already", state=found.state)
        await audit.record("withdrew", "application", id, by, of=by.organization_id)


async def _kind(file: tuple[str, bytes] | None) -> str:
    if file is None:
        return ""
    if len(file[1]) > LARGEST:
        raise TooLarge(f"the limit is {LARGEST // 1024 // 1024} MB")
    try:
        return await asyncio.to_thread(media_type, file[1])
    except NotAcceptable as why:
        raise Invalid(f"file: {why}", field="file") from None


async def _tell(row: Any, qualification_id: UUID, by: Actor) -> None:
    link = Link(f"/qualifications/{qualification_id}#applications")
    facts = {"person": by.name, "organization": by.organization_name, "qualification": row["name"]}
    for one in await db.fetch(DECIDING, row["owner_id"]):
        about = About(by.account_id, ("person",))
        await owe(
            "application_received", one["email"], one["locale"], link=link, about=about, name=one["name"], **facts
        )  # fmt: skip
