"""Send again what was given up: mails, or deliveries to webhooks."""

from typing import Any
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.access.person import Person
from server.core import db
from server.core.doorbell import ring
from server.outbox import notices

# A removed endpoint takes nothing any more.
REPLAY_WEBHOOKS = """
UPDATE webhook_delivery d SET dead_at = NULL, leased_until = NULL, attempts = 0, attempt_at = now(), last_error = ''
FROM webhook_endpoint w
WHERE w.id = d.endpoint_id AND w.removed_at IS NULL AND d.dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR d.id = ANY($1))
RETURNING d.id
"""


async def replay_mails(ids: list[UUID] | None, by: Person) -> int:
    """Owe these dead mails again, or all that no later news has overtaken; return how many."""
    async with acting(by):
        count = await notices.replay(ids)
        await _record("mail", ids, count, by)
    ring()
    return count


async def replay_webhooks(ids: list[UUID] | None, by: Person) -> int:
    """Owe these dead deliveries to webhooks again, or all; return how many."""
    async with acting(by):
        count = len(await db.fetch(REPLAY_WEBHOOKS, ids))
        await _record("webhook", ids, count, by)
    ring()
    return count


async def _record(noun: str, ids: list[UUID] | None, count: int, by: Person) -> None:
    became: dict[str, Any] = {"count": count, "ids": ids or "all"}
    await audit.record("replayed", noun, None, by, of=None, became=became, operator=True)
