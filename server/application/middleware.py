"""What every request passes before it is routed, and every answer on its way out.

Litestar's own middleware begins behind the router: it never sees an address that is not there.
"""

import hashlib
from typing import Any

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from server.access import cookie
from server.application.problems import send_answer
from server.application.request_log import Observing
from server.caldav import mount
from server.caldav.paths import ELSEWHERE
from server.core import rate_limits, security_headers
from server.core.http import Connection
from server.core.proxies import client_address, customer, read_forwarded, refuse_other_hosts
from server.core.rate_limits import ANONYMOUS, FEEDS, READS, SIGN_IN, WRITES, Left, Limit

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT")
UNLIMITED = ("/health/", "/metrics", "/static/")
SIGN_IN_PATHS = (
    "/api/v1/session",
    "/api/v1/account",
    "/sign-in",
    "/sign-up",
    "/verify",
    "/forgot",
    "/reset",
    "/account",
)
SENT_OUT = "/sign-in/with/"  # asks a provider over the network, whatever the method


class Completing(ASGIMiddleware):
    """Add the headers that every answer has, also those of addresses that are not there."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = security_headers.complete(message["headers"])
            await send(message)

        await next_app(scope, receive, completed)


class Admitting(ASGIMiddleware):
    """Refuse what is for another host, and who asks too much."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        try:
            read_forwarded(scope)
            refuse_other_hosts(scope)
            bucket = bucket_of(scope)
            left = await rate_limits.spend(*bucket) if bucket else None
        except Exception as error:  # nobody else would answer: Litestar's own handlers come later
            await send_answer(scope, receive, send, error)
            return

        async def counted(message: Message) -> None:
            if left and message["type"] == "http.response.start":
                message["headers"] = _with(left, message["headers"])
            await send(message)

        await next_app(scope, receive, counted)


class Discovering(ASGIMiddleware):
    """Let programs find the calendar server at addresses that are no WebDAV otherwise (RFC 6764 6)."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        asked: Any = scope
        found = asked["method"] == "PROPFIND" and asked["path"] in ELSEWHERE
        await (mount.serve if found else next_app)(scope, receive, send)


def _with(left: Left, headers: Any) -> list[tuple[bytes, bytes]]:
    """Say what is left, unless a refusal by another limit has said it already."""
    if any(name.lower() == b"ratelimit" for name, _ in headers):
        return list(headers)
    return [*headers, *((name.lower().encode(), value.encode()) for name, value in left.headers.items())]


def put_before(app: Litestar) -> Litestar:
    """Let all requests to the application pass the gates."""
    app.asgi_handler = Observing()(Completing()(Admitting()(Discovering()(app.asgi_handler))))
    return app


def bucket_of(scope: Any) -> tuple[Limit, str] | None:
    """Tell which limit a request counts for, and whose bucket: a token's, a session's, a feed's or an address's."""
    path, method = scope["path"], scope["method"]
    if path.startswith(UNLIMITED):
        return None
    address = customer(client_address(scope))
    if path.startswith(SENT_OUT) or (method not in SAFE and path.startswith(SIGN_IN_PATHS)):
        return SIGN_IN, address
    if path.startswith("/feeds/"):
        return FEEDS, _unreadable(path)
    if credential := _credential(scope):
        return (READS if method in SAFE else WRITES), _unreadable(credential)
    return ANONYMOUS, address


def _credential(scope: Any) -> str | None:
    connection = Connection(scope)
    return connection.headers.get("authorization") or cookie.read(connection)


def _unreadable(secret: str) -> str:
    """Make a name of a secret that tells nothing of it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
