"""Ask an identity provider something over the network. What it says is never told to anyone but our own code."""

import base64
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from server.errors import SignInRefused
from server.settings import settings

SECONDS = 10.0  # for each step of a request
LARGEST = 1024 * 1024  # bytes of an answer
LOOPBACK = ("127.0.0.1", "::1", "localhost")
JSON = {"Accept": "application/json"}
FORM = JSON | {"Content-Type": "application/x-www-form-urlencoded"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Say who we are, as RFC 6749 2.3.1 has it: each part form-encoded, then Basic."""
    said = f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(said).decode()}"}


async def get(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON object at an address. Raises SignInRefused."""
    return await _ask("GET", url, JSON | (headers or {}), None)


async def post(url: str, form: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Send a form and return the JSON object of the answer. Raises SignInRefused."""
    return await _ask("POST", url, FORM | (headers or {}), urlencode(form).encode())


async def _ask(method: str, url: str, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
    """Nothing is followed, and nothing is said of why it failed: it would tell what answers within our network."""
    refuse_unless_safe(url)
    try:
        async with (
            httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, headers=headers, content=body) as answer,
        ):
            told = await _read(answer)
        if answer.status_code != 200:
            raise ValueError(answer.status_code)
        return msgspec.json.decode(told, type=dict[str, Any])
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError, ValueError):
        raise SignInRefused("the provider does not answer as one should") from None


def refuse_unless_safe(url: str) -> None:
    """Raise SignInRefused for an address that is not https, but for this machine where a test may say so."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise SignInRefused("this is no address") from None
    if settings().loopback_issuers and parts.scheme == "http" and host in LOOPBACK:
        return
    if not host or parts.scheme != "https" or parts.username or parts.password:
        raise SignInRefused("an identity provider has to be at an https address")


async def _read(answer: httpx.Response) -> bytes:
    body = b""
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise ValueError("too large")
    return body
