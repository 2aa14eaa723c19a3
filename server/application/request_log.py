"""What one request leaves behind: a request id, a log line without secrets, and numbers for Prometheus."""

import time
from typing import Any
from uuid import uuid4

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

log = structlog.get_logger()

GONE = 499  # no answer: the client went away before there was one, or never sent the rest of its request

REQUESTS = Counter("rongtong_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("rongtong_request_seconds", "Time to the end of the answer.", ["route"])


class Observing(ASGIMiddleware):
    """Bind a request id, count, time and log each request by its route template, never by its raw path."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request_id = uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500
        begun = gone = False

        async def heard() -> Any:
            nonlocal gone
            message = await receive()
            gone = gone or (message["type"] == "http.disconnect" and not begun)
            return message

        async def observed(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await next_app(scope, heard, observed)
        finally:
            seconds = time.perf_counter() - started
            status = GONE if gone else status
            any_scope: Any = scope
            method, route = any_scope["method"], any_scope.get("path_template") or "unmatched"
            REQUESTS.labels(method, route, str(status)).inc()
            SECONDS.labels(route).observe(seconds)
            log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
