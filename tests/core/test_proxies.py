"""Only named proxies say where a request comes from; only hosts of this deployment are answered."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from server.core import proxies
from server.core.proxies import came_from_here, client_address, customer, read_forwarded
from server.core.settings import Settings, WrongSetting, settings

Telling = Callable[..., dict[str, Any]]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def give(**changes: Any) -> None:
        changed = msgspec.structs.replace(settings(), **changes)
        monkeypatch.setattr(proxies, "settings", lambda: changed)

    return give


def scope(peer: str | None, **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    way = {"client": (peer, 5000) if peer else None, "server": (peer, 8000), "http_version": "1.1", "scheme": "http"}
    return way | {"headers": named, "path": "/"}


@pytest.mark.parametrize(
    ("named", "peer", "forwarded", "told"),
    [
        ("", "127.0.0.1", "203.0.113.9", "127.0.0.1"),
        ("", "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.0/8", "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.0/8", "10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.1.2.3", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.1.2.3", "192.0.2.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.1.2.3", "192.0.2.1, nonsense, 10.9.9.9", "10.9.9.9"),
        ("10.0.0.0/8", "10.1.2.3", "unknown", "10.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3", "", "10.1.2.3"),
        ("10.0.0.0/8, ::1", "::1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("unix", None, "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", None, "203.0.113.9", "unix"),
    ],
)
def test_the_client_is_who_the_nearest_named_proxy_saw(
    given: Callable[..., None], named: str, peer: str | None, forwarded: str, told: str
) -> None:
    given(proxies=named)
    one = scope(peer, x_forwarded_for=forwarded)
    read_forwarded(one)
    assert client_address(one) == told


def test_scheme_and_host_are_believed_of_named_proxies_only(given: Callable[..., None]) -> None:
    said = {"host": "inner", "x_forwarded_proto": "https", "x_forwarded_host": "evil.example, rongtong.test"}
    given(proxies="10.0.0.0/8")
    one = scope("10.0.0.1", **said)
    read_forwarded(one)
    assert (one["scheme"], [value for name, value in one["headers"] if name == b"host"]) == (
        "https",
        [b"rongtong.test"],
    )
    other = scope("192.0.2.1", **said)
    read_forwarded(other)
    assert (other["scheme"], [value for name, value in other["headers"] if name == b"host"]) == ("http", [b"inner"])


def test_who_owns_an_ipv6_network_is_one_customer() -> None:
    assert customer("2001:db8:1:2:3:4:5:6") == customer("2001:db8:1:2::9") != customer("2001:db8:1:3::9")
    assert customer("::ffff:192.0.2.7") == customer("192.0.2.7") == "192.0.2.7"
    assert customer("unix") == "unix"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("rongtong.test", 200),
        ("RONGTONG.test:8443", 200),
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("rongtong.test.evil.example", 421),
        ("evil.example#rongtong.test", 421),
        ("rongtong.test@evil.example", 421),
        ("[", 421),
        ("", 421),
    ],
)
async def test_another_host_is_not_answered(client: httpx.AsyncClient, host: str, status: int) -> None:
    answer = await client.get("/api/v1/resources", headers={"Host": host})
    assert answer.status_code == status
    if status == 421:
        assert answer.json()["type"] == "/problems/wrong-host"
        assert "evil" not in answer.text


async def test_control_a_host_that_is_named_is_answered(client: httpx.AsyncClient, given: Callable[..., None]) -> None:
    given(hosts="rongtong.test, evil.example")
    assert (await client.get("/api/v1/resources", headers={"Host": "evil.example"})).status_code == 200


async def test_loopback_names_are_for_those_on_this_machine(given: Callable[..., None], app: Any) -> None:
    given(base_url="https://rongtong.example")
    for client, status in (("127.0.0.1", 200), ("198.51.100.7", 421)):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(client, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as speaking:
            assert (await speaking.get("/problems")).status_code == status


async def test_two_hosts_at_once_are_none(client: httpx.AsyncClient) -> None:
    headers = [("Host", "rongtong.test"), ("Host", "evil.example")]
    assert (await client.get("/api/v1/resources", headers=headers)).status_code == 421


async def test_what_watches_a_deployment_may_ask_by_any_address(client: httpx.AsyncClient) -> None:
    for path, status in (("/health/live", 200), ("/health/ready", 200), ("/metrics", 401)):
        assert (await client.get(path, headers={"Host": "10.0.0.12:8000"})).status_code == status


HERE = {"peer": "127.0.0.1", "host": "127.0.0.1:8000"}


def test_whose_machine_it_is_comes_from_loopback_by_its_own_name(given: Callable[..., None]) -> None:
    given(base_url="http://127.0.0.1:8000", hosts="")
    own = {"origin": "http://127.0.0.1:8000", "referer": "http://localhost:8000/mail", "connection": "keep-alive"}
    for one in (HERE, HERE | {"host": "localhost"}, {"peer": "::1", "host": "[::1]:8000"}, HERE | own):
        assert came_from_here(scope(**one)), one


@pytest.mark.parametrize(
    ("deployed", "asked"),
    [
        ({"base_url": "https://rongtong.example"}, {}),
        ({"hosts": "rongtong.example"}, {}),
        ({"proxies": "127.0.0.1"}, {}),
        ({"proxies": "10.0.0.0/8"}, {}),
        ({}, {"peer": "192.0.2.7"}),
        ({}, {"peer": None}),
        ({}, {"host": "rongtong.example"}),  # a proxy that passes the host on, or a page of others that names us so
        ({}, {"x_forwarded_for": "203.0.113.9"}),
        ({}, {"x_forwarded_for": "127.0.0.1"}),
        ({}, {"x_forwarded_proto": "https"}),
        ({}, {"forwarded": "for=127.0.0.1"}),
        ({}, {"via": "1.1 proxy"}),
        ({}, {"x_real_ip": "127.0.0.1"}),
        ({}, {"x_envoy_external_address": "203.0.113.9"}),
        ({}, {"cdn_loop": "cloudflare"}),
        ({}, {"connection": "close"}),  # nginx, told to speak 1.1 and no more
        ({}, {"origin": "https://rongtong.example"}),
        ({}, {"referer": "https://rongtong.example/mail?to=127.0.0.1"}),
        ({}, {"origin": "null"}),
    ],
)
def test_nobody_else_is_local(given: Callable[..., None], deployed: dict[str, str], asked: dict[str, Any]) -> None:
    given(**({"base_url": "http://127.0.0.1:8000", "hosts": ""} | deployed))
    assert not came_from_here(scope(**(HERE | asked)))


def test_a_proxy_that_says_nothing_of_itself_shows_by_its_version(given: Callable[..., None]) -> None:
    given(base_url="http://127.0.0.1:8000", hosts="")
    assert not came_from_here(scope(**HERE) | {"http_version": "1.0"})


TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 0100007F:1F40 01 00000000:00000000 00:00000000 00000000 {user:>5}        0 1 1 0 20 4 30 10 -1
   1: 0100007F:1F40 0100007F:1388 01 00000000:00000000 00:00000000 00000000    33        0 1 1 0 20 4 30 10 -1
   2: 0100007F:1389 0100007F:1F40 01 00000000:00000000 00:00000000 00000000    33        0 1 1 0 20 4 30 10 -1
"""


@pytest.mark.parametrize(
    ("user", "local"), [(0, True), (1000, True), (os.getuid(), True), (33, False), (999, False), (65534, False)]
)
def test_a_proxy_that_shows_nothing_is_known_by_its_user(
    given: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: int, local: bool
) -> None:
    """nginx since 1.29.7, with proxy_pass and nothing else: HTTP/1.1, our own name, and no header of its own."""
    given(base_url="http://127.0.0.1:8000", hosts="")
    table = tmp_path / "tcp"
    table.write_text(TABLE.format(user=user))
    monkeypatch.setattr(proxies, "CONNECTIONS", (table, tmp_path / "tcp6"))
    assert came_from_here(scope(**HERE)) is local
    monkeypatch.setattr(proxies, "CONNECTIONS", ())
    assert came_from_here(scope(**HERE))  # the control: without a look at it everybody behind it is at this machine


def test_the_system_tells_whose_a_connection_is() -> None:
    if not proxies.CONNECTIONS[0].exists():
        assert proxies.users_of(1, 2) == []
        return
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as one:
        assert proxies.users_of(one.getsockname()[1], server.getsockname()[1]) == [os.getuid()]


def test_a_host_said_twice_or_not_at_all_is_not_local(given: Callable[..., None]) -> None:
    given(base_url="http://127.0.0.1:8000", hosts="")
    one = scope(**HERE)
    assert not came_from_here(one | {"headers": []})
    assert not came_from_here(one | {"headers": one["headers"] * 2})


def test_a_proxy_that_is_no_network_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_PROXIES", "10.0.0.0/8, proxy.example")
    with pytest.raises(WrongSetting, match=r"proxy\.example"):
        Settings.from_environment()
