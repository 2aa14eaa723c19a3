"""Who may read the numbers of the process."""

import httpx
import msgspec
import pytest

from server.application import health
from server.core import proxies
from server.core.db import execute
from server.core.settings import settings
from tests import factories
from tests.application.conftest import TOKEN

HERE = "http://127.0.0.1:8000/metrics"


async def test_strangers_do_not_read_the_numbers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")
    assert "rongtong_" not in answer.text


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment for this machine alone."""
    given = msgspec.structs.replace(settings(), hosts="")
    monkeypatch.setattr(proxies, "settings", lambda: given)


async def test_who_is_at_the_machine_reads_them(client: httpx.AsyncClient, alone: None) -> None:
    assert "rongtong_requests_total" in (await client.get(HERE)).text
    through_a_proxy = await client.get(HERE, headers={"X-Forwarded-For": "203.0.113.9"})
    assert through_a_proxy.status_code == 401


async def test_control_without_looking_for_a_proxy_everybody_behind_one_reads_them(
    client: httpx.AsyncClient, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "TRACES", (b"nothing",))
    assert (await client.get(HERE, headers={"X-Forwarded-For": "203.0.113.9"})).status_code == 200


async def test_a_prometheus_reads_them_by_its_token(client: httpx.AsyncClient, token: dict[str, str]) -> None:
    assert (await client.get("/metrics", headers=token)).status_code == 200
    for wrong in ("Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", ""):
        assert (await client.get("/metrics", headers={"Authorization": wrong})).status_code == 401


async def test_without_a_token_no_empty_one_opens_them(client: httpx.AsyncClient) -> None:
    for shown in ("Bearer ", "Bearer"):
        assert (await client.get("/metrics", headers={"Authorization": shown})).status_code == 401


async def test_operators_read_them_and_admins_do_not(client: httpx.AsyncClient) -> None:
    admin = await factories.person(role="admin")
    assert (await client.get("/metrics", headers=admin.bearer)).status_code == 403
    await execute("UPDATE account SET is_operator = true WHERE id = $1", admin.actor.account_id)
    assert (await client.get("/metrics", headers=admin.bearer)).status_code == 200


@pytest.fixture
def rewritable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database user that only triggers keep from rewriting the log."""

    async def told() -> bool:
        return True

    monkeypatch.setattr(health, "read_readiness", told)


async def test_only_those_it_is_for_learn_that_the_log_could_be_rewritten(
    client: httpx.AsyncClient, token: dict[str, str], alone: None, rewritable: None
) -> None:
    ready = "http://127.0.0.1:8000/health/ready"
    guest = await factories.person(role="admin")
    for stranger in ({}, guest.bearer, {"Authorization": "Bearer wrong"}):
        assert (await client.get("/health/ready", headers=stranger)).text == "ready"
    assert (await client.get(ready, headers={"Via": "1.1 proxy"})).text == "ready"
    for answer in (await client.get(ready), await client.get("/health/ready", headers=token)):
        assert answer.text == f"ready\n{health.TRIGGERS_ONLY}"
