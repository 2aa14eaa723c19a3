"""Read the mailbox to which answers and bounces come, by IMAP. The library blocks, so it works in a thread.

A mail is marked as seen only when all that follows from it is committed; one that is read again changes nothing.
"""

import asyncio
import time
from urllib.parse import unquote, urlsplit

import msgspec
import structlog
from imap_tools import AND, BaseMailBox, MailBox, MailBoxUnencrypted, MailMessageFlags

from server.core.errors import BusyTryAgain
from server.core.settings import settings
from server.replies.read_mail import SIZE
from server.replies.receive import receive, refuse_large
from worker.apart import apart

EVERY_SECONDS = 30  # from one look into the mailbox to the next
NETWORK_SECONDS = 15
BATCH = 50
LOOPBACK = ("127.0.0.1", "::1", "localhost")

log = structlog.get_logger()
_looked = -float(EVERY_SECONDS)  # monotonic


class Place(msgspec.Struct, frozen=True):
    """A mailbox on a server."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    encrypted: bool


def place(url: str) -> Place:
    """Read imaps://user:password@host[:port]/folder. Raises ValueError; imap:// only on this machine."""
    parts = urlsplit(url)
    encrypted = parts.scheme == "imaps"
    plain = parts.scheme == "imap" and parts.hostname in LOOPBACK
    if not (encrypted or plain) or not parts.hostname or not parts.username:
        raise ValueError("expected imaps://user:password@host[:port]/folder")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    port = parts.port or (993 if encrypted else 143)
    return Place(parts.hostname, port, unquote(parts.username), unquote(parts.password or ""), folder, encrypted)


async def read_inbox(stop: asyncio.Event) -> int:
    """Read what is new in the mailbox, at most every EVERY_SECONDS. Return how many mails were dealt with."""
    global _looked
    url = settings().imap_url
    if not url or time.monotonic() - _looked < EVERY_SECONDS:
        return 0
    _looked = time.monotonic()
    box = await apart(_open, place(url))
    try:
        return await _read(box, stop)
    finally:
        await apart(_close, box)


async def _read(box: BaseMailBox, stop: asyncio.Event) -> int:
    done = 0
    for uid, raw, size in await apart(_unseen, box):
        if stop.is_set():
            break
        flags = [MailMessageFlags.SEEN]
        try:
            await (receive(raw) if size <= SIZE else refuse_large(raw, size))
        except BusyTryAgain:
            break  # the mail stays new
        except Exception as error:  # a defect of ours must not hold up the others: it is put aside, for a person to see
            log.error("a mail could not be dealt with", uid=uid, exc_info=error)
            flags.append(MailMessageFlags.FLAGGED)
        await apart(box.flag, uid, flags, True)
        done += 1
    return done


def _open(given: Place) -> BaseMailBox:
    kind = MailBox if given.encrypted else MailBoxUnencrypted
    box: BaseMailBox = kind(given.host, given.port, timeout=NETWORK_SECONDS)
    try:
        box.login(given.user, given.password, initial_folder=given.folder)
    except Exception:
        box.client.shutdown()
        raise
    return box


def _unseen(box: BaseMailBox) -> list[tuple[str, bytes, int]]:
    """Fetch without marking. Of one that is too large nothing is fetched but its headers."""
    found: list[tuple[str, bytes, int]] = []
    for head in box.fetch(AND(seen=False), limit=BATCH, mark_seen=False, headers_only=True, bulk=True):
        if head.uid is None:
            continue
        if head.size_rfc822 > SIZE:
            found.append((head.uid, head.obj.as_bytes(), head.size_rfc822))
            continue
        _, data = box.client.uid("FETCH", head.uid, "(BODY.PEEK[])")
        found += [(head.uid, one[1], head.size_rfc822) for one in data if isinstance(one, tuple)]
    return found


def _close(box: BaseMailBox) -> None:
    try:
        box.logout()
    except Exception as error:  # what was read was read
        log.info("the mailbox did not say goodbye", error=repr(error))
