"""The limit of booking: the statements of server.bookings.book, straight through asyncpg, with nothing around them.

No HTTP, no token, no rules, no early look without the lock; one connection per client, never given back in between.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import uvloop
from asyncpg import Range

from bench.outcome import Outcome
from server import outbox
from server.bookings import book, claims, history, notify
from server.db import SESSION
from server.ids import new_id

CHANGE = """{"status":"confirmed","starts_at":"2026-11-25T09:00:00+08:00","ends_at":"2026-11-25T10:00:00+08:00",
"units":1,"purpose":"","attendees":[]}"""


class Booking(msgspec.Struct):
    """One booking of one unit."""

    resource_id: UUID
    owner_id: UUID
    organization_id: UUID
    member_id: UUID
    account_id: UUID
    email: str
    owner_email: str
    starts_at: datetime
    ends_at: datetime


class Straight(msgspec.Struct):
    """What to book."""

    url: str
    connections: int
    seconds: float
    facts: str  # of a notice, as JSON
    bookings: list[Booking]


async def drive(given: Straight) -> Outcome:
    connections = [await asyncpg.connect(given.url, server_settings=SESSION) for _ in range(given.connections)]
    bookings = iter(given.bookings)
    latencies: list[float] = []

    async def book_on(connection: "asyncpg.Connection[Any]", bookings: Iterator[Booking]) -> None:
        for booking in bookings:
            if (began := time.perf_counter()) > ends:
                return
            async with connection.transaction():
                await _book(connection, booking, given.facts)
            latencies.append(time.perf_counter() - began)

    for connection in connections:  # not measured: statements are prepared, as the server's are
        await _book(connection, next(bookings), given.facts)
    started = time.perf_counter()
    ends = started + given.seconds
    await asyncio.gather(*(book_on(connection, bookings) for connection in connections))
    elapsed = time.perf_counter() - started
    for connection in connections:
        await connection.close()
    return Outcome(elapsed, latencies, {"booked": len(latencies)})


async def _book(connection: "asyncpg.Connection[Any]", it: Booking, facts: str) -> None:
    id, now = new_id(), datetime.now(UTC)
    await connection.fetch(claims.LOCK, it.resource_id, it.organization_id)
    window = Range(it.starts_at - claims.MARGIN, it.ends_at + claims.MARGIN)
    await connection.fetch(claims.AROUND, it.resource_id, window, None)
    await connection.execute(
        book.INSERT, it.resource_id, id, it.organization_id, it.member_id, None, "confirmed", it.starts_at, it.ends_at,
        1, "", "[]", f"{id}@straight.example", now, now, None,
    )  # fmt: skip
    during = Range(it.starts_at, it.ends_at)
    whose = ("booking", id, None, None, None, False)
    taken = await connection.fetch(claims.TAKE, it.resource_id, [new_id()], [1], during, *whose)
    assert taken, "the slot was not free"
    await connection.execute(
        history.RECORD, it.resource_id, new_id(), id, it.member_id, "booked", "", "{}", CHANGE
    )  # fmt: skip
    await connection.fetch(notify.PEOPLE, it.owner_id, it.account_id, [it.email])
    await connection.execute(
        outbox.OWE, it.resource_id, id, [new_id(), new_id()], ["confirmed", "owner_confirmed"],
        [it.email, it.owner_email], ["zh-CN", "zh-CN"], [facts, facts],
    )  # fmt: skip


if __name__ == "__main__":
    given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Straight)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(drive(given))))
