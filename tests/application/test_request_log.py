"""What a request leaves behind, and what the operator sees of the process."""

import base64
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from server.application import request_log
from server.application.connections import Timed
from server.caldav.app_password_make import make
from server.caldav.schemas import NewAppPassword
from server.core import db
from server.core.db import Engine
from tests import factories
from tests.serving import connected, serving, until


def requests(route: str, status: int) -> float:
    labels = {"method": "GET", "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("rongtong_requests_total", labels) or 0.0


async def test_a_request_is_counted_and_logged_by_its_route_never_by_its_path_or_token(
    client: httpx.AsyncClient,
) -> None:
    person = await factories.person()
    resource = await factories.resource(person)
    before = requests("/api/v1/resources/{id}", 200)
    with capture_logs() as logged:
        answer = await client.get(f"/api/v1/resources/{resource}?secret=1", headers=person.bearer)
    assert answer.status_code == 200
    assert requests("/api/v1/resources/{id}", 200) == before + 1
    (line,) = [entry for entry in logged if entry["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/resources/{id}", 200)
    assert line["ms"] >= 0
    assert person.token not in str(logged)
    assert str(resource) not in str(logged)
    assert "secret" not in str(logged)


async def test_every_answer_has_a_request_id_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/health/live")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


async def test_a_client_cannot_choose_the_request_id(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"X-Request-Id": "mine\nforged"})
    assert "mine" not in answer.headers["x-request-id"]


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).text == "alive"
    assert (await client.get("/health/ready")).text == "ready"


async def test_without_its_database_it_is_alive_but_not_ready(
    client: httpx.AsyncClient, token: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Engine(config={"dsn": "postgresql://nobody@/nothing?host=/nowhere"})
    await away.start_connection_pool(min_size=0, max_size=1)
    monkeypatch.setattr(db, "DB", away)
    try:
        answer = await client.get("/health/ready", headers={"Accept": "text/html"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/metrics", headers=token)).status_code == 200
    finally:
        await away.close_connection_pool()


async def test_the_numbers_tell_of_requests_and_of_notices(client: httpx.AsyncClient, token: dict[str, str]) -> None:
    await client.get("/health/live")
    answer = await client.get("/metrics", headers=token)
    assert answer.headers["content-type"].startswith("text/plain")
    for name in (
        "requests_total",
        "request_seconds_bucket",
        "notices_waiting",
        "notices_dead",
        "notice_oldest_seconds",
    ):
        assert f"\nrongtong_{name}" in answer.text


HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
AWAY = {
    "within its body": HEAD + b"Content-Length: 100\r\n\r\n{",
    "within a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    "before its body": HEAD + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    "within a form": HEAD.replace(b"application/json", b"multipart/form-data; boundary=b").replace(
        b"/api/v1/session", b"/sign-in"
    )
    + b"Content-Length: 100\r\n\r\n--b\r\n",
    "within a calendar's question": b"PROPFIND /dav/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n%s\r\n<",
}


@pytest.mark.parametrize("when", AWAY)
async def test_a_client_that_goes_away_is_not_counted_as_a_defect(rolled_back: None, app: Any, when: str) -> None:
    owner = await factories.person(kind="university")
    password = (await make(NewAppPassword(label="laptop"), owner.actor)).password
    basic = b"Authorization: Basic %s\r\n" % base64.b64encode(f"{owner.actor.email}:{password}".encode())
    with capture_logs() as logged:
        async with serving(app) as port:
            async with connected(port) as client:
                await client.send(AWAY[when].replace(b"%s", basic))
                await until(lambda: bool(Timed.waiting) and all(one.cycle for one in Timed.waiting))
            await until(lambda: any(line["event"] == "request" for line in logged))
    assert [line["status"] for line in logged if line["event"] == "request"] == [request_log.GONE]
    assert not any(line["event"] == "unexpected" for line in logged)


async def test_control_without_listening_for_it_it_would_be(
    rolled_back: None, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_log, "GONE", 500)
    with capture_logs() as logged:
        async with serving(app) as port:
            async with connected(port) as client:
                await client.send(AWAY["within its body"])
                await until(lambda: bool(Timed.waiting) and all(one.cycle for one in Timed.waiting))
            await until(lambda: any(line["event"] == "request" for line in logged))
    assert [line["status"] for line in logged if line["event"] == "request"] == [500]
