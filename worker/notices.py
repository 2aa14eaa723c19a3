"""The queue of notices, which are about bookings.

A notice is due when its time has come and no earlier one about the same booking to the same recipient is outstanding.
"""

import msgspec

from server.calendars.facts import Facts
from server.calendars.invitations import message
from server.outbox import LASTING
from worker.drain import unwritable
from worker.mail import Mail
from worker.queue import Queue, Row, Send

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

NOTICES = Queue("notice", ("resource_id", "id"), LEASE)


def sending(mail: Mail, sender: str, base_url: str, *, plus: bool = False) -> Send:
    """Make what sends a notice; `plus`: invitations come from addresses of their own."""

    async def send(row: Row) -> None:
        await mail.send(row["recipient"], _written(row, sender, base_url, plus=plus))

    return send


def _written(row: Row, sender: str, base_url: str, *, plus: bool) -> bytes:
    try:
        return message(
            kind=row["kind"],
            recipient=row["recipient"],
            locale=row["locale"],
            facts=msgspec.json.decode(row["facts"], type=Facts),
            sender=sender,
            base_url=base_url,
            plus=plus,
        )
    except Exception as error:
        raise unwritable(row, error) from error
