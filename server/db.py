"""The engine, the transaction and the few ways to run SQL."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from server.errors import BusyTryAgain

os.environ.setdefault("PICCOLO_CONF", "server.piccolo_conf")

ACQUIRE_SECONDS = 5.0  # how long a request waits for a free connection before it is told to come back
SESSION = {
    "timezone": "UTC",
    "statement_timeout": "15s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "30s",
}
RERUNS = 3  # of a whole transaction that PostgreSQL broke off (40001, 40P01)

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
        """Open a transaction, or a savepoint inside one. Raises BusyTryAgain when no connection comes free in time."""
        outer = self.current_transaction.get()
        if outer is not None:
            async with outer.connection.transaction():
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
        """Lend the transaction's connection, or one from the pool."""
        outer = self.current_transaction.get()
        if outer is not None:
            yield outer.connection
            return
        if self.pool is None:
            raise RuntimeError("no pool: open one with `async with connected(url)`")
        try:
            connection = await self.pool.acquire(timeout=ACQUIRE_SECONDS)
        except TimeoutError:
            raise BusyTryAgain(retry_after=1) from None
        try:
            yield connection
        finally:
            await self.pool.release(connection)

    async def _run_in_pool(self, query: str, args: Any = None) -> Any:
        async with self.connection() as connection:
            return await connection.fetch(query, *(args or ()))


DB = Engine(config={})


@asynccontextmanager
async def connected(url: str, *, size: int = 8, statement_cache_size: int = 100) -> AsyncIterator[None]:
    """Keep a pool open. `size` is the number of connections; pools are kept small (docs/performance.md)."""
    DB.config = {"dsn": url}
    await DB.start_connection_pool(
        min_size=min(2, size),
        max_size=size,
        statement_cache_size=statement_cache_size,
        server_settings=SESSION,
    )
    try:
        yield
    finally:
        await DB.close_connection_pool()


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


def rerunning(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Run a verb's whole transaction again when PostgreSQL broke it off, and answer 503 when it is still busy.

    40001 and 40P01 are rerun up to RERUNS times with jitter; 55P03 (a lock not got in time), 57014 (a statement that
    took too long) and what is left of the former become BusyTryAgain.
    """

    @wraps(verb)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(RERUNS + 1):
            try:
                return await verb(*args, **kwargs)
            except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                if attempt == RERUNS or DB.current_transaction.get() is not None:
                    raise BusyTryAgain(retry_after=1) from None
                await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311
            except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError):
                raise BusyTryAgain(retry_after=1) from None
        raise AssertionError("unreachable")

    return wrapped
