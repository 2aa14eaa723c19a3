"""A queue is a table of what is owed to someone: rows are leased, sent outside any transaction, and marked.

Its table has the columns `attempts`, `attempt_at`, `leased_until`, `sent_at`, `lapsed_at`, `dead_at` and `last_error`.
Why each number: docs/decisions/0030-notices-are-leased.md.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from server.core import db

LEASE_SECONDS = 20  # a killed worker's rows wait this long, so it stays below half a minute
PROBE_SECONDS = 15  # when the server is the reason
BACK_OFF_SECONDS = 15  # when the row is the reason: doubling ...
LONGEST_SECONDS = 3600  # ... up to this
ATTEMPTS = 128  # which take five days

Row = (
    Any  # what a lease returns: the key, `id`, `attempt_at`, `position`, `leased_until`, `over`, and what sending needs
)
Send = Callable[[Row], Awaitable[None]]  # raises worker.mail.NotSent


class Queue:
    """The statements of one table. `lease` takes how many ($1) and for how long ($2)."""

    def __init__(self, table: str, key: tuple[str, ...], lease: str) -> None:
        self.key, self.lease_sql = key, lease
        row = " AND ".join(f"{column} = ${number}" for number, column in enumerate(key, 1))
        until, error, own = (f"${len(key) + number}" for number in (1, 2, 3))
        outstanding = f"WHERE {row} AND sent_at IS NULL"
        mine = f"{outstanding} AND leased_until = {until}"
        back_off = f"least({BACK_OFF_SECONDS} * 2.0 ^ least(attempts, 20), {LONGEST_SECONDS})"
        self._sent = f"UPDATE {table} SET sent_at = now(), leased_until = NULL {outstanding}"
        self._lapsed = f"UPDATE {table} SET lapsed_at = now(), leased_until = NULL {mine}"
        self._dead = f"""
        UPDATE {table} SET dead_at = now(), leased_until = NULL, attempts = attempts + 1, last_error = {error} {mine}
        """
        self._put_off = f"""
        UPDATE {table} SET leased_until = NULL, last_error = {error}, attempts = attempts + {own}::int,
            attempt_at = now() + make_interval(secs => CASE WHEN {own}::int = 1 THEN {back_off}
                                                            ELSE {PROBE_SECONDS} END),
            dead_at = CASE WHEN attempts + {own}::int >= {ATTEMPTS} THEN now() END
        {mine}
        """
        self._give_back = f"UPDATE {table} SET leased_until = NULL {mine}"

    async def lease(self, most: int) -> list[Row]:
        """Take rows that are due, for LEASE_SECONDS."""
        return await self._lease(most)

    async def _lease(self, most: int, *more: Any) -> list[Row]:
        return await db.fetch(self.lease_sql, most, timedelta(seconds=LEASE_SECONDS), *more)

    async def sent(self, row: Row) -> None:
        """Mark it sent, also when the lease has run out meanwhile: it was."""
        await db.execute(self._sent, *(row[column] for column in self.key))

    async def lapse(self, row: Row) -> None:
        await self._mark(self._lapsed, row)

    async def bury(self, row: Row, error: str) -> None:
        await self._mark(self._dead, row, error)

    async def put_off(self, row: Row, error: str, *, own: bool) -> None:
        """Try again later. `own`: the row is the reason (it backs off, and dies in the end), else it is probed."""
        await self._mark(self._put_off, row, error, int(own))

    async def give_back(self, row: Row) -> None:
        await self._mark(self._give_back, row)

    async def _mark(self, sql: str, row: Row, *more: Any) -> None:
        await db.execute(sql, *(row[column] for column in self.key), row["leased_until"], *more)
