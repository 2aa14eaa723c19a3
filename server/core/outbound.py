"""HTTP to addresses that somebody else named (a guard against SSRF): nothing of our own network is reached.

Every name is resolved here, every address it has is checked, and the connection goes to a checked address, so a name
that answers differently the next time leads nowhere else. TLS still asks for, and verifies, the name. Redirects are
followed by hand and checked like the first address. See docs/security.md.
"""

import asyncio
import base64
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from functools import lru_cache

import httpcore
import httpx
import msgspec

from server.core import addresses
from server.core.errors import AddressRefused
from server.core.inflate import Inflater, Oversized
from server.core.settings import Settings, settings

TOTAL_SECONDS = 10  # for resolving, connecting, all redirects and the whole answer
REDIRECTS = 3
PORTS = {"https": 443, "http": 80}
FOLLOWED = (301, 302, 303, 307, 308)
AGENT = "Mozilla/5.0 (compatible; Rongtong/0.1)"  # Office 365 answers nothing that does not look like a browser

Resolver = Callable[[str, int], Awaitable[Iterable[str]]]


class Unreached(Exception):
    """No answer that can be used. Says the same of what was refused, closed, silent or denied."""

    def __init__(self) -> None:
        super().__init__("it could not be reached")


class TooMuch(Unreached):
    """The answer is larger than we read."""

    def __init__(self) -> None:
        Exception.__init__(self, "its answer is too large")


class Answer(msgspec.Struct, frozen=True):
    """What came back. `body` is unpacked; the names of headers are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system for every address of a name. `127.1`, `0x7f.1` and `2130706433` are names to it, too."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Guard(httpcore.AsyncNetworkBackend):
    """Opens connections only to addresses that are allowed, all of a name's or none."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        """Resolve, check and connect. Raises httpcore.ConnectError for what may not be reached."""
        checked = await self.check(host, port)
        for last, address in enumerate(checked, 1 - len(checked)):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last == 0:
                    raise
        raise httpcore.ConnectError("no address")

    async def check(self, host: str, port: int) -> list[str]:
        """The addresses of a name. Raises httpcore.ConnectError when there is none, or one that is not allowed."""
        exempt = addresses.networks(settings().outbound_allow)
        try:
            found = list(dict.fromkeys(await self._resolver(host.strip("[]"), port)))
            allowed = found and all(addresses.allowed(addresses.parsed(one), exempt) for one in found)
        except (OSError, ValueError):
            allowed = False
        if not allowed:
            raise httpcore.ConnectError("not allowed")
        return found

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: nobody else names our sockets."""
        raise httpcore.ConnectError("not allowed")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def target(url: str) -> httpx.URL:
    """Read an address and check all of it but where its name leads. Raises AddressRefused."""
    given = settings()
    try:
        parsed = httpx.URL(url.strip())
        scheme = {"webcal": "https", "webcals": "https"}.get(parsed.scheme, parsed.scheme)
        parsed = parsed.copy_with(scheme=scheme, fragment=None)
        port = parsed.port or PORTS.get(scheme)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise AddressRefused("it is no address of the form https://host/path") from None
    if scheme != "https" and not (scheme == "http" and given.outbound_http):
        raise AddressRefused("it must begin with https://")
    if not parsed.host:
        raise AddressRefused("it names no host")
    if port not in _ports(given):
        raise AddressRefused("only the usual port of https may be used")
    return parsed


def _ports(given: Settings) -> set[int]:
    more = {int(one) for one in given.outbound_ports.split(",") if one.strip()}
    return more | {PORTS["https"]} | ({PORTS["http"]} if given.outbound_http else set())


async def refuse_unless_allowed(url: str, resolver: Resolver = resolve) -> None:
    """Check an address that was submitted; each request checks it again. Raises AddressRefused."""
    parsed = target(url)
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            await Guard(resolver).check(parsed.raw_host.decode(), parsed.port or PORTS[parsed.scheme])
    except (httpcore.ConnectError, TimeoutError):
        raise AddressRefused("its host is not known, or is not on the public internet") from None


async def get(url: str, headers: Mapping[str, str] = {}, *, most: int, resolver: Resolver = resolve) -> Answer:
    """Get an address, following redirects. Raises AddressRefused, Unreached; TooMuch beyond `most` bytes."""
    return await _within_time(_ask("GET", url, headers, None, most, REDIRECTS, resolver))


async def post(url: str, headers: Mapping[str, str], body: bytes, *, most: int, resolver: Resolver = resolve) -> Answer:
    """Post to an address; a redirect is an answer like any other, and of the body only `most` bytes are read.

    Raises AddressRefused, Unreached.
    """
    return await _within_time(_ask("POST", url, headers, body, most, 0, resolver))


async def report(
    url: str, headers: Mapping[str, str], body: bytes, *, most: int, resolver: Resolver = resolve
) -> Answer:
    """Ask a WebDAV server for a REPORT, following redirects with the same question. Raises what get() raises."""
    return await _within_time(_ask("REPORT", url, headers, body, most, REDIRECTS, resolver))


async def _within_time(asking: Awaitable[Answer]) -> Answer:
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            return await asking
    except TimeoutError:
        raise Unreached from None


async def _ask(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, most: int, redirects: int, resolver: Resolver
) -> Answer:
    started = time.monotonic()
    here = target(url)
    told = {"User-Agent": AGENT, "Accept-Encoding": "gzip", **headers, **_credentials(here)}
    while True:
        status, answered, content = await _one(method, here, told, body, most, resolver)
        location = answered.get("location")
        if status not in FOLLOWED or location is None or method == "POST":
            return Answer(status, answered, content, time.monotonic() - started)
        if redirects == 0:
            raise Unreached
        redirects -= 1
        try:
            there = target(str(here.join(location)))
        except (httpx.InvalidURL, AddressRefused):
            raise Unreached from None
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            told.pop("Authorization", None)
        here = there


async def _one(
    method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes | None, most: int, resolver: Resolver
) -> tuple[int, dict[str, str], bytes]:
    address = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    try:
        async with (
            httpcore.AsyncConnectionPool(ssl_context=_tls(), network_backend=Guard(resolver)) as pool,
            pool.stream(method, address, headers=[*headers.items()], content=body) as response,
        ):
            answered = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            encoding = answered.get("content-encoding", "identity").strip().lower()
            content = await _read(response.aiter_stream(), Inflater(encoding, most), cut=method == "POST")
            return response.status, answered, content
    except Oversized:
        raise TooMuch from None
    except (OSError, ValueError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException,
            httpcore.UnsupportedProtocol):  # fmt: skip
        raise Unreached from None


async def _read(arriving: AsyncIterator[bytes], inflater: Inflater, *, cut: bool) -> bytes:
    """Read a body. `cut`: stop where it is too long, in place of refusing it."""
    try:
        async for chunk in arriving:
            for piece in inflater.feed(chunk):
                inflater.keep(piece)
                await asyncio.sleep(0)  # unpacking is work: let others have their turn
        return inflater.end()
    except (Oversized, ValueError):
        if not cut:
            raise
        return inflater.kept


def _credentials(url: httpx.URL) -> dict[str, str]:
    """What user:password@ in an address asks to send."""
    if not url.userinfo:
        return {}
    said = f"{url.username}:{url.password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(said).decode()}"}


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Verify certificates for the name; SSL_CERT_FILE names other authorities."""
    return ssl.create_default_context()
