"""Lists that owners send through the pages: looked at in a dry run, confirmed, and brought in by the worker."""

from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.doorbell import ring
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.resources.imports.import_list import ImportReport, import_list
from server.resources.imports.sheet import Assumed

COLUMNS = "id, file_name, assumed, report, done_rows, total_rows, created_at, confirmed_at, finished_at, error"
ADD = "INSERT INTO list_import (id, owner_id, member_id, file_name, content) VALUES ($1, $2, $3, $4, $5)"
# Whoever runs all resources of the organization reads what anybody of it has brought in.
ONE = f"SELECT {COLUMNS} FROM list_import WHERE id = $1 AND owner_id = $2"
LATEST = f"SELECT {COLUMNS} FROM list_import WHERE owner_id = $1 ORDER BY created_at DESC, id LIMIT 20"
CONTENT = "SELECT content FROM list_import WHERE id = $1 AND owner_id = $2 AND confirmed_at IS NULL"
LOOKED_AT = """
UPDATE list_import SET assumed = $3, report = $4, error = $5 WHERE id = $1 AND owner_id = $2 AND confirmed_at IS NULL
"""
CONFIRM = """
UPDATE list_import SET confirmed_at = now(), done_rows = 0, member_id = $3
WHERE id = $1 AND owner_id = $2 AND confirmed_at IS NULL AND error = '' RETURNING id
"""


class ListImport(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was sent, and how far it is."""

    id: UUID
    file_name: str
    assumed: Assumed
    report: ImportReport | None
    done_rows: int
    total_rows: int
    created_at: datetime
    confirmed_at: datetime | None
    finished_at: datetime | None
    error: str

    @property
    def state(self) -> str:
        if self.finished_at is not None:
            return "failed" if self.error else "done"
        return "running" if self.confirmed_at is not None else "looked at"


async def send(data: bytes, file_name: str, assumed: Assumed, by: Actor) -> UUID:
    """Keep a list and look at it in a dry run. Raises Forbidden; TooLarge and Invalid for what is no table at all."""
    refuse_unless_runs_all(by)
    report = await import_list(data, by.organization_id, by=by, dry_run=True, assumed=assumed)
    id = new_id()
    async with acting(by):
        await db.execute(ADD, id, by.organization_id, by.member_id, file_name, data)
        await _looked_at(id, by, assumed, report)
        await audit.record("sent", "list_import", id, by, of=by.organization_id, became={"file_name": file_name})
    return id


async def look_again(id: UUID, assumed: Assumed, by: Actor) -> None:
    """Look at a list under other assumptions. Raises Forbidden, NotFound, Conflict once it is confirmed, Invalid."""
    refuse_unless_runs_all(by)
    data = await db.fetchval(CONTENT, id, by.organization_id)
    if data is None:
        await one(id, by)
        raise Conflict("this list is being brought in already")
    report = await import_list(data, by.organization_id, by=by, dry_run=True, assumed=assumed)
    async with acting(by):
        await _looked_at(id, by, assumed, report)
        became = {"assumed": msgspec.to_builtins(assumed)}
        await audit.record("looked at", "list_import", id, by, of=by.organization_id, became=became)


async def confirm(id: UUID, by: Actor) -> None:
    """Let the worker bring a list in. Confirming again changes nothing. Raises Forbidden, NotFound."""
    refuse_unless_runs_all(by)
    async with acting(by):
        if await db.fetchval(CONFIRM, id, by.organization_id, by.member_id) is not None:
            await audit.record("confirmed", "list_import", id, by, of=by.organization_id)
    await one(id, by)
    ring()


async def one(id: UUID, by: Actor) -> ListImport:
    """Read a list that was sent for the actor's organization. Raises Forbidden, NotFound."""
    refuse_unless_runs_all(by)
    row = await db.fetchrow(ONE, id, by.organization_id)
    if row is None:
        raise NotFound("there is no such import")
    return _read(row)


async def latest(by: Actor) -> list[ListImport]:
    """Read the latest lists that were sent. Raises Forbidden."""
    refuse_unless_runs_all(by)
    return [_read(row) for row in await db.fetch(LATEST, by.organization_id)]


async def _looked_at(id: UUID, by: Actor, assumed: Assumed, report: ImportReport) -> None:
    said, seen = (msgspec.json.encode(one).decode() for one in (assumed, report))
    await db.execute(LOOKED_AT, id, by.organization_id, said, seen, "")


def _read(row: Record) -> ListImport:
    values = dict(row)
    values["assumed"] = msgspec.json.decode(row["assumed"], type=Assumed)
    values["report"] = msgspec.json.decode(row["report"], type=ImportReport) if row["report"] != "{}" else None
    return ListImport(**values)
