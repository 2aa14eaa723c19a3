"""What every answer carries, and what a real server makes of odd requests."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from server.application import middleware
from server.application.app import BODY_LIMIT
from server.core import security_headers
from server.core.proxies import client_address
from server.core.settings import settings
from tests import factories
from tests.patience import PATIENCE
from tests.serving import serving

LOCKED = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/resources", 200),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/api/v1/resources", 405),
        ("POST", "/api/v1/bookings", 401),
        ("GET", "/feeds/unknown.ics", 404),
        ("GET", "/health/live", 200),
        ("GET", "/static/site.css", 200),
        ("GET", "/api/v1/openapi.json", 200),
    ],
)
async def test_every_answer_tells_browsers_how_little_they_may_do_with_it(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers.get_list("content-security-policy") == [LOCKED]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers.get_list("referrer-policy") == ["no-referrer"]
    assert (
        answer.headers["cross-origin-opener-policy"] == answer.headers["cross-origin-resource-policy"] == "same-origin"
    )
    assert answer.headers["cache-control"]
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers


async def test_a_page_keeps_the_policy_of_pages(client: httpx.AsyncClient) -> None:
    for path in ("/", "/nowhere"):
        answer = await client.get(path, headers={"Accept": "text/html"})
        (policy,) = answer.headers.get_list("content-security-policy")
        assert policy.startswith("default-src 'self';")
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_https_is_remembered_for_a_year(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    safe = msgspec.structs.replace(settings(), base_url="https://rongtong.test")
    monkeypatch.setattr(security_headers, "settings", lambda: safe)
    for path in ("/", "/api/v1/resources", "/nowhere"):
        assert (await client.get(path)).headers["strict-transport-security"] == "max-age=31536000"


async def test_an_address_that_is_not_there_leaves_a_log_line_without_the_address(client: httpx.AsyncClient) -> None:
    with capture_logs() as logged:
        answer = await client.get("/rt_a-secret-typed-into-the-wrong-place")
    (line,) = [entry for entry in logged if entry["event"] == "request"]
    assert (answer.status_code, line["status"], line["route"]) == (404, 404, "unmatched")
    assert "a-secret" not in str(logged)
    assert answer.headers["x-request-id"]


async def test_a_defect_of_a_gate_is_answered_too(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(scope: Any) -> None:
        raise ValueError("a detail nobody should see")

    monkeypatch.setattr(middleware, "read_forwarded", break_down)
    answer = await client.get("/api/v1/resources")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/internal"
    assert "detail" not in answer.json()


async def raw(port: int, head: bytes, body: bytes = b"") -> bytes:
    """Send bytes as they are and return the first answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.replace(b"\n", b"\r\n") + b"\r\n" + body)
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    finally:
        writer.close()


async def test_a_body_in_chunks_is_limited_as_one_with_a_length_is(rolled_back: None, app: Any) -> None:
    person = await factories.person()
    head = f"POST /api/v1/bookings HTTP/1.1\nHost: localhost\nAuthorization: Bearer {person.token}\n".encode()
    head += b"Content-Type: application/json\n"
    chunk = b"%x\r\n%s\r\n" % (8192, b" " * 8192)
    async with serving(app) as port:
        told = await raw(port, head + b"Content-Length: %d\n" % (BODY_LIMIT + 1))
        assert told.startswith(b"HTTP/1.1 413 ")
        endless = chunk * (BODY_LIMIT // 8192 + 1)  # and no last chunk: nobody waits for it
        assert (await raw(port, head + b"Transfer-Encoding: chunked\n", endless)).startswith(b"HTTP/1.1 413 ")
        within = chunk * (BODY_LIMIT // 8192) + b"0\r\n\r\n"
        assert (await raw(port, head + b"Transfer-Encoding: chunked\n", within)).startswith(b"HTTP/1.1 400 ")


async def test_a_real_server_believes_no_forwarding_header_and_does_not_say_what_it_runs(
    rolled_back: None, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = middleware.bucket_of

    def bucket_of(scope: Any) -> Any:
        seen.append(client_address(scope))
        return real(scope)

    monkeypatch.setattr(middleware, "bucket_of", bucket_of)
    forged = b"X-Forwarded-For: 203.0.113.9\nX-Forwarded-Host: evil.example\nForwarded: for=203.0.113.9\n"
    async with serving(app) as port:
        answer = await raw(port, b"GET /problems HTTP/1.1\nHost: localhost\n" + forged)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nserver:" not in answer.lower()
        assert seen == ["127.0.0.1"]
        assert (await raw(port, b"GET /problems HTTP/1.1\nHost: evil.example\n")).startswith(b"HTTP/1.1 421 ")
        assert (await raw(port, b"GET /problems HTTP/1.0\n")).startswith(b"HTTP/1.1 421 ")


async def test_control_uvicorn_itself_would_believe_everyone_on_this_machine(
    rolled_back: None, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(middleware, "bucket_of", lambda scope: seen.append(client_address(scope)))
    async with serving(app, proxy_headers=True) as port:
        await raw(port, b"GET /problems HTTP/1.1\nHost: rongtong.test\nX-Forwarded-For: 203.0.113.9\n")
    assert seen == ["203.0.113.9"]
