"""Where a request comes from and whom it is for, when it came through proxies that are named and when it did not.

What anyone may write into a request (X-Forwarded-For, -Proto, -Host) is believed only when a proxy of RONGTONG_PROXIES
brought it; from all others it is as if it were not there.
"""

import os
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.core.addresses import is_loopback
from server.core.errors import WrongHost
from server.core.settings import named, settings

UNIX = "unix"  # the name of a peer behind a unix socket, also in RONGTONG_PROXIES
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PROBED = ("/health/", "/metrics")  # what watches a deployment asks each process by its address
# What proxies add begins so. Browsers here send none of it, nor pages of elsewhere as where they come from.
TRACES = (
    b"x-forwarded", b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"x-cluster-client-ip", b"true-client-ip",
    b"x-original-", b"x-envoy-", b"x-amz", b"x-azure-", b"x-arr-", b"cf-", b"fastly-", b"cdn-loop", b"proxy-",
)  # fmt: skip
PAGES = (b"origin", b"referer")
CONNECTIONS = Path("/proc/net/tcp"), Path("/proc/net/tcp6")
FIRST_PERSON, NOBODY = 1000, 65534  # the users of Linux between these are people
PREFIX = 64  # bits of an IPv6 address that name a customer; the rest they choose as they like


def read_forwarded(scope: Any) -> None:
    """Let the scope name the client instead of the named proxies between them and us."""
    headers = [(name, value.decode("latin-1")) for name, value in scope["headers"] if name.startswith(b"x-forwarded-")]
    if not headers or not _is_named(_peer(scope)):
        return
    given: dict[bytes, list[str]] = {}
    for name, value in headers:
        given.setdefault(name, []).extend(part.strip() for part in value.split(","))
    if client := _first_stranger(given.get(b"x-forwarded-for", [])):
        scope["client"] = (client, 0)
    if (scheme := given.get(b"x-forwarded-proto", [""])[-1].lower()) in ("http", "https"):
        scope["scheme"] = scheme
    if host := given.get(b"x-forwarded-host", [""])[-1]:
        kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope["headers"] = [*kept, (b"host", host.encode("latin-1"))]


def refuse_other_hosts(scope: Any) -> None:
    """Raise WrongHost unless the request is for a host of this deployment."""
    if scope["path"].startswith(PROBED):
        return
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    name = _name(given[0]) if len(given) == 1 else ""
    ours = _hosts(settings().base_url, settings().hosts)
    if name in ours or (name in LOOPBACK and _peer(scope) in (UNIX, *LOOPBACK)):
        return
    raise WrongHost("this server answers for the host of its base URL; the operator names others in RONGTONG_HOSTS")


def client_address(scope: Any) -> str:
    """Tell the address of the client; `unix` where there is none. Only true after `read_forwarded`."""
    return _peer(scope)


def came_from_here(scope: Any) -> bool:
    """Whether a program on this machine asks, without a proxy, a server that is for this machine alone.

    A proxy is known by what it adds, by HTTP/1.0 or a connection for one request, as nginx spoke for long, by the pages
    that people come from, and where it shows none of these by the user it runs as (decision 0232).
    """
    headers = scope["headers"]
    once = scope["http_version"] == "1.0" or (b"connection", b"close") in headers
    through = once or any(name.startswith(TRACES) or _is_page_of_elsewhere(name, value) for name, value in headers)
    ends = [str(scope[end][0]) if scope.get(end) else "" for end in ("client", "server")]
    hosts = [_name(value.decode("latin-1")) for name, value in headers if name == b"host"]
    here = len(hosts) == 1 and is_loopback(hosts[0])  # and no name that somebody else's page gave this address
    local = settings().is_local and not through and here and all(is_loopback(one) for one in ends)
    return local and not any(_is_service(user) for user in users_of(scope["client"][1], scope["server"][1]))


def _is_page_of_elsewhere(name: bytes, value: bytes) -> bool:
    return name in PAGES and not is_loopback(_name(value.decode("latin-1").partition("://")[2].partition("/")[0]))


def users_of(port: int, to: int) -> list[int]:
    """The users of this machine that hold connections from one port to another, where the system tells (Linux)."""
    ends = f":{port:04X}", f":{to:04X}"
    rows = [line.split() for table in CONNECTIONS if table.exists() for line in table.read_text().splitlines()[1:]]
    return [int(row[7]) for row in rows if (row[1][-5:], row[2][-5:]) == ends]


def _is_service(user: int) -> bool:
    """Whether it is another program's user: neither ours, nor root, nor a person's."""
    return user not in (0, os.getuid()) and not FIRST_PERSON <= user < NOBODY


def customer(address: str) -> str:
    """Name whom an address belongs to, as far as it can be told: an IPv4 address, or the first half of an IPv6."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, PREFIX), strict=False).network_address)
    return str(parsed or address)


def _peer(scope: Any) -> str:
    return str(scope["client"][0]) if scope.get("client") and scope["client"][0] else UNIX


def _first_stranger(hops: list[str]) -> str | None:
    """Go back from the nearest hop while they are named proxies. What is no address ends the way: it proves nothing."""
    found = None
    for hop in reversed(hops):
        parsed = _parsed(hop)
        if parsed is None:
            return found
        found = str(parsed)
        if not _is_named(found):
            return found
    return found


def _is_named(peer: str) -> bool:
    return peer in named(settings().proxies) if peer == UNIX else _is_within(peer, settings().proxies)


@lru_cache(maxsize=4096)
def _is_within(peer: str, proxies: str) -> bool:
    parsed = _parsed(peer)
    networks = [ip_network(one, strict=False) for one in named(proxies) if one != UNIX]
    return parsed is not None and any(parsed in network for network in networks)


@lru_cache(maxsize=8)
def _hosts(base_url: str, more: str) -> frozenset[str]:
    return frozenset([_name(urlsplit(base_url).netloc), *(_name(one) for one in named(more))])


def _name(host: str) -> str:
    """Take the port and the brackets of IPv6 off a host."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Read an address. IPv4 within IPv6 is IPv4."""
    try:
        parsed = ip_address(address.strip("[]"))
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
