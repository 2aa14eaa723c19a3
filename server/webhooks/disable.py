"""Disable an endpoint that has taken nothing for days, and note how each does. Its admins get a letter."""

from datetime import datetime, timedelta
from uuid import UUID

import httpx

from server import audit
from server.core import db
from server.core.db import transaction
from server.outbox.account_mail import owe
from server.webhooks import views

PATIENCE = timedelta(days=5)  # of nothing but failures
GONE = 410  # "remove me", says Standard Webhooks

WELL = "UPDATE webhook_endpoint SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL"
FAILING = """
UPDATE webhook_endpoint SET failing_since = coalesce(failing_since, now()) WHERE id = $1 AND removed_at IS NULL
RETURNING failing_since, now() AS now
"""
DISABLE = """
UPDATE webhook_endpoint SET disabled_at = now() WHERE id = $1 AND disabled_at IS NULL AND removed_at IS NULL
RETURNING organization_id, url, failing_since
"""
ADMINS = """
SELECT a.email, a.locale, a.name FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND m.role = 'admin' ORDER BY a.email
"""


async def note_success(endpoint_id: UUID) -> None:
    await db.execute(WELL, endpoint_id)


async def note_failure(endpoint_id: UUID, status: int | None, told: str) -> None:
    """Remember since when it fails. Gone, or failing for PATIENCE: switch it off."""
    row = await db.fetchrow(FAILING, endpoint_id)
    if row is not None and (status == GONE or row["now"] - row["failing_since"] > PATIENCE):
        await disable(endpoint_id, told)


async def disable(endpoint_id: UUID, told: str) -> None:
    """Switch an endpoint off and let the organization's admins know. What waits for it goes on waiting."""
    async with transaction():
        row = await db.fetchrow(DISABLE, endpoint_id)
        if row is None:
            return
        since: datetime | None = row["failing_since"]
        host = httpx.URL(views.address(row["url"])).host
        await audit.record("disabled", "webhook", endpoint_id, None, of=row["organization_id"])
        for admin in await db.fetch(ADMINS, row["organization_id"]):
            await owe(
                "webhook_disabled",
                admin["email"],
                admin["locale"],
                name=admin["name"],
                host=host,
                since=f"{since:%Y-%m-%d %H:%M} UTC" if since else "",
                error=told,
            )
