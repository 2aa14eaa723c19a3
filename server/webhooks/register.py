"""Register an endpoint, change it, give it a new secret, remove it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db, outbound
from server.core.actor import Actor
from server.core.doorbell import ring
from server.core.encryption import seal
from server.core.errors import AddressRefused, TooManyWebhooks
from server.core.ids import new_id
from server.outbox.deliveries import owe_test
from server.webhooks import sign, views
from server.webhooks.schemas import Endpoint, EndpointPatch, EndpointWithSecret, NewEndpoint

MOST = 20  # endpoints of one organization
OVERLAP = timedelta(hours=24)  # in which receivers may still know the secret before

LOCK = "SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE"
COUNT = "SELECT count(*) FROM webhook_endpoint WHERE organization_id = $1 AND removed_at IS NULL"
INSERT = """
INSERT INTO webhook_endpoint (id, organization_id, member_id, url, description, events, sealed_secret)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
UPDATE = """
UPDATE webhook_endpoint SET url = $2, description = $3, events = $4,
    disabled_at = CASE WHEN $5 THEN NULL ELSE coalesce(disabled_at, now()) END,
    failing_since = CASE WHEN $5 AND disabled_at IS NOT NULL THEN NULL ELSE failing_since END
WHERE id = $1
"""
ROTATE = """
UPDATE webhook_endpoint SET generation = generation + 1, sealed_before = sealed_secret, sealed_secret = $3,
    overlap_until = now() + $2
WHERE id = $1
"""
REMOVE = "UPDATE webhook_endpoint SET removed_at = now() WHERE id = $1"
LAPSE = """
UPDATE webhook_delivery SET lapsed_at = now()
WHERE endpoint_id = $1 AND sent_at IS NULL AND dead_at IS NULL AND lapsed_at IS NULL
"""


async def register(given: NewEndpoint, by: Actor) -> EndpointWithSecret:
    """Add an endpoint and tell its secret. Raises Forbidden, AddressRefused, TooManyWebhooks."""
    refuse_unless_runs_all(by)
    await _refuse_address(given.url)
    id, secret = new_id(), sign.new_secret()
    async with acting(by):
        await db.execute(LOCK, by.organization_id)
        if await db.fetchval(COUNT, by.organization_id) >= MOST:
            raise TooManyWebhooks(f"remove one; {MOST} is the limit", limit=MOST)
        events = [*dict.fromkeys(given.events)]
        values = (by.organization_id, by.member_id, seal(given.url), given.description, events, seal(secret))
        await db.execute(INSERT, id, *values)
        await _record("created", id, by, became=_told(given.url, given.description, events))
    return _with_secret(await views.endpoint(id, by), secret)


async def revise(id: UUID, given: EndpointPatch, by: Actor) -> Endpoint:
    """Change what is named. Raises NotFound, Forbidden, AddressRefused."""
    if given.url is not UNSET:
        await _refuse_address(given.url)
    async with acting(by):
        was = await _locked(id, by)
        url = was.url if given.url is UNSET else given.url
        description = was.description if given.description is UNSET else given.description
        events = was.events if given.events is UNSET else [*dict.fromkeys(given.events)]
        enabled = was.disabled_at is None if given.enabled is UNSET else given.enabled
        await db.execute(UPDATE, id, seal(url), description, events, enabled)
        before = _told(was.url, was.description, was.events) | {"enabled": was.disabled_at is None}
        await _record("revised", id, by, before, _told(url, description, events) | {"enabled": enabled})
    ring()  # for what waited while it was switched off
    return await views.endpoint(id, by)


async def rotate(id: UUID, by: Actor) -> EndpointWithSecret:
    """Give it a new secret; for OVERLAP both sign. Raises NotFound, Forbidden."""
    secret = sign.new_secret()
    async with acting(by):
        await _locked(id, by)
        await db.execute(ROTATE, id, OVERLAP, seal(secret))
        await _record("rotated", id, by)
    return _with_secret(await views.endpoint(id, by), secret)


async def remove(id: UUID, by: Actor) -> None:
    """End it; what waits is not sent any more. Raises NotFound, Forbidden."""
    async with acting(by):
        await _locked(id, by)
        await db.execute(REMOVE, id)
        await db.execute(LAPSE, id)
        await _record("removed", id, by)


async def test(id: UUID, by: Actor) -> UUID:
    """Owe it an event that tells of nothing; return the id of its delivery. Raises NotFound, Forbidden."""
    async with acting(by):
        await _locked(id, by)
        delivery_id = await owe_test(id)
    ring()
    return delivery_id


async def _locked(id: UUID, by: Actor) -> Endpoint:
    await db.execute(LOCK, by.organization_id)
    return await views.endpoint(id, by)


async def _refuse_address(url: str) -> None:
    if outbound.target(url).userinfo:
        raise AddressRefused("it must not carry a password; verify the signature")
    await outbound.refuse_unless_allowed(url)


def _told(url: str, description: str, events: list[str]) -> dict[str, Any]:
    """What the audit log says: addresses of webhooks often are secrets, so of theirs only the host."""
    return {"host": outbound.target(url).host, "description": description, "events": events}


async def _record(
    verb: str, id: UUID, by: Actor, was: dict[str, Any] | None = None, became: dict[str, Any] | None = None
) -> None:
    await audit.record(verb, "webhook", id, by, of=by.organization_id, was=was, became=became)


def _with_secret(made: Endpoint, secret: str) -> EndpointWithSecret:
    return EndpointWithSecret(**msgspec.structs.asdict(made), secret=secret)
