"""The limit of booking: the statements of one booking, straight through asyncpg, with nothing around them.

One booking is made by server.bookings.lifecycle.book, and what it says to the database in its transaction is written
down. Then the same is said for every other booking: no HTTP, no token, no rules, no early look without the lock; one
connection per client, never given back in between.
"""

import asyncio
import re
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import uvloop
from asyncpg import Range

from bench.outcome import Outcome
from server.access.authentication import ACTOR, actor
from server.bookings.lifecycle.book import book
from server.bookings.schemas import Wanted
from server.bookings.series.book import book_series
from server.bookings.series.schemas import NewSeries
from server.core import db
from server.core.db import SESSION
from server.core.ids import new_id
from server.core.secret import digest

UUIDS = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
TIMES = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


class Booking(msgspec.Struct):
    """One booking of one unit; the first of a group when there are others `also`, and of a series by its `rule`."""

    resource_id: UUID
    owner_id: UUID
    organization_id: UUID
    member_id: UUID
    account_id: UUID
    token: str  # of who books
    starts_at: datetime
    ends_at: datetime
    also: list["Booking"] = []
    rule: str = ""

    @property
    def ids(self) -> list[UUID]:
        own = [self.resource_id, self.owner_id, self.organization_id, self.member_id, self.account_id]
        return own + [id for one in self.also for id in one.ids]

    @property
    def wanted(self) -> Wanted:
        return Wanted(resource_id=self.resource_id, starts_at=self.starts_at, ends_at=self.ends_at)


class Straight(msgspec.Struct):
    """What to book. The first booking is the one that is listened to."""

    url: str
    connections: int
    seconds: float
    bookings: list[Booking]


class Statement(msgspec.Struct):
    """What was said to the database, and how many rows came back."""

    sql: str
    arguments: tuple[Any, ...]
    rows: int | None  # none: it was only executed
    many: bool = False  # with each of the arguments


async def overheard(booking: Booking) -> list[Statement]:
    """Make a booking and return what it said in its transaction."""
    said: list[Statement] = []
    fetch, execute, executemany = db.fetch, db.execute, db.executemany

    async def fetched(sql: str, *arguments: Any) -> list[asyncpg.Record]:
        rows = await fetch(sql, *arguments)
        if db.DB.current_transaction.get() is not None:
            said.append(Statement(sql, arguments, len(rows)))
        return rows

    async def fetched_row(sql: str, *arguments: Any) -> asyncpg.Record | None:
        return next(iter(await fetched(sql, *arguments)), None)

    async def fetched_value(sql: str, *arguments: Any) -> Any:
        row = await fetched_row(sql, *arguments)
        return row[0] if row else None

    async def executed(sql: str, *arguments: Any) -> str:
        said.append(Statement(sql, arguments, None))
        return await execute(sql, *arguments)

    async def executed_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
        said.append(Statement(sql, tuple(rows), None, many=True))
        await executemany(sql, rows)

    by = actor((await fetch(ACTOR, digest(booking.token)))[0])
    db.fetch, db.fetchrow, db.fetchval, db.execute = fetched, fetched_row, fetched_value, executed
    db.executemany = executed_many
    if booking.rule:
        wanted = booking.wanted
        await book_series(NewSeries(
            resource_id=wanted.resource_id, starts_at=wanted.starts_at, ends_at=wanted.ends_at, rule=booking.rule
        ), by)  # fmt: skip
    else:
        await book([one.wanted for one in (booking, *booking.also)], by)
    return said


class Retold:
    """What was said about one booking, said about another: other ids, another time."""

    def __init__(self, heard: Booking, told: Booking) -> None:
        self.ids = dict(zip(heard.ids, told.ids, strict=True))
        self.later: timedelta = told.starts_at - heard.starts_at

    def argument(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self.argument(one) for one in value]
        if isinstance(value, UUID):
            return self.ids.get(value) or self.ids.setdefault(value, new_id())
        if isinstance(value, datetime):
            return value + self.later
        if isinstance(value, Range) and isinstance(value.lower, datetime) and isinstance(value.upper, datetime):
            return Range(value.lower + self.later, value.upper + self.later)
        if isinstance(value, str) and value.startswith("[{"):  # rows, as JSON
            value = UUIDS.sub(lambda found: str(self.argument(UUID(found[0]))), value)
            return TIMES.sub(lambda found: self.argument(datetime.fromisoformat(found[0])).isoformat(), value)
        return value


async def drive(given: Straight) -> Outcome:
    heard, *others = given.bookings
    async with db.connected(given.url, size=1):
        said = await overheard(heard)
    bookings = iter(others)
    connections = [await asyncpg.connect(given.url, server_settings=SESSION) for _ in range(given.connections)]
    latencies: list[float] = []

    async def book_on(connection: "asyncpg.Connection[Any]", bookings: Iterator[Booking]) -> None:
        for booking in bookings:
            if (began := time.perf_counter()) > ends:
                return
            await _say(connection, said, Retold(heard, booking))
            latencies.append(time.perf_counter() - began)

    for connection in connections:  # not measured: statements are prepared, as the server's are
        await _say(connection, said, Retold(heard, next(bookings)))
    started = time.perf_counter()
    ends = started + given.seconds
    await asyncio.gather(*(book_on(connection, bookings) for connection in connections))
    elapsed = time.perf_counter() - started
    for connection in connections:
        await connection.close()
    return Outcome(elapsed, latencies, {"booked": len(latencies)})


async def _say(connection: "asyncpg.Connection[Any]", said: list[Statement], retold: Retold) -> None:
    async with connection.transaction():
        for one in said:
            arguments = [retold.argument(value) for value in one.arguments]
            if one.many:
                await connection.executemany(one.sql, arguments)
            elif one.rows is None:
                await connection.execute(one.sql, *arguments)
            else:
                rows = await connection.fetch(one.sql, *arguments)
                assert len(rows) == one.rows, f"{one.sql} brought {len(rows)} rows, not {one.rows}"


if __name__ == "__main__":
    given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Straight)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(drive(given))))
