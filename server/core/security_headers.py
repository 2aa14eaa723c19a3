"""Security headers: what every answer says to browsers, whoever made it: how little they may do with it."""

from functools import lru_cache
from typing import Any

from server.core.settings import settings

YEAR = 365 * 24 * 3600  # seconds

# For what is no page. Pages have a policy of their own (server/web/render.py), and so has whatever names one itself.
USUAL = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


def complete(headers: Any) -> list[tuple[bytes, bytes]]:
    """Add what an answer does not say itself."""
    given = [(bytes(name).lower(), bytes(value)) for name, value in headers]
    said = {name for name, _ in given}
    return given + [(name, value) for name, value in _usual(settings().base_url) if name not in said]


@lru_cache(maxsize=8)
def _usual(base_url: str) -> tuple[tuple[bytes, bytes], ...]:
    # RFC 6797 7.2: only over TLS. Browsers pass over one that came otherwise.
    hsts = {"Strict-Transport-Security": f"max-age={YEAR}"} if base_url.startswith("https://") else {}
    return tuple((name.lower().encode(), value.encode()) for name, value in (USUAL | hsts).items())
