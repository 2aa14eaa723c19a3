"""Take out of a mail what matters: the calendar object, tokens, a bounce, and whether a program sent it. Pure."""

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

import msgspec

from server.calendars import reply_address
from server.calendars.reading.content import Unreadable
from server.replies import itip, sender

SIZE = 256 * 1024  # bytes of a whole mail
PARTS = 100
CALENDARS = ("text/calendar", "application/ics")
TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
NOT_BY_PEOPLE = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond")
BULK = ("bulk", "junk", "list", "auto_reply")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


class Bounce(msgspec.Struct, frozen=True):
    """A report that a mail of ours did not arrive (RFC 3464)."""

    recipient: str
    message_id: str
    status: str
    told: str


class Read(msgspec.Struct, frozen=True):
    """What is in a mail. `automatic`: a program sent it, so it counts only for whom its token proves."""

    automatic: bool = False
    bounces: tuple[Bounce, ...] = ()
    said: itip.Said | None = None
    tokens: frozenset[str] = frozenset()
    sender: str = ""  # an address that has proved to be it


def digest(raw: bytes) -> bytes:
    """What makes two deliveries the same mail: Message-ID and body. Headers are added on the way."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    id = email.message_from_bytes(head, policy=email.policy.compat32).get("Message-ID", "")
    return hashlib.sha256(str(id).strip().encode("utf-8", "replace") + b"\x00" + body.strip()).digest()


def read(raw: bytes, trusted: str = "") -> Read:
    """Read a mail; `trusted` is the mail server whose Authentication-Results count.

    Raises Unreadable, also for a mail with several different calendar objects.
    """
    whole = email.message_from_bytes(raw, policy=email.policy.compat32)
    if whole.get_content_type() == "multipart/report":
        return Read(automatic=True, bounces=tuple(_bounces(whole)))
    automatic = _by_program(whole)
    found: dict[itip.Said, None] = {}
    for part in _leaves(whole):
        if part.get_content_type() in CALENDARS:
            found[_object(part)] = None
    if len(found) > 1:
        raise Unreadable("it has several calendar objects")
    said = next(iter(found), None)
    to = [str(value) for name in TO for value in whole.get_all(name, [])]
    tokens = reply_address.tokens_in([*to, *(said.organizers if said else ())])
    vouched = "" if automatic else sender.proven(whole, trusted)
    return Read(automatic=automatic, said=said, tokens=tokens, sender=vouched)


def _object(part: Message) -> itip.Said:
    """The calendar object of a part, with what only its header says."""
    content = part.get_payload(decode=True)
    method = part.get_param("method", "")
    return itip.read(
        content if isinstance(content, bytes) else b"",
        charset=part.get_content_charset(""), method=method if isinstance(method, str) else "",
    )  # fmt: skip


def _leaves(whole: Message) -> Iterator[Message]:
    """The parts of a mail, without those of mails in it: what is forwarded is not said by who forwards it."""
    waiting, seen = [whole], 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > PARTS:
            raise Unreadable(f"it has more than {PARTS} parts")
        inner: Any = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += inner
        elif part.get_content_maintype() != "message":
            yield part


def _by_program(mail: Message) -> bool:
    """Vacation replies, lists and whatever else is no answer of somebody's calendar (RFC 3834)."""
    submitted = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    return (
        submitted != "no"
        or str(mail.get("Precedence", "")).strip().lower() in BULK
        or any(name in mail for name in NOT_BY_PEOPLE)
        or str(mail.get("Return-Path", "")).strip() == "<>"
    )


def _bounces(report: Message) -> Iterator[Bounce]:
    """Each recipient that failed for good, with the id of the mail that was returned."""
    parts: Any = report.get_payload()
    if not isinstance(parts, list):
        return
    blocks: list[Message] = []
    ids: list[str] = []
    for part in parts[:PARTS]:
        kind, inner = part.get_content_type(), part.get_payload()
        if kind == "message/delivery-status" and isinstance(inner, list):
            blocks += inner[:PARTS]
        elif kind == "message/rfc822" and isinstance(inner, list) and inner:
            ids += _MESSAGE_ID.findall(str(inner[0].get("Message-ID", "")))
        elif kind == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            headers = email.message_from_bytes(content if isinstance(content, bytes) else b"")
            ids += _MESSAGE_ID.findall(str(headers.get("Message-ID", "")))
    for block in blocks:
        if str(block.get("Action", "")).strip().lower() == "failed" and ids:
            yield Bounce(
                recipient=_after(block.get("Final-Recipient") or block.get("Original-Recipient")).lower(),
                message_id=ids[0],
                status=str(block.get("Status", "")).strip()[:20],
                told=" ".join(_after(block.get("Diagnostic-Code")).split())[:200],
            )


def _after(field: object) -> str:
    """The value of `type; value`."""
    return str(field or "").partition(";")[2].strip()
