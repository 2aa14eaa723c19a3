"""Run the migrations as one job: under an advisory lock, waiting at most briefly for tables in use."""

import asyncio
import contextlib
import io
from collections.abc import Awaitable, Callable

import asyncpg
import structlog
from piccolo.apps.migrations.commands.backwards import BackwardsMigrationManager
from piccolo.apps.migrations.commands.base import MigrationResult
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

from server.core import privileges
from server.core.db import DB

LOCK = 7_065_745_463  # any number, the same in every process that migrates
LOCK_TIMEOUT = "2s"  # a waiting ALTER blocks all readers behind it, so it gives up soon and tries again
ATTEMPTS = 10

log = structlog.get_logger()


class MigrationFailed(Exception):
    """The migrations did not run."""


async def forwards(url: str, to: str = "all") -> None:
    """Bring the database up to the migration `to`."""
    await _run(url, lambda: ForwardsMigrationManager(app_name="rongtong", migration_id=to).run())


async def backwards(url: str, to: str = "all") -> None:
    """Take the database back to before the migration `to`; `all` empties it."""
    await _run(url, lambda: BackwardsMigrationManager(app_name="rongtong", migration_id=to, auto_agree=True).run())


async def _run(url: str, job: Callable[[], Awaitable[MigrationResult]]) -> None:
    if DB.pool is not None:
        raise RuntimeError("migrate before the pool is opened: migrations use connections of their own")
    guard = await asyncpg.connect(url)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", LOCK)
        DB.config = {"dsn": url}
        await DB.start_connection_pool(
            min_size=1, max_size=1, server_settings={"lock_timeout": LOCK_TIMEOUT, "timezone": "UTC"}
        )
        try:
            await _attempt(job)
            async with DB.transaction() as done:
                await privileges.grant(done.connection)
        finally:
            await DB.close_connection_pool()
    finally:
        await guard.close()


async def _attempt(job: Callable[[], Awaitable[MigrationResult]]) -> None:
    """Run all steps and the record of them in one transaction, again while a table is in use."""
    for attempt in range(1, ATTEMPTS + 1):
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                async with DB.transaction():
                    result = await job()
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            log.warning("migration waits for a table in use", attempt=attempt)
            await asyncio.sleep(0.5 * attempt)
            continue
        if not result.success:
            raise MigrationFailed(result.message)
        log.info("migrated", steps=[line.strip() for line in said.getvalue().splitlines() if "..." in line])
        return
    raise MigrationFailed("a table stayed in use; try again when there is less traffic")
