"""The queue of notices, which are about bookings.

A notice is due when its time has come and no earlier one about the same booking to the same recipient is outstanding.
What one act owes to one recipient about many bookings goes out in one mail: the first of these notices stands for all,
and they wait, are sent and die together (docs/decisions/0176).
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from server.calendars import many
from server.calendars.invitations import message
from server.core import db
from server.core.db import transaction
from server.outbox.facts import Facts
from server.outbox.notices import FEW, LASTING, TOGETHER
from worker.drain import unwritable
from worker.mail import Mail
from worker.queue import Queue, Row, Send


# That a notice is outstanding is said in three ways. An index of what waits is empty most of the time, so PostgreSQL
# takes it to be the cheapest for whatever it can be used for, and walks through all of it for each row when it is full.
# So each has words of its own, and one question that it can answer (docs/decisions/0234).
def _outstanding(name: str) -> str:
    """In the words of notice_waiting: by time due."""
    return f"{name}.sent_at IS NULL AND {name}.lapsed_at IS NULL AND {name}.dead_at IS NULL"


def _outstanding_of_act(name: str) -> str:
    """In the words of notice_together: by act and recipient."""
    return f"coalesce({name}.sent_at, {name}.lapsed_at, {name}.dead_at) IS NULL"


def _outstanding_of_booking(name: str) -> str:
    """In the words of none, so that all of a booking are read, which are few."""
    return f"num_nonnulls({name}.sent_at, {name}.lapsed_at, {name}.dead_at) = 0"


def _listed(kinds: Sequence[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


# What goes out with a notice n, in its order.
_WITH = f"""
SELECT f.resource_id, f.id, f.booking_id, f.position, f.kind, f.facts FROM notice f
WHERE f.act = n.act AND f.recipient = n.recipient AND f.kind IN ({_listed(TOGETHER)}) AND {_outstanding_of_act("f")}
ORDER BY f.position
"""
_MANY = f"""
(n.act IS NOT NULL AND n.kind IN ({_listed(TOGETHER)})
    AND (SELECT count(*) FROM ({_WITH} LIMIT {FEW + 1}) AS f) > {FEW})
"""

# The order is by time due, so that what was just put off does not stand in the way of what was not yet tried.
# OFFSET 0: looked up for each row, not joined.
LEASE = f"""
WITH due AS (
    SELECT n.resource_id, n.id FROM notice AS n
    WHERE {_outstanding("n")} AND n.attempt_at <= now()
      AND (n.leased_until IS NULL OR n.leased_until <= now())
      AND NOT EXISTS (
          SELECT 1 FROM notice AS earlier
          WHERE earlier.booking_id = n.booking_id AND earlier.recipient = n.recipient
            AND earlier.position < n.position
            AND {_outstanding_of_booking("earlier")} OFFSET 0
      )
      AND NOT ({_MANY} AND (
          (SELECT f.position FROM ({_WITH} LIMIT 1) AS f) < n.position
          OR EXISTS (
              SELECT 1 FROM ({_WITH}) AS f JOIN notice before ON before.booking_id = f.booking_id
                  AND before.recipient = n.recipient AND before.position < f.position
              WHERE {_outstanding_of_booking("before")} AND before.act IS DISTINCT FROM n.act OFFSET 0
          )
      ))
    ORDER BY n.attempt_at LIMIT $1 FOR UPDATE OF n SKIP LOCKED
)
UPDATE notice AS n SET leased_until = now() + $2
FROM due WHERE n.resource_id = due.resource_id AND n.id = due.id
RETURNING n.resource_id, n.id, n.position, n.kind, n.recipient, n.locale, n.facts, n.attempt_at, n.leased_until,
    {_MANY} AS many,
    n.kind NOT IN ({_listed(LASTING)}) AND NOT EXISTS (
        SELECT 1 FROM notice AS told
        WHERE told.booking_id = n.booking_id AND told.recipient = n.recipient
          AND (told.facts ->> 'ends_at')::timestamptz > now() OFFSET 0
    ) AND NOT EXISTS (
        SELECT 1 FROM ({_WITH}) AS f WHERE {_MANY} AND (f.facts ->> 'ends_at')::timestamptz > now() OFFSET 0
    ) OR coalesce((n.facts ->> 'valid_until')::timestamptz <= now(), false) AS over
"""

# All that goes out with one, what is over left out.
TOLD = f"""
SELECT f.kind, f.facts FROM notice n CROSS JOIN LATERAL ({_WITH}) AS f
WHERE n.resource_id = $1 AND n.id = $2 AND (f.facts ->> 'ends_at')::timestamptz > now() ORDER BY f.position
"""

# What became of the first has become of all.
FOLLOW = f"""
UPDATE notice SET sent_at = n.sent_at, lapsed_at = n.lapsed_at, dead_at = n.dead_at, last_error = n.last_error
FROM notice n CROSS JOIN LATERAL ({_WITH}) AS f
WHERE n.resource_id = $1 AND n.id = $2 AND NOT ({_outstanding("n")})
  AND notice.resource_id = f.resource_id AND notice.id = f.id
"""


class Notices(Queue):
    """The queue in which one row may stand for many."""

    async def sent(self, row: Row) -> None:
        async with transaction():
            await super().sent(row)
            await _follow(row)

    async def _mark(self, sql: str, row: Row, *more: Any) -> None:
        async with transaction():
            await super()._mark(sql, row, *more)
            await _follow(row)


async def _follow(row: Row) -> None:
    if row["many"]:
        await db.execute(FOLLOW, row["resource_id"], row["id"])


NOTICES = Notices("notice", ("resource_id", "id"), LEASE)


def sending(mail: Mail, sender: str, base_url: str, *, plus: bool = False) -> Send:
    """Make what sends a notice; `plus`: invitations come from addresses of their own."""

    async def send(row: Row) -> None:
        told = [row]
        if row["many"]:
            told = await db.fetch(TOLD, row["resource_id"], row["id"]) or told
        await mail.send(row["recipient"], _written(row, told, sender, base_url, plus=plus))

    return send


def _written(row: Row, told: Sequence[Row], sender: str, base_url: str, *, plus: bool) -> bytes:
    known: dict[str, Any] = {
        "recipient": row["recipient"], "locale": row["locale"], "sender": sender, "base_url": base_url, "plus": plus,
    }  # fmt: skip
    try:
        news = [(one["kind"], msgspec.json.decode(one["facts"], type=Facts)) for one in told]
        if row["many"]:
            return many.message(news, **known)
        [(kind, facts)] = news
        return message(kind=kind, facts=facts, **known)
    except Exception as error:
        raise unwritable(row, error) from error
