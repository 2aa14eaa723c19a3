"""Migrations run forwards and backwards, one at a time and patiently; each step wholly or not at all."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import server
from server.core import migrate, migration_files
from tests.conftest import Services
from tests.losing import UntilLost
from tests.migrations.schema import Schema, schema
from tests.patience import PATIENCE

TREE = Path(server.__file__).parent.parent
IDS = [step.id for step in migration_files.steps()]
BEFORE_TRIGGERS = "0006_outbox"  # the next one makes triggers on booking_change

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND (database IS NULL OR database = $1)"

# Arguments after the URL are settings of server.core.migrate to change.
PROGRAM = """
import asyncio, sys
from server.core import migrate
url, *changes = sys.argv[1:]
for change in changes:
    name, value = change.split("=")
    setattr(migrate, name, type(getattr(migrate, name))(value))
asyncio.run(migrate.forwards(url))
"""


async def start(url: str, **changes: object) -> asyncio.subprocess.Process:
    settings = [f"{name}={value}" for name, value in changes.items()]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, url, *settings),
        cwd=TREE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def forwards_in_a_process(url: str, **changes: object) -> tuple[bool, str]:
    """Migrate as an administrator does; tell whether it succeeded, and its output."""
    running = await start(url, **changes)
    said, _ = await running.communicate()
    return running.returncode == 0, said.decode()


async def waiters(connection: Any, wanted: int) -> None:
    """Return once so many wait for a lock in the connection's database."""
    database = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(WAITING, database) < wanted:  # noqa: ASYNC110 - PostgreSQL has no event for it
            await asyncio.sleep(0.02)


async def test_forwards_backwards_and_forwards_again_make_the_same_schema(url: str) -> None:
    await migrate.forwards(url)
    once = await schema(url)
    assert ("view", "live_claims") in once
    await migrate.backwards(url)
    assert {name.split(".")[0] for kind, name in await schema(url) if kind == "column"} == {"migration"}
    await migrate.forwards(url)
    assert await schema(url) == once


async def test_every_single_step_can_be_taken_back(url: str) -> None:
    passed = []
    for id in IDS:
        passed.append(await schema(url))
        await migrate.forwards(url, id)
    for id in reversed(IDS):
        await migrate.backwards(url, id)
        assert without_migration_table(await schema(url)) == without_migration_table(passed.pop()), id


def without_migration_table(made: Schema) -> Schema:
    return {key: text for key, text in made.items() if not key[1].startswith("migration")}


async def test_two_migrations_at_once_both_succeed(url: str) -> None:
    for succeeded, said in await asyncio.gather(*(forwards_in_a_process(url) for _ in range(2))):
        assert succeeded, said


async def test_control_without_one_common_lock_two_migrations_at_once_clash(url: str, until_lost: UntilLost) -> None:
    """They need not clash every time: the one may read what is done after the other has finished."""

    async def clash(_: int) -> bool:
        await migrate.forwards(url, IDS[0])
        holder: Any = await asyncpg.connect(url)
        async with holder.transaction():
            # Both may read which steps are done; neither can finish one.
            await holder.execute("LOCK TABLE migration IN EXCLUSIVE MODE")
            running = [await start(url, LOCK=lock, LOCK_TIMEOUT="0") for lock in (1, 2)]
            await waiters(holder, 2)
        await holder.close()
        said = b"".join([(await process.communicate())[0] for process in running])
        if sorted(process.returncode or 0 for process in running) == [0, 1]:
            assert b"asyncpg.exceptions" in said
            return True
        await migrate.backwards(url)
        return False

    await until_lost(clash)


async def test_a_migration_waits_for_a_table_in_use_and_then_succeeds(url: str) -> None:
    await migrate.forwards(url, BEFORE_TRIGGERS)
    writer: Any = await asyncpg.connect(url)
    async with writer.transaction():
        await writer.execute("LOCK TABLE booking_change IN ROW EXCLUSIVE MODE")
        running = await start(url, LOCK_TIMEOUT="100ms")
        assert running.stdout is not None
        async with asyncio.timeout(PATIENCE):
            told = await running.stdout.readuntil(b"waits for a table in use")
        assert b"migrated" not in told
    await writer.close()
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()
    assert ("view", "live_claims") in await schema(url)


async def test_control_a_migration_that_tries_only_once_fails_on_a_table_in_use(url: str) -> None:
    await migrate.forwards(url, BEFORE_TRIGGERS)
    writer: Any = await asyncpg.connect(url)
    async with writer.transaction():
        await writer.execute("LOCK TABLE booking_change IN ROW EXCLUSIVE MODE")
        succeeded, said = await forwards_in_a_process(url, LOCK_TIMEOUT="100ms", ATTEMPTS=1)
    await writer.close()
    assert not succeeded
    assert "a table stayed in use" in said


async def test_a_migration_that_breaks_off_between_a_step_and_its_record_can_be_run_again(url: str) -> None:
    await migrate.forwards(url, IDS[0])
    connection: Any = await asyncpg.connect(url)
    await connection.execute("ALTER TABLE migration ADD CONSTRAINT broken CHECK (name < '0002') NOT VALID")
    succeeded, said = await forwards_in_a_process(url)
    assert not succeeded
    assert f"{IDS[1]}: " in said
    assert "broken" in said
    assert await connection.fetchval("SELECT to_regclass('account')") is None
    await connection.execute("ALTER TABLE migration DROP CONSTRAINT broken")
    await connection.close()
    await migrate.forwards(url)


async def test_the_steps_before_one_that_fails_stay_done(url: str) -> None:
    await migrate.forwards(url, BEFORE_TRIGGERS)
    connection: Any = await asyncpg.connect(url)
    await connection.execute("CREATE VIEW live_claims AS SELECT 1")
    with pytest.raises(migrate.MigrationFailed, match=r'^0008_live_claims: relation "live_claims" already exists'):
        await migrate.forwards(url)
    done = await connection.fetch("SELECT name FROM migration ORDER BY id")
    await connection.close()
    assert [row["name"] for row in done] == [id for id in IDS if id < "0008"]


async def test_a_step_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(migrate.MigrationFailed, match=r"^0000_nothing is none of the steps to take: 0001_extensions, "):
        await migrate.forwards(url, "0000_nothing")
    await migrate.forwards(url, IDS[0])
    await migrate.forwards(url, IDS[0])
    with pytest.raises(migrate.MigrationFailed, match=rf"^{IDS[-1]} is none of the steps to take: 0001_ext"):
        await migrate.backwards(url, IDS[-1])


async def test_time_cannot_be_sold_twice_in_the_schema_itself(services: Services) -> None:
    text = (await schema(services.postgres.url))["constraint", "claim.claim_once"]
    assert text == (
        "EXCLUDE USING gist (resource_id WITH =, unit WITH =, during WITH &&) WHERE ((released_at IS NULL))"
    )


async def test_live_claims_has_the_columns_that_others_rely_on(services: Services) -> None:
    made = await schema(services.postgres.url)
    columns = {name.removeprefix("live_claims.") for kind, name in made if name.startswith("live_claims.")}
    assert columns == {"resource_id", "unit", "during", "booking_id", "reason"}
