"""`python -m bench.leasing`: how long a queue takes to lease what is due, with few and with many waiting.

Statistics are taken while nothing waits, as PostgreSQL finds it on a quiet day, and then an outage fills the queue. The
figure that travels is the ratio: many waiting beside few. `--sent` says how many were sent before.
"""

import argparse
import asyncio
import statistics
import time

from bench.house import house
from server.core import db, logs
from worker.account_mail import LETTERS
from worker.notices import NOTICES
from worker.queue import Queue
from worker.webhooks import DELIVERIES

FEW, MANY = 50, 50_000
LEASES, BATCH = 40, 50
AIM_MS = 50
CHUNK = 500_000  # rows that one statement sows

ENDPOINTS = 20
OWNER = "INSERT INTO organization (id, kind, name, country) VALUES ($1::uuid, 'university', 'Bench', 'CN')"
PLACE = """
INSERT INTO resource (id, owner_id, kind, name, time_zone, week_hours)
VALUES ('00000000-0000-7000-8000-000000000001', $1::uuid, 'equipment', 'Bench', 'UTC', '{}')
"""
ACCOUNT = "INSERT INTO account (id, email, name) VALUES ($1::uuid, 'bench@example.com', 'Bench')"
MEMBER = "INSERT INTO member (id, organization_id, account_id, role) VALUES ($1::uuid, $1::uuid, $1::uuid, 'admin')"
ENDPOINT = f"""
INSERT INTO webhook_endpoint (id, organization_id, member_id, url)
SELECT md5('endpoint' || n)::uuid, $1::uuid, $1::uuid, '' FROM generate_series(0, {ENDPOINTS - 1}) n
"""
FURNITURE = (OWNER, PLACE, ACCOUNT, MEMBER, ENDPOINT)
ONE = "00000000-0000-7000-8000-000000000002"  # all of them

# Row numbers from $1 to $2, sent or not ($3). Of waiting notices half are second news of a booking, and wait for the
# first; every tenth belongs to one act, such as one closure over many bookings of one guest.
NOTICE = """
INSERT INTO notice (resource_id, id, booking_id, kind, recipient, facts, sent_at, act)
SELECT '00000000-0000-7000-8000-000000000001', gen_random_uuid(), md5((n / 2)::text)::uuid, 'moved',
    'guest' || CASE WHEN n % 10 < 2 AND NOT $3 THEN 0 ELSE n / 2 % 10000 END || '@example.com',
    jsonb_build_object('ends_at', now() + interval '1 day', 'said', repeat('x', 200)),
    CASE WHEN $3 THEN now() END, CASE WHEN n % 10 < 2 AND NOT $3 THEN 1 ELSE n END
FROM generate_series($1::bigint, $2::bigint) n
"""
LETTER = """
INSERT INTO letter (id, kind, recipient, sent_at)
SELECT gen_random_uuid(), 'digest', 'guest' || n || '@example.com', CASE WHEN $3 THEN now() END
FROM generate_series($1::bigint, $2::bigint) n
"""
DELIVERY = f"""
INSERT INTO webhook_delivery (id, endpoint_id, event_id, type, subject_id, sent_at)
SELECT gen_random_uuid(), md5('endpoint' || n % {ENDPOINTS})::uuid, gen_random_uuid(), 'booking.moved',
    md5((n / 2 / {ENDPOINTS})::text)::uuid, CASE WHEN $3 THEN now() END
FROM generate_series($1::bigint, $2::bigint) n
"""
QUEUES: dict[str, tuple[Queue, str]] = {
    "notice": (NOTICES, NOTICE), "letter": (LETTERS, LETTER), "webhook_delivery": (DELIVERIES, DELIVERY),
}  # fmt: skip


async def sow(sql: str, first: int, last: int, *, sent: bool) -> None:
    for start in range(first, last, CHUNK):
        await db.execute(sql, start, min(start + CHUNK, last) - 1, sent)


async def furnish(sent: int) -> None:
    """Let each queue have a past, and PostgreSQL know it."""
    for sql in FURNITURE:
        await db.execute(sql, *([ONE] if "$1" in sql else []))
    await db.execute("SET session_replication_role = replica")  # ten million keys need no looking up
    for table, (_, sql) in QUEUES.items():
        await sow(sql, 0, sent, sent=True)
        await db.execute(f"VACUUM ANALYZE {table}")


async def leases(queue: Queue) -> list[float]:
    """Lease batch after batch, as a worker does; in milliseconds."""
    took = []
    for _ in range(LEASES):
        started = time.perf_counter()
        await queue.lease(BATCH)
        took.append((time.perf_counter() - started) * 1000)
    return took


async def measure(sent: int) -> bool:
    """Print one table; return whether the aim was met."""
    await furnish(sent)
    print(f"\n{sent:,} sent; a lease of {BATCH}, median and longest of {LEASES}, in ms\n")
    print("| queue | 50 waiting | 50,000 waiting | ratio | aim |\n| --- | --: | --: | --: | --- |")
    met = True
    for table, (queue, sql) in QUEUES.items():
        columns = []
        for first, last in ((sent, sent + FEW), (sent + FEW, sent + MANY)):
            await sow(sql, first, last, sent=False)
            took = await leases(queue)
            columns.append((statistics.median(took), max(took)))
            await db.execute(f"UPDATE {table} SET leased_until = NULL WHERE leased_until IS NOT NULL")
        (few, _), (many, _) = columns
        met &= many <= AIM_MS
        said = " | ".join(f"{median:.1f} ({most:.1f})" for median, most in columns)
        print(f"| {table} | {said} | {many / few:.1f} | {'yes' if many <= AIM_MS else 'no'} |", flush=True)
    return met


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.leasing", description=__doc__)
    parser.add_argument("--sent", type=int, default=500_000)
    given = parser.parse_args()
    logs.configure("warning")
    # Nothing may learn meanwhile what an outage looks like.
    with house(autovacuum="off", max_wal_size="8GB", synchronous_commit="off") as ours:

        async def run() -> bool:
            async with db.connected(ours.database_url, size=1, as_role=False):
                await db.execute("SET statement_timeout = 0")
                return await measure(given.sent)

        raise SystemExit(0 if asyncio.run(run()) else 1)


if __name__ == "__main__":
    main()
