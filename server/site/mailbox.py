"""The mails that the local sink kept, to be looked at by who sits at this machine or runs the platform.

There are links in them with which anybody is whom the mail is for: for others there is no such page.
"""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from server.core.errors import NotFound
from server.core.http import Request
from server.core.settings import settings
from server.web.render import page, shows_mail

NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,120}\.eml")
MOST = 200
HEAD = 64 * 1024  # bytes that are read of a mail for the list


class Mail(msgspec.Struct, frozen=True):
    """What is shown of a mail; text only, never its HTML."""

    name: str
    subject: str
    to: str
    sender: str
    date: str
    texts: list[str]
    calendars: list[str]
    attachments: list[str]


@get("/mail", sync_to_thread=True)
def list_mails(request: Request) -> Response[str]:
    """List the mails, newest first."""
    names = sorted((path.name for path in _box(request).glob("*.eml") if NAME.fullmatch(path.name)), reverse=True)
    mails = [_read(_path(request, name), HEAD) for name in names[:MOST]]
    return page(request, "mails.html", mails=mails, total=len(names))


@get("/mail/{name:str}", sync_to_thread=True)
def show_mail(request: Request, name: FromPath[str]) -> Response[str]:
    """Show one mail: its text and its calendar part, as text."""
    return page(request, "mail.html", mail=_read(_path(request, name)))


@get("/mail/{name:str}/raw", sync_to_thread=True)
def download_mail(request: Request, name: FromPath[str]) -> Response[bytes]:
    """Give the mail as it was sent, to be opened by a mail program."""
    path = _path(request, name)
    headers = {
        "Content-Disposition": f'attachment; filename="{path.name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(path.read_bytes(), media_type="message/rfc822", headers=headers)


def _box(request: Request) -> Path:
    if not shows_mail(request):
        raise NotFound("mail is shown on the machine on which it is kept, or mail goes to a real server")
    return settings().data_dir / "mail"


def _path(request: Request, name: str) -> Path:
    """Where a mail is. Raises NotFound for what is no name of a mail: nothing else on the disk can be asked for."""
    path = _box(request) / name
    if not NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
        raise NotFound("there is no such mail")
    return path


def _read(path: Path, limit: int = -1) -> Mail:
    with path.open("rb") as file:
        message = message_from_bytes(file.read(limit), policy=policy.default)
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return Mail(
        name=path.name,
        subject=str(message["subject"] or ""),
        to=str(message["to"] or ""),
        sender=str(message["from"] or ""),
        date=str(message["date"] or ""),
        texts=[_text(part) for part in leaves if part.get_content_type() == "text/plain"],
        calendars=[_text(part) for part in leaves if part.get_content_type() == "text/calendar"],
        attachments=[filename for part in leaves if (filename := part.get_filename())],
    )


def _text(part: EmailMessage) -> str:
    """Read a text part, whatever its charset claims to be."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # a charset that nobody knows, or no name at all
        return content.decode("utf-8", "replace")


ROUTES = [list_mails, show_mail, download_mail]
