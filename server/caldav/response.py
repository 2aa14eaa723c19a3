"""Answers of the calendar server. What is refused says why in the XML of WebDAV (RFC 4918 16)."""

from typing import Any

import msgspec

from server.caldav import davxml
from server.core.errors import Forbidden, Invalid
from server.core.unexpected import refusal_for

XML = "application/xml; charset=utf-8"


class Answer(msgspec.Struct, frozen=True):
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}


def refusal(error: Exception, *, unread: str = "") -> Answer:
    """Say why not. `unread` is what to call a body that could not be read; by itself that is 400.

    Programs take 400 for a fault of their own and stop: DAVx5 then synchronises nothing of this calendar any more. What
    is refused for good is 403 with its condition (RFC 4918 16), and `need-privileges` lets them go on.
    """
    refused = refusal_for(error)
    if unread and isinstance(refused, Invalid):
        refused = Forbidden(refused.detail or refused.title(), condition=unread)
    condition = refused.members.get("condition")
    body = davxml.error([condition] if condition else [], refused.detail or refused.title())
    return Answer(refused.status, body, {"Content-Type": XML} | refused.headers)


async def send_answer(answer: Answer, scope: Any, send: Any) -> None:
    """Send it; to HEAD without its body."""
    headers = {"Content-Length": str(len(answer.body)), "Cache-Control": "private, no-cache"} | answer.headers
    if answer.status in (204, 304):
        headers.pop("Content-Length")
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
