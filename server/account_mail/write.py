"""Write a letter: the same row always gives the same bytes."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from server.account_mail.texts import TEXTS
from server.calendars import lines, mime
from server.calendars.invitations import PLATFORM, templates
from server.core import links
from server.core.translations import translator
from server.outbox.account_mail import Link


def write(
    *,
    id: UUID,
    kind: str,
    recipient: str,
    locale: str,
    owed_at: datetime,
    facts: dict[str, str],
    link: Link | None,
    sender: str,
    base_url: str,
) -> bytes:
    """Write the whole mail."""
    _ = translator(locale).gettext
    text = TEXTS[kind]
    told = {name: lines.clean(value) for name, value in facts.items()}
    to, organizer = lines.bare(recipient), lines.bare(sender)
    given: dict[str, Any] = {
        "_": _,
        "locale": locale,
        "opening": _(text.opening) % told,
        "link": address(link, base_url) if link else "",
        "doing": _(text.link) if text.link else "",
        "base_url": base_url,
    }
    parts = [
        mime.part(f"text/{subtype}; charset=UTF-8", templates().get_template(template).render(given).encode())
        for subtype, template in (("plain", "account_mail/letter.txt"), ("html", "account_mail/letter.html"))
    ]
    fixed = (
        f"From: {PLATFORM} <{organizer}>",
        f"To: {to}",
        f"Date: {format_datetime(owed_at)}",
        f"Message-ID: <{id.hex}@{organizer.rpartition('@')[2]}>",
        f"Content-Language: {locale}",
        "Auto-Submitted: auto-generated",  # RFC 3834: no vacation replies
        "MIME-Version: 1.0",
    )
    head = mime.header("Subject", _(text.subject) % told) + "".join(f"{one}\r\n" for one in fixed).encode("ascii")
    return head + mime.multipart("alternative", parts)


def address(link: Link, base_url: str) -> str:
    """The whole address of a link, always on this installation's own host."""
    token = links.token(link.purpose, link.of) if link.of is not None else ""
    return base_url.rstrip("/") + link.path.format(token=token)
