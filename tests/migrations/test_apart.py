"""Steps outside a transaction: writers go on meanwhile, and what was broken off is made anew."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from server.core import migrate, migration_files
from tests.patience import PATIENCE

THINGS = """-- A table that is in use.
-- migrate:up
CREATE TABLE thing (id integer, name text NOT NULL);
INSERT INTO thing (id, name) SELECT n, 'a thing' FROM generate_series(1, 25) AS n;
SELECT pg_sleep(0.5);
-- migrate:down
DROP TABLE thing;
"""
INDEX = """-- An index on it.
-- migrate:up transaction:false
create unique index concurrently if not exists
    thing_id on thing (id);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS thing_id;
"""
BATCHES = """-- Ten rows in each transaction.
-- migrate:up transaction:false
DO $$
BEGIN
    LOOP
        UPDATE thing SET name = 'named' WHERE id IN (SELECT id FROM thing WHERE name <> 'named' LIMIT 10);
        EXIT WHEN NOT FOUND;
        COMMIT;
    END LOOP;
END
$$;
-- migrate:down
-- What was there before is not kept.
"""
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('thing_id')"
WAITS = "SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'"

Write = Callable[[dict[str, str]], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Put files where the migrations are looked for."""
    monkeypatch.setattr(migration_files, "FOLDER", tmp_path)

    def put(files: dict[str, str]) -> None:
        for name, text in files.items():
            (tmp_path / f"{name}.sql").write_text(text)

    return put


@pytest.fixture
async def other(url: str) -> Any:
    connection: Any = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def until_it_waits(connection: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval(WAITS):  # noqa: ASYNC110 - PostgreSQL has no event for it
            await asyncio.sleep(0.02)


async def test_an_index_is_made_while_the_table_is_written_to(url: str, write: Write, other: Any) -> None:
    write({"0001_things": THINGS, "0002_index": INDEX})
    await migrate.forwards(url, "0001_things")
    in_use = await asyncpg.connect(url)
    async with in_use.transaction():
        await in_use.execute("UPDATE thing SET name = 'in use' WHERE id = 1")
        running = asyncio.create_task(migrate.forwards(url))
        await until_it_waits(other)
        await other.execute("SET lock_timeout = '1s'")
        await other.execute("INSERT INTO thing VALUES (26, 'written meanwhile')")
    await running
    await in_use.close()
    assert await other.fetchval(VALID) is True
    await migrate.backwards(url, "0002_index")
    assert await other.fetchval(VALID) is None


async def test_control_in_a_transaction_it_cannot_be_made(url: str, write: Write) -> None:
    write({"0001_things": THINGS, "0002_index": INDEX.replace("up transaction:false", "up")})
    with pytest.raises(migrate.MigrationFailed, match=r"^0002_index: CREATE INDEX CONCURRENTLY cannot"):
        await migrate.forwards(url)


async def test_an_index_that_was_broken_off_is_made_anew(url: str, write: Write, other: Any) -> None:
    write({"0001_things": THINGS, "0002_index": INDEX})
    await migrate.forwards(url, "0001_things")
    await other.execute("INSERT INTO thing VALUES (1, 'twice')")
    with pytest.raises(migrate.MigrationFailed, match=r"^0002_index: could not create unique index"):
        await migrate.forwards(url)
    assert await other.fetchval(VALID) is False
    await other.execute("DELETE FROM thing WHERE name = 'twice'")
    await migrate.forwards(url)
    assert await other.fetchval(VALID) is True


async def test_control_what_is_not_repaired_stays_broken_and_counts_as_done(
    url: str, write: Write, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "UNFINISHED", "SELECT $1 = ''")
    write({"0001_things": THINGS, "0002_index": INDEX})
    await migrate.forwards(url, "0001_things")
    await other.execute("INSERT INTO thing VALUES (1, 'twice')")
    with pytest.raises(migrate.MigrationFailed):
        await migrate.forwards(url)
    await other.execute("DELETE FROM thing WHERE name = 'twice'")
    await migrate.forwards(url)
    assert await other.fetchval(VALID) is False


async def test_an_index_that_was_made_and_not_recorded_is_kept(url: str, write: Write, other: Any) -> None:
    write({"0001_things": THINGS, "0002_index": INDEX})
    await migrate.forwards(url)
    made = await other.fetchval("SELECT 'thing_id'::regclass::oid")
    await other.execute("DELETE FROM migration WHERE name = '0002_index'")
    await migrate.forwards(url)
    assert await other.fetchval("SELECT 'thing_id'::regclass::oid") == made
    assert await other.fetchval("SELECT count(*) FROM migration WHERE name = '0002_index'") == 1


async def test_two_at_once_make_an_index_once(url: str, write: Write, other: Any) -> None:
    write({"0001_things": THINGS, "0002_index": INDEX})
    await asyncio.gather(migrate.forwards(url), migrate.forwards(url))
    assert await other.fetchval(VALID) is True
    assert await other.fetchval("SELECT count(*) FROM migration") == 2


async def test_control_who_waits_inside_a_statement_is_waited_for(
    url: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "TRY_LOCK", "SELECT true FROM pg_advisory_lock($1)")
    monkeypatch.setattr(migrate, "ATTEMPTS", 1)
    write({"0001_things": THINGS, "0002_index": INDEX})
    ended = await asyncio.gather(migrate.forwards(url), migrate.forwards(url), return_exceptions=True)
    assert [one for one in ended if isinstance(one, Exception)] != []


async def test_rows_are_changed_in_batches_of_their_own(url: str, write: Write, other: Any) -> None:
    write({"0001_things": THINGS, "0002_batches": BATCHES})
    await migrate.forwards(url)
    rows = await other.fetch("SELECT count(*) FROM thing WHERE name = 'named' GROUP BY xmin::text ORDER BY 1")
    assert [row["count"] for row in rows] == [5, 10, 10]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("0001_without_a_mark", "CREATE TABLE thing (id integer);"),
        ("0001_one_way", "-- migrate:up\nCREATE TABLE thing (id integer);"),
        ("0001_backwards_first", "-- migrate:down\n\n-- migrate:up\n"),
        ("0001_Shouting", THINGS),
    ],
)
async def test_a_file_that_is_no_migration_is_refused(url: str, write: Write, name: str, text: str) -> None:
    write({name: text})
    with pytest.raises(ValueError, match="is no migration"):
        await migrate.forwards(url)
