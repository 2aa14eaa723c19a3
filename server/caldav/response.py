"""Answers of the calendar server. What is refused says why in the XML of WebDAV (RFC 4918 16)."""

from typing import Any

import msgspec
import structlog

from server.caldav import davxml
from server.core.db import AWAY, BROKEN_OFF, TOO_SLOW
from server.core.errors import BusyTryAgain, DomainError, Internal

XML = "application/xml; charset=utf-8"
log = structlog.get_logger()


class Answer(msgspec.Struct, frozen=True):
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}


def refusal(error: Exception) -> Answer:
    """Say why not. A defect of ours is logged and told as one."""
    if isinstance(error, (*BROKEN_OFF, *TOO_SLOW, *AWAY)):
        error = BusyTryAgain(retry_after=1)
    elif not isinstance(error, DomainError):
        log.error("unexpected", exc_info=error)
        error = Internal()
    condition = error.members.get("condition")
    body = davxml.error([condition] if condition else [], error.detail or error.title())
    return Answer(error.status, body, {"Content-Type": XML} | error.headers)


async def send_answer(answer: Answer, scope: Any, send: Any) -> None:
    """Send it; to HEAD without its body."""
    headers = {"Content-Length": str(len(answer.body)), "Cache-Control": "private, no-cache"} | answer.headers
    if answer.status in (204, 304):
        headers.pop("Content-Length")
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
