"""The pages of what programs use: tokens and webhooks, made, shown once and taken back."""

import re

import httpx
import pytest

from server.core import db
from server.webhooks import register
from tests import factories
from tests.site.visiting import visiting

TOKENS, WEBHOOKS = "/organization/tokens", "/organization/webhooks"


async def test_a_token_is_shown_once_works_and_is_revoked(client: httpx.AsyncClient) -> None:
    person = await factories.person(locale="en")
    reader = await visiting(client, person)
    await reader.open(TOKENS)
    await reader.send(TOKENS, label=" ", scopes="")
    assert (reader.status, sorted(reader.errors)) == (422, ["label", "scope-read"])
    await reader.send(TOKENS, label="Laboratory", scopes="read", days="730")
    found = re.search(r'value="(rt_[^"]+)"', reader.text)
    assert found, reader.text
    bearer = {"Authorization": f"Bearer {found[1]}"}
    assert (await client.get("/api/v1/me", headers=bearer)).status_code == 200
    assert (await client.post("/api/v1/bookings", json={}, headers=bearer)).status_code == 403
    await reader.open(TOKENS)
    assert found[1] not in reader.text
    id = await db.fetchval("SELECT id FROM api_token WHERE label = 'Laboratory'")
    await reader.send(f"{TOKENS}/{id}/revoke")
    assert reader.path == f"{TOKENS}?done=revoked"
    assert (await client.get("/api/v1/me", headers=bearer)).status_code == 401


async def test_a_webhook_is_added_tested_switched_and_removed(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await visiting(client, await factories.person(locale="en"))
    await reader.open(WEBHOOKS)
    await reader.send(WEBHOOKS, url="http://127.0.0.1/", events="booking.*")
    assert (reader.status, reader.errors) == (422, ["url"])
    await reader.open(WEBHOOKS)
    await reader.send(WEBHOOKS, url="https://example.com/", events="")
    assert (reader.status, reader.errors) == (422, ["event-1"])

    async def allowed(_: str) -> None:
        """The network of the tests ends at this machine."""

    monkeypatch.setattr(register, "_refuse_address", allowed)
    await reader.send(WEBHOOKS, url="https://listener.example/", description="Laboratory", events="booking.*")
    assert "shown this once" in reader.text
    id = await db.fetchval("SELECT id FROM webhook_endpoint WHERE description = 'Laboratory'")
    one = f"{WEBHOOKS}/{id}"
    await reader.open(one)
    assert "https://listener.example/" in reader.text
    await reader.send(f"{one}/test")
    assert (reader.path, "webhook.test" in reader.text) == (f"{one}?done=tested", True)
    delivery = await db.fetchval("SELECT id FROM webhook_delivery WHERE endpoint_id = $1", id)
    await db.execute("UPDATE webhook_delivery SET dead_at = now() WHERE id = $1", delivery)
    await reader.open(f"{one}?state=dead")
    await reader.send(f"{one}/deliveries/{delivery}/replay")
    assert reader.path == f"{one}?done=replayed"
    assert await db.fetchval("SELECT dead_at IS NULL FROM webhook_delivery WHERE id = $1", delivery)
    for verb, done in (("off", "off"), ("on", "on"), ("replay", "replayed")):
        await reader.send(f"{one}/{verb}")
        assert reader.path == f"{one}?done={done}"
    await reader.send(f"{one}/rotate")
    assert "For a day the old one signs as well" in reader.text
    await reader.send(f"{one}/remove")
    assert reader.path == f"{WEBHOOKS}?done=removed"
    await reader.open(one)
    assert reader.status == 404


async def test_the_webhook_of_another_is_not_there(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def allowed(_: str) -> None:
        """The network of the tests ends at this machine."""

    monkeypatch.setattr(register, "_refuse_address", allowed)
    one, other = await factories.person(), await factories.person(locale="en")
    made = await client.post("/api/v1/webhooks", json={"url": "https://listener.example/"}, headers=one.bearer)
    reader = await visiting(client, other)
    await reader.open(f"{WEBHOOKS}/{made.json()['id']}")
    assert reader.status == 404
