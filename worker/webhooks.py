"""Deliver events to webhooks: many endpoints at once, what is told of one booking in order, each within its lease.

Unlike the one mail server every endpoint is a machine of its own. A slow or dead one holds up only itself: of one that
fails a single delivery is tried at a time.
"""

import asyncio
import time
from contextlib import suppress

import structlog

from server.core import db, outbound
from server.core.encryption import Unreadable, unseal
from server.core.errors import AddressRefused
from server.webhooks import disable, sign
from worker.queue import Queue, Row

AT_ONCE = 40  # deliveries of this worker
EACH = 4  # of one endpoint
ANSWER = 500  # bytes of an answer that are kept
STOP_SECONDS = 3  # what is on its way when the worker stops may take so long; its lease ends by itself

# Of each endpoint the first few whose time has come and before which nothing of the same subject waits; of these, those
# that nobody has. Each of the two is asked in the words of one index (docs/decisions/0234).
LEASE = """
WITH due AS (
    SELECT d.id FROM webhook_endpoint AS w
    CROSS JOIN LATERAL (
        SELECT d.id, d.attempt_at FROM webhook_delivery AS d
        WHERE d.endpoint_id = w.id AND d.sent_at IS NULL AND d.lapsed_at IS NULL AND d.dead_at IS NULL
          AND d.attempt_at <= now()
          AND d.position = (
              SELECT first.position FROM webhook_delivery AS first
              WHERE first.endpoint_id = d.endpoint_id AND first.subject_id = d.subject_id
                AND coalesce(first.sent_at, first.lapsed_at, first.dead_at) IS NULL
              ORDER BY first.position LIMIT 1
          )
        ORDER BY d.attempt_at LIMIT CASE WHEN w.failing_since IS NULL THEN $3 ELSE 1 END
    ) AS first
    JOIN webhook_delivery AS d ON d.id = first.id
    WHERE w.disabled_at IS NULL AND w.removed_at IS NULL AND (d.leased_until IS NULL OR d.leased_until <= now())
    ORDER BY first.attempt_at LIMIT $1 FOR UPDATE OF d SKIP LOCKED
)
UPDATE webhook_delivery AS d SET leased_until = now() + $2
FROM due, webhook_endpoint AS w WHERE d.id = due.id AND w.id = d.endpoint_id
RETURNING d.id, d.position, d.event_id, d.endpoint_id, d.payload::text AS payload, d.attempt_at, d.leased_until,
    w.url, w.sealed_secret, w.sealed_before, w.generation, coalesce(w.overlap_until > now(), false) AS overlapping
"""

NOTE = """
UPDATE webhook_delivery SET tried_at = now(), status = $2, milliseconds = $3, answer = $4 WHERE id = $1
"""

log = structlog.get_logger()


class Deliveries(Queue):
    """The queue of deliveries. A lease takes at most EACH of an endpoint."""

    def __init__(self) -> None:
        super().__init__("webhook_delivery", ("id",), LEASE)

    async def lease(self, most: int) -> list[Row]:
        return await self._lease(most, EACH)


DELIVERIES = Deliveries()


async def deliver(stop: asyncio.Event) -> int:
    """Deliver all that is due, or until the worker stops. Return how many were tried."""
    tried = 0
    under_way: set[asyncio.Task[None]] = set()
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            leased = await DELIVERIES.lease(AT_ONCE - len(under_way)) if len(under_way) < AT_ONCE else []
            tried += len(leased)
            under_way |= {asyncio.create_task(_one(row)) for row in leased}
            if not under_way:
                break
            await asyncio.wait({*under_way, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finished = {one for one in under_way if one.done()}
            under_way -= finished
            for one in finished:
                one.result()
    finally:
        stopping.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=STOP_SECONDS)
        for one in under_way:
            one.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*under_way, return_exceptions=True)
    return tried


async def _one(row: Row) -> None:
    """Try one delivery and note what became of it."""
    started = time.monotonic()
    status, content, error = None, b"", ""
    body = row["payload"].encode()
    try:
        headers = sign.headers(row["event_id"], int(time.time()), body, _secrets(row))
        answer = await outbound.post(unseal(row["url"]), headers | {"Accept-Encoding": "identity"}, body, most=ANSWER)
        status, content = answer.status, answer.body
    except (outbound.Unreached, AddressRefused) as refusal:
        error = str(refusal)
    except Unreadable:
        error = "its address was sealed with another RONGTONG_SECRET; set it anew"
    milliseconds = int((time.monotonic() - started) * 1000)
    await db.execute(NOTE, row["id"], status, milliseconds, _readable(content))
    if status is not None and 200 <= status < 300:
        await DELIVERIES.sent(row)
        await disable.note_success(row["endpoint_id"])
        return
    told = error or f"it answered {status}"
    log.warning("webhook put off", of=str(row["id"]), error=told)
    await DELIVERIES.put_off(row, told, own=True)
    await disable.note_failure(row["endpoint_id"], status, told)


def _secrets(row: Row) -> list[str]:
    """The secrets that count: while they overlap, the one before as well."""
    told = [(row["sealed_secret"], row["generation"]), (row["sealed_before"], row["generation"] - 1)]
    return [sign.secret(sealed, row["endpoint_id"], of) for sealed, of in told[: 1 + row["overlapping"]]]


def _readable(content: bytes) -> str:
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in content.decode("utf-8", "replace"))
