"""The mail sink of the one-command default: takes every mail and keeps it as a file, for /mail to show."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.core.disk import is_full

log = structlog.get_logger()
_numbers = count(1)
Deliver = Callable[[bytes], Awaitable[bool]]  # whether it was taken


class Keep:
    """Write each mail to `directory`, named so that sorting by name is sorting by time."""

    def __init__(self, directory: Path, own: str = "", deliver: Deliver | None = None) -> None:
        self.directory, self.own, self.deliver = directory, own, deliver

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        if self.deliver and any(is_own(to, self.own) for to in envelope.rcpt_tos) and not await self.deliver(content):
            return "451 cannot be taken now"
        keep(self.directory, content)
        return "250 kept"

    async def handle_exception(self, error: Exception) -> str:
        """Say that it cannot be done now. The library's 500 would have the sender give a good mail up."""
        log.error("a mail is not kept now", error=repr(error))
        return "452 4.3.1 the disk is full" if is_full(error) else "451 4.3.0 it cannot be kept now"


def is_own(recipient: str, own: str) -> bool:
    """Whether a mail goes to the platform's mailbox, with a token or without."""
    local, _, host = recipient.rpartition("@")
    return f"{local.partition('+')[0]}@{host}".lower() == own.lower()


def keep(directory: Path, message: bytes) -> Path:
    """Write one mail whole: a reader of the directory never meets half of it under its final name."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}Z-{os.getpid()}-{next(_numbers):06}"
    half = directory / f".{name}"
    try:
        with half.open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())  # the sender forgets the mail once we say 250
        return half.rename(directory / f"{name}.eml")
    except OSError:
        half.unlink(missing_ok=True)  # it would take what room there is
        raise


@asynccontextmanager
async def sink(directory: Path, own: str = "", deliver: Deliver | None = None) -> AsyncIterator[str]:
    """Take mail on a free loopback port while the context lasts; give its smtp:// URL.

    What goes to the mailbox `own` is also delivered.
    """
    loop = asyncio.get_running_loop()

    def speaking() -> SMTP:
        return SMTP(Keep(directory, own, deliver), hostname="localhost", ident="Rongtong mail sink", loop=loop)

    server = await loop.create_server(speaking, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.close()  # without waiting for a client that keeps its connection
