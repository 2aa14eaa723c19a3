"""Send what is owed: lease due notices, send them outside any transaction, mark them.

A notice is due when its time has come and no earlier one about the same booking to the same recipient is outstanding.
A worker that dies leaves a lease that runs out; if the server had taken the message already, it gets a second copy,
the same byte for byte. Why each number: docs/decisions/0030-notices-are-leased.md.
"""

import asyncio
import time
from collections import deque
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from server import db
from server.calendars.facts import Facts
from server.calendars.invitations import message
from server.outbox import LASTING
from worker.mail import SEND_SECONDS, Deferred, Mail, NotSent, Rejected

LEASE_SECONDS = 20  # a killed worker's notices wait this long, so it stays below half a minute
BATCH = 50
IN_A_ROW = 3  # failures after which the server is left alone until the next round
PROBE_SECONDS = 15  # when the server is the reason
BACK_OFF_SECONDS = 15  # when the notice is the reason: doubling ...
LONGEST_SECONDS = 3600  # ... up to this
ATTEMPTS = 128  # which take five days
OWN = 450  # RFC 5321 4.2.2: "mailbox unavailable"; 451 and 452 are about the server

# The order is by time due, so that what was just put off does not stand in the way of what was not yet tried.
_LASTING = ", ".join(f"'{kind}'" for kind in LASTING)
LEASE = f"""
WITH due AS (
    SELECT n.resource_id, n.id FROM notice AS n
    WHERE n.sent_at IS NULL AND n.lapsed_at IS NULL AND n.dead_at IS NULL AND n.attempt_at <= now()
      AND (n.leased_until IS NULL OR n.leased_until <= now())
      AND NOT EXISTS (
          SELECT 1 FROM notice AS earlier
          WHERE earlier.booking_id = n.booking_id AND earlier.recipient = n.recipient
            AND earlier.position < n.position
            AND earlier.sent_at IS NULL AND earlier.lapsed_at IS NULL AND earlier.dead_at IS NULL
      )
    ORDER BY n.attempt_at, n.position LIMIT $1 FOR UPDATE OF n SKIP LOCKED
)
UPDATE notice AS n SET leased_until = now() + $2
FROM due WHERE n.resource_id = due.resource_id AND n.id = due.id
RETURNING n.resource_id, n.id, n.position, n.kind, n.recipient, n.locale, n.facts, n.attempt_at, n.leased_until,
    n.kind NOT IN ({_LASTING}) AND NOT EXISTS (
        SELECT 1 FROM notice AS told
        WHERE told.booking_id = n.booking_id AND told.recipient = n.recipient
          AND (told.facts ->> 'ends_at')::timestamptz > now()
    ) OR coalesce((n.facts ->> 'valid_until')::timestamptz <= now(), false) AS over
"""  # noqa: S608 - only constants are put in

_MINE = "WHERE resource_id = $1 AND id = $2 AND sent_at IS NULL"
SENT = f"UPDATE notice SET sent_at = now(), leased_until = NULL {_MINE}"  # noqa: S608
LAPSED = f"UPDATE notice SET lapsed_at = now(), leased_until = NULL {_MINE} AND leased_until = $3"  # noqa: S608
DEAD = f"""
UPDATE notice SET dead_at = now(), leased_until = NULL, attempts = attempts + 1, last_error = $4
{_MINE} AND leased_until = $3
"""  # noqa: S608
# $5: the notice is the reason (it backs off, and dies of too many attempts), or the server is (it is probed).
PUT_OFF = f"""
UPDATE notice SET leased_until = NULL, last_error = $4, attempts = attempts + $5::int,
    attempt_at = now() + make_interval(secs => CASE WHEN $5::int = 1
        THEN least({BACK_OFF_SECONDS} * 2.0 ^ least(attempts, 20), {LONGEST_SECONDS}) ELSE {PROBE_SECONDS} END),
    dead_at = CASE WHEN attempts + $5::int >= {ATTEMPTS} THEN now() END
{_MINE} AND leased_until = $3
"""  # noqa: S608
GIVE_BACK = f"UPDATE notice SET leased_until = NULL {_MINE} AND leased_until = $3"  # noqa: S608

log = structlog.get_logger()


async def drain(mail: Mail, sender: str, base_url: str, stop: asyncio.Event) -> int:
    """Send all that is due, or until the server fails or the worker stops. Return how many messages it took."""
    total = 0
    going = True
    while going and not stop.is_set():
        enough = time.monotonic() + LEASE_SECONDS - SEND_SECONDS
        leased = await db.fetch(LEASE, BATCH, timedelta(seconds=LEASE_SECONDS))
        if not leased:
            break
        batch = Batch(mail, sender, base_url, leased)
        going = await batch.send(enough, stop)
        total += batch.taken
    return total


class Batch:
    """Notices leased together, and what became of them."""

    def __init__(self, mail: Mail, sender: str, base_url: str, leased: list[Any]) -> None:
        self.mail, self.sender, self.base_url = mail, sender, base_url
        self.left = deque(sorted(leased, key=lambda row: (row["attempt_at"], row["position"])))
        self.failed: list[tuple[Any, NotSent]] = []
        self.taken = 0

    async def send(self, enough: float, stop: asyncio.Event) -> bool:
        """Send until `enough` (monotonic), the last moment to begin within the lease. Return whether to go on.

        Failures are judged at the end: in a batch of which the server took something, a 4xx is the notice's own.
        """
        in_a_row = 0
        while self.left and in_a_row < IN_A_ROW and time.monotonic() < enough and not stop.is_set():
            notice = self.left.popleft()
            try:
                await self._one(notice)
                in_a_row = 0
            except Rejected as refusal:
                log.warning("notice dead", notice=str(notice["id"]), error=str(refusal))
                await self._mark(DEAD, notice, str(refusal))
            except NotSent as failure:
                self.failed.append((notice, failure))
                in_a_row += 1
        for notice, reason in self.failed:
            own = isinstance(reason, Deferred) and (self.taken > 0 or reason.code == OWN)
            log.warning("notice put off", notice=str(notice["id"]), error=str(reason), own=own)
            await self._mark(PUT_OFF, notice, str(reason), int(own))
        for notice in self.left:
            await self._mark(GIVE_BACK, notice)
        return in_a_row < IN_A_ROW

    async def _one(self, notice: Any) -> None:
        if notice["over"]:
            await self._mark(LAPSED, notice)
            return
        await self.mail.send(notice["recipient"], self._render(notice))
        await db.execute(SENT, notice["resource_id"], notice["id"])
        self.taken += 1

    def _render(self, notice: Any) -> bytes:
        try:
            return message(
                kind=notice["kind"],
                recipient=notice["recipient"],
                locale=notice["locale"],
                facts=msgspec.json.decode(notice["facts"], type=Facts),
                sender=self.sender,
                base_url=self.base_url,
            )
        except Exception as error:  # a defect of ours must not hold up the others' notices
            log.exception("notice cannot be written", notice=str(notice["id"]))
            raise Deferred(OWN, f"cannot be written: {error!r}") from error

    async def _mark(self, sql: str, notice: Any, *more: Any) -> None:
        await db.execute(sql, notice["resource_id"], notice["id"], notice["leased_until"], *more)
