"""Who asks too much is told when to come back; nobody else notices, and a Valkey that is away changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from server.application import middleware
from server.core import proxies, rate_limits
from server.core.errors import RateLimited
from server.core.rate_limit_buckets import Local, Shared
from server.core.rate_limits import Limit
from server.core.settings import settings
from server.embedded import servers
from tests import factories
from tests.conftest import Services

SMALL = Limit("small", burst=3, per_second=0.01)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the limits on, with buckets of three."""
    on = msgspec.structs.replace(settings(), rate_limits="on")
    monkeypatch.setattr(rate_limits, "settings", lambda: on)
    monkeypatch.setattr(rate_limits, "_local", Local())
    for name in ("READS", "WRITES", "ANONYMOUS", "SIGN_IN", "FEEDS"):
        monkeypatch.setattr(middleware, name, msgspec.structs.replace(SMALL, name=name.lower()))


@pytest.fixture
async def valkey(services: Services) -> AsyncIterator[servers.Valkey]:
    """A Valkey of this test alone, to be stopped."""
    data = services.data / "limits"
    data.mkdir(exist_ok=True)
    running = servers.Valkey(data)
    await asyncio.to_thread(running.start)
    try:
        yield running
    finally:
        await asyncio.to_thread(running.stop)


async def spent(limit: Limit, whose: str, times: int) -> int:
    """How many of so many requests are let through."""
    passed = 0
    for _ in range(times):
        try:
            await rate_limits.spend(limit, whose)
        except RateLimited:
            continue
        passed += 1
    return passed


async def test_an_empty_bucket_says_when_it_holds_enough_again(counting: None, client: httpx.AsyncClient) -> None:
    for left in (2, 1, 0):
        answer = await client.get("/api/v1/resources")
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"anonymous";q=3;w=300'
        assert answer.headers["ratelimit"].startswith(f'"anonymous";r={left};t=')
    refused = await client.get("/api/v1/resources")
    assert refused.status_code == 429
    assert refused.json()["type"] == "/problems/rate-limited"
    assert refused.json()["limit"] == "anonymous"
    assert 0 < int(refused.headers["retry-after"]) <= 100
    assert refused.headers["ratelimit"].startswith('"anonymous";r=0;t=')


async def test_control_without_limits_everything_passes(client: httpx.AsyncClient) -> None:
    answers = [await client.get("/api/v1/resources") for _ in range(6)]
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


async def test_each_token_has_buckets_of_its_own_for_reading_and_writing(
    counting: None, client: httpx.AsyncClient
) -> None:
    one, other = await factories.person(), await factories.person()
    assert [(await client.get("/api/v1/me", headers=one.bearer)).status_code for _ in range(4)] == [200] * 3 + [429]
    assert (await client.post("/api/v1/feeds", headers=one.bearer, json={"scope": "person"})).status_code == 201
    assert (await client.get("/api/v1/me", headers=other.bearer)).status_code == 200
    assert (await client.get("/api/v1/resources")).status_code == 200


async def test_whoever_tries_many_tokens_or_feeds_counts_as_anonymous(
    counting: None, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "ANONYMOUS", msgspec.structs.replace(SMALL, name="anonymous"))
    person = await factories.person()
    tried = [await client.get("/api/v1/me", headers={"Authorization": f"Bearer rt_{n}"}) for n in range(2)]
    tried += [await client.get(f"/feeds/guess{n}.ics") for n in range(2)]
    assert [answer.status_code for answer in tried] == [401, 401, 404, 429]
    (said,) = tried[3].headers.get_list("ratelimit")
    assert said.startswith('"anonymous";r=0')
    shown = {"Cookie": "session=a-session-that-is-not-there"}
    assert (await client.get("/api/v1/resources", headers=shown)).status_code == 429
    assert (await client.get("/api/v1/me", headers=person.bearer)).status_code == 200


async def test_a_forged_forwarding_header_changes_nothing(
    counting: None, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answers() -> list[int]:
        forged = [{"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"} for number in range(5)]
        return [(await client.get("/api/v1/resources", headers=headers)).status_code for headers in forged]

    assert await answers() == [200] * 3 + [429] * 2
    believing = msgspec.structs.replace(settings(), proxies="127.0.0.1")
    monkeypatch.setattr(proxies, "settings", lambda: believing)
    assert await answers() == [200] * 5, "the control: a named proxy is believed"


async def test_what_watches_and_what_pages_load_is_never_counted(counting: None, client: httpx.AsyncClient) -> None:
    for path, status in (("/health/live", 200), ("/metrics", 401), ("/static/site.css", 200)):
        assert {(await client.get(path)).status_code for _ in range(5)} == {status}


async def test_a_page_says_it_to_people(counting: None, client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.get("/problems")
    refused = await client.get("/problems", headers={"Accept": "text/html"})
    assert refused.status_code == 429
    assert refused.headers["content-type"].startswith("text/html")
    assert "retry-after" in refused.headers


async def test_processes_share_their_buckets_in_valkey(counting: None, services: Services) -> None:
    one, other = Shared(services.valkey.url), Shared(services.valkey.url)
    try:
        taken = [await store.take("limit:shared:x", 4, 0.01, 1) for store in (one, other, one, other, one)]
    finally:
        await one.close()
        await other.close()
    assert [wait == 0 for wait, _ in taken] == [True] * 4 + [False]
    assert taken[4][0] == pytest.approx(100, abs=5)


async def test_many_at_one_moment_get_no_more_than_the_bucket_holds(counting: None, services: Services) -> None:
    async with rate_limits.shared(services.valkey.url):
        passed = await asyncio.gather(*(spent(SMALL, "crowd", 1) for _ in range(40)))
    assert sum(passed) == SMALL.burst


async def test_without_its_valkey_a_process_counts_for_itself_and_returns_to_it(
    counting: None, valkey: servers.Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "AWAY_SECONDS", 0.0)
    async with rate_limits.shared(valkey.url):
        assert await spent(SMALL, "someone", 5) == 3
        assert len(rate_limits._local) == 0
        await asyncio.to_thread(valkey.stop)
        assert await spent(SMALL, "someone", 5) == 3
        assert len(rate_limits._local) == 1
        await asyncio.to_thread(valkey.start)
        assert await spent(SMALL, "another", 5) == 3
        assert len(rate_limits._local) == 1


async def test_a_valkey_that_is_away_is_not_asked_again_at_once(
    counting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rate_limits.shared("redis://127.0.0.1:1/0"):
        store: Any = rate_limits._shared
        asked = 0
        real = store.take

        async def take(*args: Any) -> Any:
            nonlocal asked
            asked += 1
            return await real(*args)

        monkeypatch.setattr(store, "take", take)
        monkeypatch.setattr(rate_limits, "AWAY_SECONDS", 3600.0)
        assert await spent(SMALL, "someone", 9) == 3
    assert asked == 1


def test_a_process_remembers_only_so_many_buckets() -> None:
    buckets = Local(remembered=100)
    for number in range(1000):
        buckets.take(f"bucket {number}", 3, 0.01, 1)
    assert len(buckets) == 100


@pytest.mark.parametrize("kind", ["local", "shared"])
async def test_both_kinds_of_buckets_count_alike(kind: str, services: Services) -> None:
    shared = Shared(services.valkey.url)

    async def take(cost: int) -> Any:
        key = "limit:alike:x"
        return await shared.take(key, 10, 0.01, cost) if kind == "shared" else local.take(key, 10, 0.01, cost)

    local = Local()
    try:
        assert await take(0) == (0.0, pytest.approx(0, abs=1))
        assert await take(7) == (0.0, pytest.approx(700, abs=5))
        assert await take(0) == (0.0, pytest.approx(700, abs=5))
        assert await take(4) == (pytest.approx(100, abs=5), pytest.approx(700, abs=5))
        assert await take(3) == (0.0, pytest.approx(1000, abs=5))
        assert await take(0) == (pytest.approx(100, abs=5), pytest.approx(1000, abs=5))
    finally:
        await shared.close()


async def test_a_factor_makes_all_limits_wider(counting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    wider = msgspec.structs.replace(settings(), rate_limits="2.5")
    monkeypatch.setattr(rate_limits, "settings", lambda: wider)
    assert await spent(SMALL, "someone", 20) == 8
