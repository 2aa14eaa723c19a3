"""Tables that are asked for: short ones at once, long ones written by the worker and mailed as a link that expires."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
import structlog

from server import audit
from server.access import authentication
from server.access.acting import acting, stand_for
from server.access.rights import refuse_unless_manager
from server.core import db, links, sheets
from server.core.actor import Actor
from server.core.days import HOME
from server.core.db import rerunning, transaction
from server.core.doorbell import ring
from server.core.errors import LinkSpent, NotFound
from server.core.ids import new_id
from server.outbox.account_mail import Link, owe
from server.reports.subjects import Subject, table
from server.web.times import spell_moment

AT_ONCE = 2000  # rows: below a second
VALID = timedelta(days=3)
PURPOSE = "export"
State = Literal["waiting", "ready", "expired", "refused"]

ADD = "INSERT INTO export (id, owner_id, member_id, subject, format, locale) VALUES ($1, $2, $3, $4, $5, $6)"
WAITING = "SELECT id FROM export WHERE written_at IS NULL AND error = '' AND created_at <= now() ORDER BY id LIMIT 10"
NEXT = """
SELECT e.id, e.owner_id, e.member_id, e.subject, e.format, e.locale, a.time_zone FROM export e
JOIN member m ON m.id = e.member_id JOIN account a ON a.id = m.account_id
WHERE e.id = $1 AND e.written_at IS NULL AND e.error = '' FOR UPDATE OF e SKIP LOCKED
"""
WRITTEN = """
UPDATE export SET content = $2, written_at = now(), valid_until = now() + $3 WHERE id = $1 RETURNING valid_until
"""
REFUSED = "UPDATE export SET error = $2 WHERE id = $1"
EXPIRE = "UPDATE export SET content = NULL WHERE content IS NOT NULL AND valid_until <= now()"
OWN = """
SELECT content, subject, format FROM export
WHERE id = $1 AND member_id = $2 AND content IS NOT NULL AND valid_until > now()
"""
_EXPORT = """
SELECT id, subject, format, CASE WHEN error <> '' THEN 'refused' WHEN written_at IS NULL THEN 'waiting'
    WHEN content IS NOT NULL AND valid_until > now() THEN 'ready' ELSE 'expired' END AS state,
    created_at, written_at, valid_until
FROM export WHERE member_id = $1
"""
LATEST = f"{_EXPORT} ORDER BY created_at DESC, id DESC LIMIT 10"
ONE = f"{_EXPORT} AND id = $2"

log = structlog.get_logger()


class Export(msgspec.Struct, frozen=True):
    """A table that was asked for. Once `ready` it can be fetched until `valid_until`."""

    __schema_name__ = "TableExport"
    id: UUID
    subject: Subject
    format: str
    state: State
    created_at: datetime
    written_at: datetime | None
    valid_until: datetime | None


async def ask(subject: Subject, format: str, locale: str, by: Actor) -> bytes | None:
    """Write a table at once; one that is long is owed, and None is returned. Raises Forbidden."""
    refuse_unless_manager(by)
    headings, rows = await table(subject, by, AT_ONCE + 1)
    if len(rows) <= AT_ONCE:
        async with acting(by):
            await audit.record("exported", subject, None, by, of=by.organization_id, became={"format": format})
        return sheets.write(format, headings, rows)
    await _owe(subject, format, locale, by)
    return None


async def keep(subject: Subject, format: str, locale: str, by: Actor) -> Export:
    """Write a table and keep it to be fetched; one that is long is owed, and its link mailed. Raises Forbidden."""
    refuse_unless_manager(by)
    headings, rows = await table(subject, by, AT_ONCE + 1)
    content = sheets.write(format, headings, rows) if len(rows) <= AT_ONCE else None
    return await one(await _owe(subject, format, locale, by, content), by)


async def _owe(subject: Subject, format: str, locale: str, by: Actor, content: bytes | None = None) -> UUID:
    id = new_id()
    async with acting(by):
        await db.execute(ADD, id, by.organization_id, by.member_id, subject, format, locale)
        if content is not None:
            await db.execute(WRITTEN, id, content, VALID)
        await audit.record("asked for", "export", id, by, of=by.organization_id, became={"subject": subject})
    if content is None:
        ring()
    return id


async def write_exports() -> int:
    """Write the tables that are owed and mail their links; forget those whose link has expired. A sweep."""
    await db.execute(EXPIRE)
    return sum([await _write(row["id"]) for row in await db.fetch(WAITING)])


@rerunning
async def _write(id: UUID) -> bool:
    async with transaction():
        row = await db.fetchrow(NEXT, id)
        if row is None:
            return False
        await stand_for(row["member_id"])
        by = await authentication.member(row["member_id"])
        if by is None or not by.can_manage or by.organization_id != row["owner_id"]:
            await db.execute(REFUSED, id, "whoever asked for it may not have it any more")
            await audit.record("refused", "export", id, None, of=row["owner_id"])
            return True
        headings, rows = await table(row["subject"], by)
        until = await db.fetchval(WRITTEN, id, sheets.write(row["format"], headings, rows), VALID)
        told = spell_moment(until, row["time_zone"] or HOME, row["locale"])
        link = Link("/manage/exports/{token}", PURPOSE, id)
        await owe("export_ready", by.email, row["locale"], link=link, valid_until=until, name=by.name, until=told)
        await audit.record("wrote", "export", id, by, of=by.organization_id)
    return True


async def fetch(token: str, by: Actor) -> Any:
    """Read a table by its link, for the member who asked for it. Raises LinkSpent for any other, and once expired."""
    return await content(links.row_of(PURPOSE, token), by)


async def content(id: UUID | None, by: Actor) -> Any:
    """Read a table that the actor asked for. Raises LinkSpent for any other, and once expired."""
    row = await db.fetchrow(OWN, id, by.member_id) if id else None
    if row is None:
        raise LinkSpent("the table is kept for three days, for whoever asked for it; ask for it again")
    return row


async def one(id: UUID, by: Actor) -> Export:
    """Read how far a table is that the actor asked for. Raises NotFound."""
    row = await db.fetchrow(ONE, by.member_id, id)
    if row is None:
        raise NotFound("you have asked for no such table")
    return Export(*row)


async def latest(by: Actor) -> list[Export]:
    """Read what the actor has asked for."""
    return [Export(*row) for row in await db.fetch(LATEST, by.member_id)]
