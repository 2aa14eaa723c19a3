"""Notices: messages owed to someone because something changed.

The record is the table, written in the transaction of the change. The bell (server/core/doorbell.py) only tells the
worker that there is something to do; when it is lost, the worker's own rounds find the notice.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from server.core import db
from server.core.ids import new_id
from server.outbox.facts import Facts
from server.outbox.preferences import chosen_by

State = Literal["waiting", "sent", "lapsed", "dead"]
Kind = Literal[
    "requested", "confirmed", "moved", "unsettled", "changed", "shortened", "declined", "cancelled", "withdrawn",
    "owner_requested", "owner_confirmed", "owner_moved", "owner_cancelled", "owner_withdrawn",
    "expired", "proposed", "offered", "reminder_day", "reminder_hour",
    "owner_due", "owner_expired", "owner_refused", "owner_unanswered",
    "struck", "suspended", "forgiven", "owner_appealed", "expiring",
    "finished", "released", "missed", "owner_finished", "owner_released", "handed_over", "passed_on",
    "guest_declined", "decline_refused", "counter_declined",
]  # fmt: skip

# News that matters also when the booking is over.
LASTING: tuple[Kind, ...] = ("missed", "struck", "suspended", "forgiven", "owner_appealed")

# News of which more than FEW that one act owes to one person are told in one mail. A first invitation is a mail of its
# own, for few programs show more than one of a mail; so is what asks for an answer.
TOGETHER: tuple[Kind, ...] = (
    "moved", "unsettled", "changed", "shortened", "declined", "cancelled", "withdrawn", "expired", "finished",
    "released", "handed_over", "passed_on",
    "owner_requested", "owner_confirmed", "owner_moved", "owner_cancelled", "owner_withdrawn", "owner_expired",
    "owner_finished", "owner_released",
)  # fmt: skip
FEW = 5

ERASED = "erased.invalid"  # the domain of those who were erased (server/privacy): no mail is sent there

# Here, and nowhere else, it is heeded how people want to be told: at once, in the mail of the day, or not. What is not
# mailed at once has its row, too, lapsed: reminders are known by their notices.
OWE = f"""
WITH owed AS (
    SELECT owed.*, a.id AS account_id, CASE WHEN recipient LIKE '%@{ERASED}' THEN 'off'
        ELSE coalesce(a.notifications ->> nullif(event, ''), 'now') END AS delivery
    FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
         WITH ORDINALITY AS owed (id, kind, recipient, locale, facts, event, position)
    LEFT JOIN account a ON a.email = lower(owed.recipient) AND event <> ''
), digest AS (
    INSERT INTO digest_item (id, account_id, booking_id, kind, facts)
    SELECT id, account_id, $2, kind, facts::jsonb FROM owed WHERE delivery = 'digest' ORDER BY position
)
INSERT INTO notice (resource_id, id, booking_id, kind, recipient, locale, facts, lapsed_at, act)
SELECT $1, id, $2, kind, recipient, locale, facts::jsonb, CASE WHEN delivery <> 'now' THEN now() END,
       pg_current_xact_id()::text::bigint
FROM owed ORDER BY position
"""


class Owed(msgspec.Struct, frozen=True):
    """One message to one recipient."""

    kind: Kind
    recipient: str
    locale: str
    facts: Facts


async def owe(notices: list[Owed]) -> None:
    """Record notices about one booking in the current transaction, for those who want to be told of it."""
    if not notices:
        return
    if db.DB.current_transaction.get() is None:
        raise RuntimeError("notices are owed in the transaction of the change")
    facts = notices[0].facts
    await db.execute(
        OWE,
        facts.resource_id,
        facts.series_id or facts.booking_id,
        [new_id() for _ in notices],
        [notice.kind for notice in notices],
        [notice.recipient for notice in notices],
        [notice.locale for notice in notices],
        [msgspec.json.encode(notice.facts).decode() for notice in notices],
        [chosen_by(notice.kind) for notice in notices],
    )


# The newest notices and letters in one state.
_STATE = """
CASE WHEN dead_at IS NOT NULL THEN 'dead' WHEN sent_at IS NOT NULL THEN 'sent'
     WHEN lapsed_at IS NOT NULL THEN 'lapsed' ELSE 'waiting' END AS state
"""
LISTING = f"""
SELECT id, booking_id, kind, recipient, state, owed_at, attempts, attempt_at, sent_at, last_error
FROM (
    SELECT id, booking_id, kind, recipient, owed_at, attempts, attempt_at, sent_at, last_error, position, {_STATE}
    FROM notice
    UNION ALL
    SELECT id, NULL, kind, recipient, owed_at, attempts, attempt_at, sent_at, last_error, position, {_STATE}
    FROM letter
) AS told
WHERE state = $1 AND strpos(recipient, lower($3)) > 0 ORDER BY owed_at DESC, position DESC LIMIT $2
"""

# All dead ones ($1 null): what later news has overtaken lapses instead, for a calendar might take the old for new.
REPLAY = """
WITH replayed AS (
    UPDATE notice AS old SET dead_at = NULL, leased_until = NULL, attempts = 0, attempt_at = now(), last_error = '',
        lapsed_at = CASE WHEN $1::uuid[] IS NULL AND EXISTS (
            SELECT 1 FROM notice AS later
            WHERE later.booking_id = old.booking_id AND later.recipient = old.recipient
              AND later.position > old.position AND later.sent_at IS NOT NULL
        ) THEN now() END
    WHERE dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1))
    RETURNING lapsed_at
), letters AS (
    UPDATE letter SET dead_at = NULL, leased_until = NULL, attempts = 0, attempt_at = now(), last_error = ''
    WHERE dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1))
    RETURNING 1
)
SELECT (SELECT count(*) FROM replayed WHERE lapsed_at IS NULL) + (SELECT count(*) FROM letters)
"""


class Listed(msgspec.Struct, frozen=True):
    """A notice or a letter as an operator sees it."""

    id: UUID
    booking_id: UUID | None  # none: a letter
    kind: str
    recipient: str
    state: str
    owed_at: datetime
    attempts: int
    attempt_at: datetime
    sent_at: datetime | None
    last_error: str


async def listing(state: State, limit: int = 100, recipient: str = "") -> list[Listed]:
    """List notices and letters in one state, the newest first; those whose recipient's address has this part."""
    return [Listed(**row) for row in await db.fetch(LISTING, state, limit, recipient)]


async def replay(ids: list[UUID] | None = None) -> int:
    """Owe dead notices and letters again: these, or all that no later news has overtaken. Return how many."""
    return int(await db.fetchval(REPLAY, ids))
