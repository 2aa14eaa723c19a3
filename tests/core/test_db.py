"""The engine keeps its pool whole and its context clean, whatever fails. Piccolo's own engine is the control."""

import asyncio
import contextvars
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from piccolo.engine.postgres import PostgresEngine

from server.core import db
from server.core.db import SESSION, Engine, rerunning
from server.core.errors import BusyTryAgain
from tests.conftest import Services
from tests.patience import PATIENCE

SIZE = 3  # connections in a pool

TABLES = """
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (id integer PRIMARY KEY, parent_id integer REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE tally (id integer PRIMARY KEY, amount integer NOT NULL);
"""
# A parent that does not exist: the INSERT succeeds and the COMMIT fails.
ORPHAN = "INSERT INTO child (id, parent_id) VALUES ($1, 0)"
PARENT = "INSERT INTO parent VALUES ($1)"


class PiccolosOwn(PostgresEngine):
    """The negative control."""

    async def check_version(self) -> None:
        pass

    async def prep_database(self) -> None:
        pass


@pytest.fixture(scope="module")
async def url(services: Services) -> str:
    address = await services.new_database("engine")
    connection = await asyncpg.connect(address)
    await connection.execute(TABLES)
    await connection.close()
    return address


@pytest.fixture
async def other(url: str) -> AsyncIterator[Any]:
    """A connection outside the pool: what the rest of the world sees and does."""
    connection: Any = await asyncpg.connect(url)
    await connection.execute("TRUNCATE parent, child, tally; INSERT INTO tally VALUES (1, 0), (2, 0)")
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def engine(url: str, other: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    made = Engine(config={"dsn": url})
    monkeypatch.setattr(db, "DB", made)
    await made.start_connection_pool(min_size=SIZE, max_size=SIZE, server_settings=SESSION)
    try:
        yield made
    finally:
        await asyncio.wait_for(made.close_connection_pool(), PATIENCE)


@pytest.fixture
async def piccolos(url: str, other: Any) -> AsyncIterator[PiccolosOwn]:
    made = PiccolosOwn(config={"dsn": url})
    await made.start_connection_pool(min_size=SIZE, max_size=SIZE)
    try:
        yield made
    finally:
        assert made.pool is not None
        made.pool.terminate()


async def assert_whole(engine: Engine) -> None:
    """Every connection of the pool can be used at once, and no transaction is left in the context."""
    assert engine.current_transaction.get() is None
    meeting = asyncio.Barrier(SIZE)

    async def use() -> None:
        async with engine.transaction() as transaction:
            await meeting.wait()
            await transaction.connection.fetchval("SELECT 1")

    await asyncio.wait_for(asyncio.gather(*(use() for _ in range(SIZE))), PATIENCE)
    assert engine.pool is not None
    assert engine.pool.get_idle_size() == SIZE


async def insert(engine: PostgresEngine, sql: str, id: int, then: type[Exception] | None = None) -> None:
    async with engine.transaction() as transaction:
        await transaction.connection.execute(sql, id)
        if then is not None:
            raise then


async def insert_and_be_killed(engine: PostgresEngine, killer: Any, id: int) -> None:
    async with engine.transaction() as transaction:
        await transaction.connection.execute(PARENT, id)
        await killer.fetchval("SELECT pg_terminate_backend($1, 5000)", transaction.connection.get_server_pid())
        await transaction.connection.fetchval("SELECT 1")


async def test_six_failed_commits_leave_the_pool_whole(engine: Engine, other: Any) -> None:
    for number in range(6):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await insert(engine, ORPHAN, number)
        assert engine.current_transaction.get() is None
    await assert_whole(engine)
    assert await other.fetchval("SELECT count(*) FROM child") == 0


async def test_control_failed_commits_empty_the_pool_of_piccolos_own_engine(piccolos: PiccolosOwn) -> None:
    for _ in range(SIZE):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await asyncio.create_task(insert(piccolos, ORPHAN, 1))  # a task of its own, as each request has
    assert piccolos.pool is not None
    assert piccolos.pool.get_idle_size() == 0  # nothing runs, and nothing came back


async def test_control_after_a_failed_commit_piccolos_own_engine_keeps_what_a_later_block_undid(
    piccolos: PiccolosOwn, other: Any
) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await insert(piccolos, ORPHAN, 1)
    with pytest.raises(LookupError):
        await insert(piccolos, PARENT, 1, then=LookupError)
    assert await other.fetchval("SELECT count(*) FROM parent") == 1


async def test_four_killed_backends_leave_the_pool_whole_and_nothing_behind(engine: Engine, other: Any) -> None:
    for number in range(4):
        with pytest.raises(BusyTryAgain):
            await insert_and_be_killed(engine, other, number)
        assert engine.current_transaction.get() is None
    await assert_whole(engine)
    assert await other.fetchval("SELECT count(*) FROM parent") == 0


async def test_control_a_killed_backend_leaves_its_transaction_in_the_context_of_piccolos_own_engine(
    piccolos: PiccolosOwn, other: Any
) -> None:
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await insert_and_be_killed(piccolos, other, 1)
    assert piccolos.current_transaction.get() is not None
    with pytest.raises(asyncpg.InterfaceError):
        await insert(piccolos, PARENT, 2)


async def test_an_exhausted_pool_says_try_again_and_recovers(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "ACQUIRE_SECONDS", 0.05)
    taken, enough = asyncio.Semaphore(0), asyncio.Event()

    async def occupy() -> None:
        async with engine.transaction():
            taken.release()
            await enough.wait()

    occupants = [asyncio.create_task(occupy()) for _ in range(SIZE)]
    for _ in range(SIZE):
        await taken.acquire()
    with pytest.raises(BusyTryAgain) as refused:
        async with engine.transaction():
            pass
    assert refused.value.status == 503
    assert refused.value.headers == {"Retry-After": "1"}
    enough.set()
    await asyncio.gather(*occupants)
    await assert_whole(engine)


async def test_a_server_that_is_away_says_try_again(services: Services) -> None:
    away = Engine(config={"dsn": f"postgresql://rongtong@/rongtong?host={services.data}"})
    await away.start_connection_pool(min_size=0, max_size=1)
    try:
        with pytest.raises(BusyTryAgain):
            await away._run_in_pool("SELECT 1")
    finally:
        await away.close_connection_pool()


async def test_a_transaction_in_a_transaction_is_a_savepoint(engine: Engine, other: Any) -> None:
    async with engine.transaction() as outer:
        await outer.connection.execute("INSERT INTO parent VALUES (1)")
        with pytest.raises(LookupError):
            await insert(engine, PARENT, 2, then=LookupError)
        with pytest.raises(asyncpg.UniqueViolationError):
            await insert(engine, PARENT, 1)
        await insert(engine, PARENT, 3)
    assert [row["id"] for row in await other.fetch("SELECT id FROM parent ORDER BY id")] == [1, 3]


async def test_control_piccolos_own_inner_transaction_undoes_nothing(piccolos: PiccolosOwn, other: Any) -> None:
    async with piccolos.transaction():
        with pytest.raises(LookupError):
            await insert(piccolos, PARENT, 2, then=LookupError)
    assert await other.fetchval("SELECT count(*) FROM parent") == 1


async def test_a_block_that_raises_keeps_nothing(engine: Engine, other: Any) -> None:
    with pytest.raises(LookupError):
        await insert(engine, PARENT, 1, then=LookupError)
    assert await other.fetchval("SELECT count(*) FROM parent") == 0
    await assert_whole(engine)


@pytest.mark.parametrize("busy_with", ["nothing", "a query"])
async def test_a_cancelled_transaction_keeps_nothing_and_gives_its_connection_back(
    engine: Engine, other: Any, busy_with: str
) -> None:
    for number in range(SIZE + 1):
        begun = asyncio.Event()

        async def work(number: int = number, begun: asyncio.Event = begun) -> None:
            async with engine.transaction() as transaction:
                await transaction.connection.execute("INSERT INTO parent VALUES ($1)", number)
                begun.set()
                if busy_with == "a query":
                    await transaction.connection.execute("SELECT pg_sleep(60)")
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await begun.wait()
        await asyncio.sleep(0)  # let it reach what it waits for
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await assert_whole(engine)
    assert await other.fetchval("SELECT count(*) FROM parent") == 0


async def test_cancelling_one_who_waits_for_a_connection_loses_none(engine: Engine) -> None:
    async with engine.connection(), engine.connection(), engine.connection():
        waiting = [asyncio.create_task(engine._run_in_pool("SELECT 1")) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    await assert_whole(engine)


async def test_a_transaction_has_the_isolation_it_asked_for(engine: Engine) -> None:
    for isolation, told in ((None, "read committed"), ("repeatable_read", "repeatable read")):
        async with engine.transaction(isolation) as transaction:  # type: ignore[arg-type] # a tuple forgets the Literal
            assert await transaction.connection.fetchval("SHOW transaction_isolation") == told


async def test_a_savepoint_cannot_have_another_isolation_than_its_transaction(engine: Engine) -> None:
    async with engine.transaction():
        with pytest.raises(asyncpg.InterfaceError, match="isolation"):
            async with engine.transaction("serializable"):
                pass
    await assert_whole(engine)


async def test_a_session_has_limits_and_speaks_utc(engine: Engine) -> None:
    async with engine.connection() as connection:
        for setting, value in SESSION.items():
            assert await connection.fetchval("SELECT current_setting($1)", setting) == value


async def test_a_task_in_a_fresh_context_does_not_inherit_the_transaction(engine: Engine) -> None:
    async def look() -> Any:
        return engine.current_transaction.get()

    async with engine.transaction():
        assert await asyncio.create_task(look(), context=contextvars.Context()) is None
        assert await asyncio.create_task(look()) is not None  # the control


ADD = "UPDATE tally SET amount = amount + 1 WHERE id = $1"


@pytest.mark.parametrize(("conflicts", "succeeds"), [(0, True), (1, True), (db.RERUNS, True), (db.RERUNS + 1, False)])
async def test_a_transaction_that_was_broken_off_is_rerun_as_a_whole(
    engine: Engine, other: Any, conflicts: int, succeeds: bool
) -> None:
    seen: list[int] = []

    @rerunning
    async def count() -> None:
        async with engine.transaction("repeatable_read") as transaction:
            seen.append(await transaction.connection.fetchval("SELECT amount FROM tally WHERE id = 1"))
            if len(seen) <= conflicts:
                await other.execute(ADD, 1)
            await transaction.connection.execute(ADD, 1)

    if succeeds:
        await count()
        assert await other.fetchval("SELECT amount FROM tally WHERE id = 1") == conflicts + 1
    else:
        with pytest.raises(BusyTryAgain) as refused:
            await count()
        assert refused.value.headers == {"Retry-After": "1"}
    assert seen == list(range(min(conflicts, db.RERUNS) + 1))  # each run read afresh
    await assert_whole(engine)


async def test_both_sides_of_a_deadlock_get_through(engine: Engine, other: Any) -> None:
    meeting = asyncio.Barrier(2)
    runs = 0

    @rerunning
    async def add_in_order(first: int, second: int) -> None:
        nonlocal runs
        runs += 1
        async with engine.transaction() as transaction:
            await transaction.connection.execute("SET LOCAL deadlock_timeout = '10ms'")
            await transaction.connection.execute(ADD, first)
            if runs <= 2:
                await meeting.wait()
            await transaction.connection.execute(ADD, second)

    await asyncio.wait_for(asyncio.gather(add_in_order(1, 2), add_in_order(2, 1)), PATIENCE)
    assert runs == 3
    assert [row["amount"] for row in await other.fetch("SELECT amount FROM tally ORDER BY id")] == [2, 2]


@pytest.mark.parametrize(("reruns", "succeeds"), [(db.RERUNS, True), (0, False)])
async def test_a_lock_not_got_in_time_is_waited_for_again(
    engine: Engine, other: Any, monkeypatch: pytest.MonkeyPatch, reruns: int, succeeds: bool
) -> None:
    """And the negative control: without reruns the client is sent away although the lock comes free."""
    monkeypatch.setattr(db, "RERUNS", reruns)
    holding = other.transaction()
    await holding.start()
    await other.execute(ADD, 1)

    @rerunning
    async def count() -> None:
        async with engine.transaction() as transaction:
            await transaction.connection.execute("SET LOCAL lock_timeout = '20ms'")
            try:
                await transaction.connection.execute(ADD, 1)
            except asyncpg.LockNotAvailableError:
                await holding.commit()
                raise

    if succeeds:
        await count()
    else:
        with pytest.raises(BusyTryAgain):
            await count()
    assert await other.fetchval("SELECT amount FROM tally WHERE id = 1") == 1 + succeeds
    await assert_whole(engine)


@pytest.mark.parametrize(("limit", "tries"), [("lock_timeout", db.RERUNS + 1), ("statement_timeout", 1)])
async def test_what_takes_too_long_says_try_again(engine: Engine, other: Any, limit: str, tries: int) -> None:
    runs = 0

    @rerunning
    async def count() -> None:
        nonlocal runs
        runs += 1
        async with engine.transaction() as transaction:
            await transaction.connection.execute(f"SET LOCAL {limit} = '20ms'")
            await transaction.connection.execute(ADD, 1)

    async with other.transaction():
        await other.execute(ADD, 1)
        with pytest.raises(BusyTryAgain):
            await count()
    assert runs == tries
    await assert_whole(engine)


async def test_a_full_disk_says_try_again(engine: Engine) -> None:
    full = "DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$"
    with pytest.raises(BusyTryAgain):
        async with engine.transaction() as transaction:
            await transaction.connection.execute(full)
    await assert_whole(engine)


async def test_inside_an_outer_transaction_the_outer_one_is_rerun(engine: Engine, other: Any) -> None:
    runs = 0

    @rerunning
    async def inner() -> None:
        async with engine.transaction() as transaction:
            if runs == 1:
                await other.execute(ADD, 1)
            await transaction.connection.execute(ADD, 1)

    @rerunning
    async def outer() -> None:
        nonlocal runs
        runs += 1
        async with engine.transaction("repeatable_read") as transaction:
            await transaction.connection.fetchval("SELECT amount FROM tally")
            await inner()

    await outer()
    assert runs == 2
    assert await other.fetchval("SELECT amount FROM tally WHERE id = 1") == 2
