"""Leasing from a queue costs the same however many wait, although PostgreSQL knows it as empty (as it is on most days).

What is counted are the rows that the plan looks at, of a plan that was made while nothing waited.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from bench.leasing import FURNITURE, ONE, QUEUES
from server.core.db import Connection
from server.outbox.notices import FEW
from tests.conftest import Services
from worker.notices import LEASE as NOTICES
from worker.webhooks import LEASE as DELIVERIES

SENT, WAITING = 4000, 500
OLD = "({0}.sent_at IS NULL AND {0}.lapsed_at IS NULL AND {0}.dead_at IS NULL)"
# All that one act owes to one guest about bookings of theirs.
BUNDLE = "UPDATE notice SET act = 1, recipient = 'guest@example.com' WHERE sent_at IS NULL"


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(await services.new_database("leasing"))
    await connection.execute("SET plan_cache_mode = force_generic_plan; SET session_replication_role = replica")
    for sql in FURNITURE:
        await connection.execute(sql, *([ONE] if "$1" in sql else []))
    yield connection
    await connection.close()


async def growth(database: Connection, table: str, lease: str, change: str = "") -> float:
    """How many times as many rows are looked at when four times as many wait."""
    _, sow = QUEUES[table]
    await database.execute(sow, 1, SENT, True)
    await database.execute(f"VACUUM ANALYZE {table}")
    given = "50, '20 s', 4" if "$3" in lease else "50, '20 s'"
    await database.execute(f"PREPARE lease AS {lease}")
    await database.execute(f"EXECUTE lease ({given})")
    looked = []
    for first, last in ((1, WAITING), (WAITING + 1, 4 * WAITING)):
        await database.execute(sow, SENT + first, SENT + last, False)
        if change:
            await database.execute(change)
        async with database.transaction():
            plan = await database.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE lease ({given})")
            await database.execute(f"UPDATE {table} SET leased_until = NULL WHERE leased_until IS NOT NULL")
        looked.append(rows(json.loads(plan)[0]["Plan"]))
    return looked[1] / looked[0]


def rows(plan: dict[str, Any]) -> float:
    """The rows that a plan and all below it looked at."""
    told = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
    here = sum(plan.get(one, 0) for one in told) * plan["Actual Loops"]
    return float(here) + sum(rows(part) for part in plan.get("Plans", []))


@pytest.mark.parametrize("table", QUEUES)
async def test_a_lease_looks_at_as_many_rows_however_many_wait(database: Connection, table: str) -> None:
    queue, _ = QUEUES[table]
    assert await growth(database, table, queue.lease_sql) < 1.5


@pytest.mark.parametrize(
    ("table", "lease", "said", "instead"),
    [
        ("notice", NOTICES, "num_nonnulls(earlier.sent_at, earlier.lapsed_at, earlier.dead_at) = 0", "earlier"),
        ("webhook_delivery", DELIVERIES, "coalesce(first.sent_at, first.lapsed_at, first.dead_at) IS NULL", "first"),
    ],
)
async def test_control_in_the_words_of_another_index_it_walks_through_all(
    database: Connection, table: str, lease: str, said: str, instead: str
) -> None:
    assert said in lease
    assert await growth(database, table, lease.replace(said, OLD.format(instead))) > 3


async def test_what_one_act_owes_to_one_guest_is_looked_at_once(database: Connection) -> None:
    assert await growth(database, "notice", NOTICES, BUNDLE) < 5


async def test_control_counted_to_the_end_it_is_looked_at_for_each(database: Connection) -> None:
    counted = NOTICES.replace(f" LIMIT {FEW + 1}", "")
    assert counted != NOTICES
    assert await growth(database, "notice", counted, BUNDLE) > 10
