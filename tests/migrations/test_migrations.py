"""Migrations run forwards and backwards, one at a time, patiently, and wholly or not at all."""

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from piccolo.table import sort_table_classes

import server
from server.core import db, migrate
from server.core.pgtypes import References
from server.piccolo_app import APP_CONFIG, MIGRATIONS
from tests.conftest import Services

TREE = Path(server.__file__).parent.parent
IDS = sorted(importlib.import_module(f"migrations.{path.stem}").ID for path in MIGRATIONS.glob("rongtong_*.py"))
BEFORE_INDEXES = "2026-11-23T12:20:32:773595"  # the next one makes indexes on claim

# The columns, constraints, indexes and views of the schema, as PostgreSQL itself words them.
SCHEMA = """
SELECT 'column' AS kind, format('%s.%s', c.relname, a.attname) AS name,
       format('%s %s %s', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) AS text
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v') AND c.relnamespace = 'public'::regnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', format('%s.%s', conrelid::regclass, conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public'
UNION ALL
SELECT 'sequence', sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'
ORDER BY 1, 2
"""

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


@pytest.fixture
async def url(services: Services, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, with the pool of the other tests put aside."""
    monkeypatch.setattr(db.DB, "pool", None)
    monkeypatch.setattr(db.DB, "config", {})
    name = "migrated"
    admin = await asyncpg.connect(services.postgres.url_of("postgres"))
    await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await admin.close()
    return services.postgres.url_of(name)


async def schema(url: str) -> dict[tuple[str, str], str]:
    connection = await asyncpg.connect(url)
    try:
        return {(row["kind"], row["name"]): row["text"] for row in await connection.fetch(SCHEMA)}
    finally:
        await connection.close()


async def waiters(connection: Any, wanted: int) -> None:
    """Return once so many wait for a lock in the connection's database."""
    database = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
    async with asyncio.timeout(20):
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


def without_migration_table(made: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    return {key: text for key, text in made.items() if not key[1].startswith("migration")}


async def test_two_migrations_at_once_both_succeed(url: str) -> None:
    for succeeded, said in await asyncio.gather(*(forwards_in_a_process(url) for _ in range(2))):
        assert succeeded, said


async def test_control_without_one_common_lock_two_migrations_at_once_clash(url: str) -> None:
    """They need not clash every time: the one may read what is done after the other has finished."""
    for _ in range(10):
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
            return
        await migrate.backwards(url)
    pytest.fail("10 times two migrations at once did no harm: this test cannot see what it is for")


async def test_a_migration_waits_for_a_table_in_use_and_then_succeeds(url: str) -> None:
    await migrate.forwards(url, BEFORE_INDEXES)
    writer: Any = await asyncpg.connect(url)
    async with writer.transaction():
        await writer.execute("LOCK TABLE claim IN ROW EXCLUSIVE MODE")
        running = await start(url, LOCK_TIMEOUT="100ms")
        assert running.stdout is not None
        async with asyncio.timeout(20):
            told = await running.stdout.readuntil(b"waits for a table in use")
        assert b"migrated" not in told
    await writer.close()
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()
    assert ("view", "live_claims") in await schema(url)


async def test_control_a_migration_that_tries_only_once_fails_on_a_table_in_use(url: str) -> None:
    await migrate.forwards(url, BEFORE_INDEXES)
    writer: Any = await asyncpg.connect(url)
    async with writer.transaction():
        await writer.execute("LOCK TABLE claim IN ROW EXCLUSIVE MODE")
        succeeded, said = await forwards_in_a_process(url, LOCK_TIMEOUT="100ms", ATTEMPTS=1)
    await writer.close()
    assert not succeeded
    assert "a table stayed in use" in said


async def test_a_migration_that_breaks_off_between_a_step_and_its_record_can_be_run_again(url: str) -> None:
    await migrate.forwards(url, IDS[0])
    connection: Any = await asyncpg.connect(url)
    await connection.execute("ALTER TABLE migration ADD CONSTRAINT broken CHECK (name < '2026-11-23T12:01') NOT VALID")
    succeeded, said = await forwards_in_a_process(url)
    assert not succeeded
    assert "broken" in said
    await connection.execute("ALTER TABLE migration DROP CONSTRAINT broken")
    await connection.close()
    await migrate.forwards(url)


async def test_the_migrations_make_what_the_tables_say(url: str, services: Services) -> None:
    """Piccolo does not notice a constraint whose text changed: compare with tables made without migrations."""
    migrated = await schema(services.postgres.url)
    connection: Any = await asyncpg.connect(url)
    await connection.execute("CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm")
    for table in in_order_of_references():
        for ddl in table.create_table().ddl:
            await connection.execute(ddl)
    await connection.close()
    made = await schema(url)
    for key, text in made.items():
        assert migrated[key] == text, key
    left = {key for key in migrated if key not in made and key[0] in ("column", "constraint", "sequence")}
    assert {name for _, name in left if not name.startswith(("migration", "live_claims."))} == set()


def in_order_of_references() -> list[Any]:
    """Piccolo sorts by its own foreign keys; References to a table that comes later move behind it."""
    tables = sort_table_classes(list(APP_CONFIG.table_classes))
    return sorted(tables, key=lambda table: any(_refers_elsewhere(one, table) for one in table._meta.constraints))


def _refers_elsewhere(one: Any, table: Any) -> bool:
    return isinstance(one, References) and f"REFERENCES {table._meta.tablename} " not in one.definition


async def test_the_tables_hold_nothing_that_no_migration_makes(tmp_path: Path) -> None:
    """What `piccolo migrations new --auto` would say, in a copy of the tree."""
    running = await asyncio.create_subprocess_exec(
        *("sh", "-c", 'cp -r "$0/server" "$0/migrations" . && exec "$@"', str(TREE)),
        *(sys.executable, "-m", "piccolo.main", "migrations", "new", "rongtong", "--auto", "--desc=none"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PICCOLO_CONF": "server.piccolo_conf", "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    assert "No changes detected" in said.decode(), said.decode()
    assert len(list((tmp_path / "migrations").glob("rongtong_*.py"))) == len(IDS)


async def test_time_cannot_be_sold_twice_in_the_schema_itself(services: Services) -> None:
    text = (await schema(services.postgres.url))["constraint", "claim.claim_once"]
    assert text == (
        "EXCLUDE USING gist (resource_id WITH =, unit WITH =, during WITH &&) WHERE ((released_at IS NULL))"
    )


async def test_live_claims_has_the_columns_that_others_rely_on(services: Services) -> None:
    made = await schema(services.postgres.url)
    columns = {name.removeprefix("live_claims.") for kind, name in made if name.startswith("live_claims.")}
    assert columns == {"resource_id", "unit", "during", "booking_id", "reason"}


async def test_attendees_in_histories_become_their_number(url: str) -> None:
    await migrate.forwards(url, "2026-11-24T12:00:00:000000")
    connection: Any = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")  # it stands alone
    for verb, became in (("booked", '{"attendees": [{"email": "a@example.com"}], "units": 1}'), ("moved", "{}")):
        sql = "INSERT INTO booking_change (resource_id, id, booking_id, verb, became) VALUES ($1, $2, $1, $3, $4)"
        await connection.execute(sql, uuid4(), uuid4(), verb, became)
    await migrate.forwards(url)
    rows = await connection.fetch("SELECT became FROM booking_change ORDER BY verb")
    await connection.close()
    assert [row["became"] for row in rows] == ['{"units": 1, "attendees": 1}', "{}"]
