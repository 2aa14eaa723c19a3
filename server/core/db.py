"""The engine, the transaction and the few ways to run SQL."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from server.core.errors import BusyTryAgain

os.environ.setdefault("PICCOLO_CONF", "server.piccolo_conf")

ACQUIRE_SECONDS = 5.0  # how long a request waits for a free connection before it is told to come back
SESSION = {
    "timezone": "UTC",
    "statement_timeout": "15s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "30s",
}
ROLE = "rongtong_app"  # as which the application works where migrations could make it (server/core/privileges.py)
MAY_SET = "CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END"
# Whether this user can work as ROLE in this database, which a migration has prepared for it.
CAN_WORK_AS_ROLE = f"""
SELECT CASE WHEN to_regclass('audit_entry') IS NULL OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) THEN false
            ELSE pg_has_role($1, {MAY_SET}) AND has_table_privilege($1, 'audit_entry', 'SELECT') END
"""
RERUNS = 3  # of a whole transaction that PostgreSQL broke off
BROKEN_OFF = (
    asyncpg.SerializationError,  # 40001
    asyncpg.DeadlockDetectedError,  # 40P01
    asyncpg.LockNotAvailableError,  # 55P03: lock_timeout; who asks again mostly learns without the lock that it is gone
)
TOO_SLOW = (asyncpg.QueryCanceledError,)  # 57014
NO_TEXT = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)  # 22021, 22P05: U+0000
AWAY = (
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.OperatorInterventionError,  # class 57: it stops, starts or crashed
    asyncpg.TooManyConnectionsError,  # 53300
)
FULL = (asyncpg.InsufficientResourcesError,)  # class 53: disk, memory or connections run out, and come back

Connection: TypeAlias = "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"
Isolation = Literal["read_committed", "repeatable_read", "serializable"]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Transaction:
    """What Piccolo looks for in the engine's context variable."""

    connection: Connection


class Engine(PostgresEngine):
    """Piccolo's engine with a transaction that gives its connection back whatever fails.

    Piccolo's own leaks the connection when COMMIT or ROLLBACK fails, has no savepoints and waits for ever on an empty
    pool.
    """

    async def check_version(self) -> None:
        """Do not connect while the program is being imported."""

    async def prep_database(self) -> None:
        """Extensions are made by the first migration."""

    current_transaction: ContextVar[Any]

    @asynccontextmanager
    async def transaction(  # type: ignore[override] # narrower on purpose: isolation, no allow_nested
        self, isolation: Isolation | None = None
    ) -> AsyncIterator[Transaction]:
        """Open a transaction, or a savepoint inside one.

        Raises BusyTryAgain when no connection comes free in time or the server went away, asyncpg.InterfaceError when
        a savepoint wants another isolation than its transaction has.
        """
        outer = self.current_transaction.get()
        if outer is not None:
            async with outer.connection.transaction(isolation=isolation):
                yield outer
            return
        async with self.connection() as connection:
            token = self.current_transaction.set(Transaction(connection))
            try:
                async with connection.transaction(isolation=isolation):
                    yield Transaction(connection)
            finally:
                self.current_transaction.reset(token)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend the transaction's connection, or one from the pool.

        Raises BusyTryAgain when none comes free in time, when the server cannot be reached or goes away meanwhile, and
        when its disk is full.
        """
        outer = self.current_transaction.get()
        if outer is not None:
            yield outer.connection
            return
        if self.pool is None:
            raise RuntimeError("no pool: open one with `async with connected(url)`")
        try:
            connection = await self.pool.acquire(timeout=ACQUIRE_SECONDS)
        except (OSError, *AWAY) as error:  # TimeoutError is an OSError
            raise BusyTryAgain(retry_after=1) from error
        try:
            yield connection
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if isinstance(error, FULL) or _is_gone(connection):
                raise BusyTryAgain(retry_after=1) from error
            raise
        finally:
            await self.pool.release(connection)

    async def _run_in_pool(self, query: str, args: Any = None) -> Any:
        async with self.connection() as connection:
            return await connection.fetch(query, *(args or ()))


def _is_gone(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # its pool has taken the broken connection back already
        return True


DB = Engine(config={})


@asynccontextmanager
async def connected(
    url: str, *, size: int = 8, statement_cache_size: int = 100, as_role: bool = True
) -> AsyncIterator[None]:
    """Keep a pool open. `size` is the number of connections; pools are kept small (docs/performance.md).

    All work as ROLE where there is one, so that what is kept can only be added to.
    """
    DB.config = {"dsn": url}
    role = {"role": ROLE} if as_role and await _can_work_as_role(url) else {}
    await DB.start_connection_pool(
        min_size=min(2, size),
        max_size=size,
        statement_cache_size=statement_cache_size,
        server_settings=SESSION | role,
        reset=_leave_as_it_is,
    )
    try:
        yield
    finally:
        await DB.close_connection_pool()


async def _can_work_as_role(url: str) -> bool:
    connection = await asyncpg.connect(url, statement_cache_size=0)
    try:
        return bool(await connection.fetchval(CAN_WORK_AS_ROLE, ROLE))
    finally:
        await connection.close()


async def _leave_as_it_is(connection: Connection) -> None:
    """Give a connection back without RESET ALL, a round trip for each statement outside a transaction.

    There is nothing to reset: what we set is SET LOCAL, and we take no locks, cursors or channels of the session.
    asyncpg itself still ends a transaction that was left open.
    """


def transaction(isolation: Isolation | None = None) -> Any:
    return DB.transaction(isolation)


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    async with DB.connection() as connection:
        return await connection.fetch(sql, *args)


async def fetchrow(sql: str, *args: Any) -> asyncpg.Record | None:
    async with DB.connection() as connection:
        return await connection.fetchrow(sql, *args)


async def fetchval(sql: str, *args: Any) -> Any:
    async with DB.connection() as connection:
        return await connection.fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> str:
    async with DB.connection() as connection:
        return await connection.execute(sql, *args)


async def executemany(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one statement for each row, sent together."""
    async with DB.connection() as connection:
        await connection.executemany(sql, rows)


def rerunning(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Run a verb's whole transaction again when PostgreSQL broke it off, and answer 503 when it is still busy.

    40001, 40P01 and 55P03 (a lock not got in time) are rerun up to RERUNS times with jitter; what is left of them and
    57014 (a statement that took too long) become BusyTryAgain. Inside an outer transaction nothing can be rerun by
    itself: the error passes on to the verb that opened it.
    """

    @wraps(verb)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        if DB.current_transaction.get() is not None:
            return await verb(*args, **kwargs)
        for attempt in range(RERUNS):
            try:
                return await verb(*args, **kwargs)
            except BROKEN_OFF:
                await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311
            except TOO_SLOW as error:
                raise BusyTryAgain(retry_after=1) from error
        try:
            return await verb(*args, **kwargs)
        except (*BROKEN_OFF, *TOO_SLOW) as error:
            raise BusyTryAgain(retry_after=1) from error

    return wrapped
