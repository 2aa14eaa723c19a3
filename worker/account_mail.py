"""The queue of account mail, letters about no booking: to confirm an address, to invite, to reset a password."""

import msgspec

from server.account_mail.write import write
from server.outbox.account_mail import Told
from worker.drain import unwritable
from worker.mail import Mail
from worker.queue import Queue, Row, Send

LEASE = """
WITH due AS (
    SELECT l.id FROM letter AS l
    WHERE l.sent_at IS NULL AND l.lapsed_at IS NULL AND l.dead_at IS NULL AND l.attempt_at <= now()
      AND (l.leased_until IS NULL OR l.leased_until <= now())
    ORDER BY l.attempt_at LIMIT $1 FOR UPDATE OF l SKIP LOCKED
)
UPDATE letter AS l SET leased_until = now() + $2
FROM due WHERE l.id = due.id
RETURNING l.id, l.position, l.kind, l.recipient, l.locale, l.facts, l.owed_at, l.attempt_at, l.leased_until,
    coalesce(l.valid_until <= now(), false) AS over
"""

LETTERS = Queue("letter", ("id",), LEASE)


def sending(mail: Mail, sender: str, base_url: str) -> Send:
    """Make what sends a letter."""

    async def send(row: Row) -> None:
        await mail.send(row["recipient"], _written(row, sender, base_url))

    return send


def _written(row: Row, sender: str, base_url: str) -> bytes:
    try:
        told = msgspec.json.decode(row["facts"], type=Told)
        return write(
            id=row["id"],
            kind=row["kind"],
            recipient=row["recipient"],
            locale=row["locale"],
            owed_at=row["owed_at"],
            facts=told.facts,
            link=told.link,
            sender=sender,
            base_url=base_url,
        )
    except Exception as error:
        raise unwritable(row, error) from error
