"""What a real server does with clients that send half of something, or do not read: their connections end."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.application import connections
from server.application.connections import LET_GO, Timed
from tests.serving import PATIENCE, connected, serving, until

SOON = 0.05  # seconds, for what clients may take in these tests
HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 8 * 1024 * 1024


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(connections, name, SOON)


def let_go(why: str) -> float:
    return float(LET_GO.labels(why)._value.get())


HALVES = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half a head": HEAD,
    "empty lines": b"\r\n\r\n",
    "half a body": HEAD + b"Content-Length: 100\r\n\r\n{",
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    "no body after all": HEAD + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    "half a second request": LIVE + b"GET / HT",
}


@pytest.mark.parametrize("half", HALVES)
async def test_who_sends_half_of_something_is_let_go(rolled_back: None, app: Any, hasty: None, half: str) -> None:
    async with serving(app) as port, connected(port) as client:
        answer = await (await client.send(HALVES[half])).to_the_end()
    if half in ("half a line", "half a head", "half a body", "half a chunk"):
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert answer.endswith(connections.LATE.encode())


async def test_who_sends_a_body_after_its_answer_and_then_nothing_is_let_go(
    rolled_back: None, app: Any, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 1000.0)
    refused = b"POST /api/v1/bookings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n"
    async with serving(app, timeout_keep_alive=1000) as port, connected(port) as client:
        assert (await (await client.send(refused)).one_answer()).startswith(b"HTTP/1.1 401 ")
        await (await client.send(b"{}")).to_the_end()
        assert client.reader.at_eof()


async def test_control_without_the_time_half_a_head_is_waited_for(
    rolled_back: None, app: Any, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Timed, "_seconds", lambda self: 1000.0)
    async with serving(app) as port, connected(port) as client, connected(port) as other:
        await client.send(HEAD)
        await (await other.send(LIVE)).one_answer()
        assert any(one._for == "head" and one._late.when() - one._since > 900 for one in Timed.waiting if one._late)
        assert not client.reader.at_eof()
        await client.send(b"Content-Length: 2\r\n\r\n{}")
        assert (await client.one_answer()).startswith(b"HTTP/1.1 400 ")


async def test_a_body_that_keeps_coming_earns_its_time(
    rolled_back: None, app: Any, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_RATE", 1 / PATIENCE)  # a byte is worth minutes
    looked = asyncio.Event()
    look = Timed._look

    def heard(self: Timed) -> None:
        look(self)
        looked.set()

    monkeypatch.setattr(Timed, "_look", heard)
    async with serving(app) as port, connected(port) as client:
        await client.send(HEAD + b"Content-Length: 2\r\n\r\n", b"{")
        await asyncio.wait_for(looked.wait(), PATIENCE)
        assert (await (await client.send(b"}")).one_answer()).startswith(b"HTTP/1.1 400 ")


async def test_a_head_without_an_end_is_not_kept(rolled_back: None, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1000.0)
    async with serving(app) as port, connected(port) as client:
        sending = asyncio.ensure_future(client.send(b"GET / HTTP/1.1\r\nX: ", *[b"x" * 4096] * 4096))
        assert b"200" not in await client.to_the_end()
        await asyncio.wait([sending])


async def test_who_does_not_read_the_answer_is_let_go(rolled_back: None, hasty: None) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * LARGE * 4})

    before = let_go("answer")
    async with serving(app) as port, connected(port) as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await client.send(LIVE)
        await until(lambda: let_go("answer") > before)


async def test_who_waits_longest_makes_room(rolled_back: None, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_WAITING", 3)
    async with serving(app) as port, connected(port) as first:
        await (await first.send(HEAD)).send(b"X: y\r\n")
        async with connected(port), connected(port), connected(port) as fourth:
            assert b" 408 " in await first.to_the_end()
            assert (await (await fourth.send(LIVE)).one_answer()).startswith(b"HTTP/1.1 200 ")


async def test_those_who_ask_whole_things_meet_nothing_of_it(rolled_back: None, app: Any) -> None:
    before = sum(let_go(why) for why in ("head", "body", "room", "answer"))
    async with serving(app) as port, connected(port) as client:
        for _ in range(3):
            assert (await (await client.send(LIVE)).one_answer()).startswith(b"HTTP/1.1 200 ")
            assert await client.reader.readexactly(5) == b"alive"
        both = await client.send(LIVE + LIVE)
        for _ in range(2):
            assert (await both.one_answer()).startswith(b"HTTP/1.1 200 ")
            assert await both.reader.readexactly(5) == b"alive"
        upgrading = LIVE[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        assert (await (await client.send(upgrading)).one_answer()).startswith(b"HTTP/1.1 200 ")
    assert sum(let_go(why) for why in ("head", "body", "room", "answer")) == before
    assert not any(one.transport.is_closing() for one in Timed.waiting)


ODD = [
    b"GET /%zz HTTP/1.1",
    b"GET /% HTTP/1.1",
    b"GET /\xff HTTP/1.1",
    b"GET /%00%ff?%zz=%00&%ff HTTP/1.1",
    b"GET // HTTP/1.1",
    b"GET * HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"GET http://[::1 HTTP/1.1",
    b"GET http://evil.example/ HTTP/1.1",
    b"CONNECT evil.example:443 HTTP/1.1",
    b"NONSENSE / HTTP/1.1",
    b"get / HTTP/1.1",
    b"GET / HTTP/9.9",
    b"GET /",
    b"GET / HTTP/1.0",
    b"GET /" + b"x" * 60_000 + b" HTTP/1.1",
    b"GET /..%2f../etc/passwd HTTP/1.1",
    b"HEAD / HTTP/1.1",
    b"GET / HTTP/1.1\r\nHost: evil.example",
    b"GET / HTTP/1.1\r\nX\x00: y",
    b"GET / HTTP/1.1\r\nX: \x00",
    b"GET / HTTP/1.1\r\n: y",
    b"GET / HTTP/1.1\r\nCookie: " + b"a=b; " * 10_000,
    b"GET / HTTP/1.1" + b"\r\nX: y" * 8000,
    b"POST /api/v1/session HTTP/1.1\r\nContent-Length: -1",
    b"POST /api/v1/session HTTP/1.1\r\nContent-Length: " + b"9" * 40,
    b"POST /api/v1/session HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3",
    b"POST /api/v1/session HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked",
    b"POST /api/v1/session HTTP/1.1\r\nTransfer-Encoding: nonsense",
    b"POST /api/v1/session HTTP/1.1\r\nExpect: nonsense",
]


@pytest.mark.parametrize("line", ODD, ids=range(len(ODD)))
async def test_odd_heads_are_answered_or_let_go_and_never_a_defect(
    rolled_back: None, app: Any, hasty: None, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    host = b"" if b"Host" in line else b"Host: localhost\r\n"
    with capture_logs() as logged:
        async with serving(app, timeout_keep_alive=0) as port, connected(port) as client:
            answer = await (await client.send(line + b"\r\n" + host + b"\r\n")).to_the_end()
    assert not answer.startswith(b"HTTP/1.1 5")
    assert not any(line["event"] == "unexpected" for line in logged)
    assert "Exception in ASGI application" not in caplog.text
