"""Ask an identity provider something over the network, past the guard of what others name (server/core/outbound.py)."""

import base64
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from server.core import outbound
from server.core.errors import AddressRefused, SignInRefused

LARGEST = 1024 * 1024  # bytes of an answer
JSON = {"Accept": "application/json"}
FORM = JSON | {"Content-Type": "application/x-www-form-urlencoded"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Say who we are, as RFC 6749 2.3.1 has it: each part form-encoded, then Basic."""
    said = f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(said).decode()}"}


async def get(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON object at an address. Raises SignInRefused."""
    try:
        return _read(await outbound.get(url, JSON | (headers or {}), most=LARGEST))
    except (AddressRefused, outbound.Unreached) as error:
        raise SignInRefused(f"the address of the provider does not work: {error}") from None


async def post(url: str, form: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Send a form and return the JSON object of the answer. Raises SignInRefused."""
    try:
        return _read(await outbound.post(url, FORM | (headers or {}), urlencode(form).encode(), most=LARGEST))
    except (AddressRefused, outbound.Unreached) as error:
        raise SignInRefused(f"the address of the provider does not work: {error}") from None


def _read(answer: outbound.Answer) -> dict[str, Any]:
    try:
        if answer.status == 200:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.DecodeError:
        pass
    raise SignInRefused("the provider does not answer as one should")
