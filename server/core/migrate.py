"""Run the migrations as one job: under an advisory lock, waiting at most briefly for tables in use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import structlog

from server.core import migration_files, privileges
from server.core.migration_files import Step, Way

LOCK = 7_065_745_463  # any number, the same in every process that migrates
TRY_LOCK = "SELECT pg_try_advisory_lock($1)"  # a statement that waited would be waited for by CREATE INDEX CONCURRENTLY
POLL_SECONDS = 0.2
LOCK_TIMEOUT = "2s"  # a waiting ALTER blocks all readers behind it, so it gives up soon and tries again
LOCK_TIMEOUT_APART = "10min"  # outside a transaction: it waits for old transactions to end and blocks nobody meanwhile
ATTEMPTS = 10

# As Piccolo makes it: databases from before the baseline have it already.
TABLE = """
CREATE TABLE migration (
    id serial PRIMARY KEY,
    name varchar(200) NOT NULL DEFAULT '',
    app_name varchar(200) NOT NULL DEFAULT '',
    ran_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""
RECORD = "INSERT INTO migration (name, app_name) SELECT name, 'rongtong' FROM unnest($1::text[]) AS name"
FORGET = "DELETE FROM migration WHERE name = ANY($1)"
UNFINISHED = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid)"

BASELINE = "0008_live_claims"  # up to here the steps make what 53 others made before, of which the last was:
LAST_BEFORE_BASELINE = "2026-11-24T18:11:00:000000"
BEFORE_BASELINE = "2026-11-"  # how their names began

Connection: TypeAlias = "asyncpg.Connection[Any]"

log = structlog.get_logger()


class MigrationFailed(Exception):
    """The migrations did not run."""


async def forwards(url: str, to: str = "all") -> None:
    """Bring the database up to and including the step `to`. Raises MigrationFailed; the steps before stay done."""
    async with _alone(url) as connection:
        steps = migration_files.steps()
        done = await _done(connection, steps)
        if to not in done:
            for step in _chosen([step for step in steps if step.id not in done], to):
                await _go(connection, step.id, step.up, RECORD)
        await _grant(connection)


async def backwards(url: str, to: str = "all") -> None:
    """Take the database back to before the step `to`; `all` empties it. Raises MigrationFailed."""
    async with _alone(url) as connection:
        steps = migration_files.steps()
        done = await _done(connection, steps)
        for step in _chosen([step for step in reversed(steps) if step.id in done], to):
            await _go(connection, step.id, step.down, FORGET)
        await _grant(connection)


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(
        url, statement_cache_size=0, server_settings={"timezone": "UTC", "statement_timeout": "0"}
    )
    try:
        while not await connection.fetchval(TRY_LOCK, LOCK):  # noqa: ASYNC110 - another process has it
            await asyncio.sleep(POLL_SECONDS)
        yield connection
    finally:
        await connection.close()


async def _done(connection: Connection, steps: list[Step]) -> set[str]:
    async with connection.transaction():
        if await connection.fetchval("SELECT to_regclass('migration') IS NULL"):
            await connection.execute(TABLE)
        done = {row["name"] for row in await connection.fetch("SELECT name FROM migration")}
        before = {name for name in done if name.startswith(BEFORE_BASELINE)}
        if not before:
            return done
        if LAST_BEFORE_BASELINE not in before:
            raise MigrationFailed(
                f"the database stands at {max(before)}, from before the first release: migrate it to"
                f" {LAST_BEFORE_BASELINE} with the version that has this step, or begin with an empty one"
            )
        baseline = {step.id for step in steps if step.id <= BASELINE}
        await connection.execute(FORGET, list(before))
        await connection.execute(RECORD, sorted(baseline))
        log.info("adopted a database from before the first release")
        return done - before | baseline


def _chosen(steps: list[Step], to: str) -> list[Step]:
    if to == "all":
        return steps
    ids = [step.id for step in steps]
    if to not in ids:
        raise MigrationFailed(f"{to} is none of the steps to take: {', '.join(ids) or 'there are none'}")
    return steps[: ids.index(to) + 1]


async def _go(connection: Connection, id: str, way: Way, record: str) -> None:
    """Take one step and record it, again while a table is in use: in one transaction, or repeatably outside of any."""
    timeout = LOCK_TIMEOUT if way.in_transaction else LOCK_TIMEOUT_APART
    await connection.execute("SELECT set_config('lock_timeout', $1, false)", timeout)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            if way.in_transaction:
                async with connection.transaction():
                    await connection.execute(way.sql)
                    await connection.execute(record, [id])
            else:
                await _drop_unfinished(connection, way.index)
                await connection.execute(way.sql)
                await connection.execute(record, [id])
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            log.warning("migration waits for a table in use", step=id, attempt=attempt)
            await asyncio.sleep(0.5 * attempt)
        except asyncpg.PostgresError as error:
            raise MigrationFailed(f"{id}: {error}") from error
        else:
            log.info("migrated", step=id)
            return
    raise MigrationFailed(f"{id}: a table stayed in use; try again when there is less traffic")


async def _drop_unfinished(connection: Connection, index: str | None) -> None:
    if index and await connection.fetchval(UNFINISHED, index):
        log.warning("an index was left unfinished and is made anew", index=index)
        await connection.execute(f"DROP INDEX CONCURRENTLY {index}")


async def _grant(connection: Connection) -> None:
    async with connection.transaction():
        await privileges.grant(connection)
