"""The mails that the local sink kept, to be looked at. Only while mail goes to the sink: they are not ours to show."""

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
from server.web.render import page

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
    names = sorted((path.name for path in _box().glob("*.eml") if NAME.fullmatch(path.name)), reverse=True)
    mails = [_read(name, HEAD) for name in names[:MOST]]
    return page(request, "mails.html", mails=mails, total=len(names))


@get("/mail/{name:str}", sync_to_thread=True)
def show_mail(request: Request, name: FromPath[str]) -> Response[str]:
    """Show one mail: its text and its calendar part, as text."""
    return page(request, "mail.html", mail=_read(name))


@get("/mail/{name:str}/raw", sync_to_thread=True)
def download_mail(name: FromPath[str]) -> Response[bytes]:
    """Give the mail as it was sent, to be opened by a mail program."""
    headers = {
        "Content-Disposition": f'attachment; filename="{_path(name).name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_path(name).read_bytes(), media_type="message/rfc822", headers=headers)


def _box() -> Path:
    if not settings().mail_sink:
        raise NotFound("mail goes to a real server")
    return settings().data_dir / "mail"


def _path(name: str) -> Path:
    """Where a mail is. Raises NotFound for what is no name of a mail: nothing else on the disk can be asked for."""
    path = _box() / name
    if not NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
        raise NotFound("there is no such mail")
    return path


def _read(name: str, limit: int = -1) -> Mail:
    with _path(name).open("rb") as file:
        message = message_from_bytes(file.read(limit), policy=policy.default)
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return Mail(
        name=name,
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
