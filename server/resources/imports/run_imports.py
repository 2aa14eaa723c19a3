"""Bring in the lists that were confirmed, some rows at a time. A sweep of the worker.

The rows of a step, its report and how far it is commit together: a list whose worker is killed goes on where it was, in
this worker or in another.
"""

from uuid import UUID

import msgspec
import structlog

from server import audit
from server.access import authentication
from server.access.acting import stand_for
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.db import rerunning, transaction
from server.core.errors import BusyTryAgain, DomainError
from server.resources.imports.import_list import ImportReport, bring_in, summed_up
from server.resources.imports.read_list import ReadList, read_list
from server.resources.imports.sheet import Assumed

STEP = 200  # rows in one transaction: some tenths of a second, in which nobody else imports for this owner
WAITING = """
SELECT i.id, i.owner_id, o.name, i.content, i.assumed FROM list_import i JOIN organization o ON o.id = i.owner_id
WHERE i.confirmed_at <= now() AND i.finished_at IS NULL ORDER BY i.confirmed_at, i.id LIMIT 10
"""
NEXT = """
SELECT done_rows, report, member_id FROM list_import WHERE id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED
"""
STEPPED = """
UPDATE list_import SET done_rows = $2, total_rows = $5, report = $3, finished_at = CASE WHEN $4 THEN now() END,
    content = CASE WHEN $4 THEN NULL ELSE content END WHERE id = $1
"""
FAILED = "UPDATE list_import SET finished_at = now(), content = NULL, error = $2 WHERE id = $1 AND finished_at IS NULL"

log = structlog.get_logger()


async def run_imports() -> int:
    """Bring in all lists that wait; return how many are over."""
    done = 0
    for row in await db.fetch(WAITING):
        try:
            assumed = msgspec.json.decode(row["assumed"], type=Assumed)
            read = await read_list(row["content"], row["name"], assumed)
            while (over := await _step(row["id"], row["owner_id"], read)) is False:
                pass
            done += bool(over)
        except BusyTryAgain:
            log.info("an import waits for the next round", id=str(row["id"]))
        except DomainError as error:
            await _fail(row["id"], row["owner_id"], str(error.detail))
    return done


@rerunning
async def _step(id: UUID, owner_id: UUID, read: ReadList) -> bool | None:
    """Bring in some rows; True when that was the last of them, None when it is over or another worker is at it."""
    async with transaction():
        row = await db.fetchrow(NEXT, id)
        if row is None:
            return None
        await stand_for(row["member_id"])
        by = await authentication.member(row["member_id"])
        if by is None or by.organization_id != owner_id:
            await db.execute(FAILED, id, "whoever confirmed it has left the organization")
            return True
        refuse_unless_runs_all(by)
        first, rows = row["done_rows"], list(read.rows.items())
        before = msgspec.json.decode(row["report"], type=ImportReport).rows if first else read.refused
        reports = before + await bring_in(dict(rows[first : first + STEP]), owner_id, by)
        over: bool = first + STEP >= len(rows)
        report = msgspec.json.encode(summed_up(read.table, reports, dry_run=False)).decode()
        await db.execute(STEPPED, id, min(first + STEP, len(rows)), report, over, len(rows))
        if over:
            await audit.record("brought in", "list_import", id, by, of=owner_id)
    return over


async def _fail(id: UUID, owner_id: UUID, why: str) -> None:
    async with transaction():
        await db.execute(FAILED, id, why[:500])
        await audit.record("failed", "list_import", id, None, of=owner_id)
    log.warning("an import failed", id=str(id), error=why)
