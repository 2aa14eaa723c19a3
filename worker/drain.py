"""The outbox relay: send what is owed. Rows that are due are leased, sent outside any transaction, and marked.

A worker that dies leaves a lease that runs out; if the server had taken the message already, it gets a second copy,
the same byte for byte.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence

import structlog

from worker.mail import SEND_SECONDS, Deferred, NotSent, Rejected
from worker.queue import LEASE_SECONDS, Queue, Row, Send

BATCH = 50
IN_A_ROW = 3  # failures after which the server is left alone until the next round
OWN = 450  # RFC 5321 4.2.2: "mailbox unavailable"; 451 and 452 are about the server

log = structlog.get_logger()


async def drain(queues: Sequence[tuple[Queue, Send]], stop: asyncio.Event) -> int:
    """Send all that is due, a batch of each queue in turn: a long one must not hold up what somebody waits for.

    It ends when the server fails or the worker stops. Return how many messages the server took.
    """
    total = 0
    going = True
    while going and not stop.is_set():
        turns = [await _turn(queue, send, stop) for queue, send in queues]
        total += sum(taken for taken, _ in turns)
        going = any(more for _, more in turns)
    return total


async def _turn(queue: Queue, send: Send, stop: asyncio.Event) -> tuple[int, bool]:
    """Send one batch. Return how many messages the server took, and whether to go on."""
    enough = time.monotonic() + LEASE_SECONDS - SEND_SECONDS
    leased = [] if stop.is_set() else await queue.lease(BATCH)
    if not leased:
        return 0, False
    batch = Batch(queue, send, leased)
    going = await batch.send(enough, stop)
    return batch.taken, going


class Batch:
    """Rows leased together, and what became of them."""

    def __init__(self, queue: Queue, send: Send, leased: list[Row]) -> None:
        self.queue, self._send = queue, send
        self.left = deque(sorted(leased, key=lambda row: (row["attempt_at"], row["position"])))
        self.failed: list[tuple[Row, NotSent]] = []
        self.taken = 0

    async def send(self, enough: float, stop: asyncio.Event) -> bool:
        """Send until `enough` (monotonic), the last moment to begin within the lease. Return whether to go on.

        Failures are judged at the end: in a batch of which the server took something, a 4xx is the row's own, unless
        the server says that it is about itself, such as a full disk.
        """
        in_a_row = 0
        while self.left and in_a_row < IN_A_ROW and time.monotonic() < enough and not stop.is_set():
            row = self.left.popleft()
            try:
                await self._one(row)
                in_a_row = 0
            except Rejected as refusal:
                log.warning("dead", of=str(row["id"]), error=str(refusal))
                await self.queue.bury(row, str(refusal))
            except NotSent as failure:
                self.failed.append((row, failure))
                in_a_row += 1
        for row, reason in self.failed:
            own = isinstance(reason, Deferred) and not reason.of_system and (self.taken > 0 or reason.code == OWN)
            log.warning("put off", of=str(row["id"]), error=str(reason), own=own)
            await self.queue.put_off(row, str(reason), own=own)
        for row in self.left:
            await self.queue.give_back(row)
        return in_a_row < IN_A_ROW

    async def _one(self, row: Row) -> None:
        if row["over"]:
            await self.queue.lapse(row)
            return
        await self._send(row)
        await self.queue.sent(row)
        self.taken += 1


def unwritable(row: Row, error: Exception) -> Deferred:
    """Say that a row cannot be written: a defect of ours, which must not hold up the others."""
    log.error("cannot be written", of=str(row["id"]), exc_info=error)
    return Deferred(OWN, f"cannot be written: {error!r}")
