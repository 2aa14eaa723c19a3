"""Take answers and bounces from the mail server by LMTP (RFC 2033): it keeps what is not taken, and comes again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from server.core import db
from server.replies.read_mail import SIZE
from server.replies.receive import receive

log = structlog.get_logger()


class Take:
    """What the server does with mail."""

    def __init__(self, own: str) -> None:
        self.own = own.lower()

    async def handle_RCPT(
        self, server: LMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail for the platform's mailbox only, with a token or without."""
        local, _, host = address.rpartition("@")
        if f"{local.partition('+')[0]}@{host}".lower() != self.own:
            return "550 5.1.1 there is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 it is here"

    async def handle_DATA(self, server: LMTP, session: Session, envelope: Envelope) -> str:
        """Deal with it before it is taken. RFC 2033 4.2: one reply for each recipient."""
        reply = await self._reply(envelope.original_content or b"")
        return "\r\n".join([reply] * len(envelope.rcpt_tos))

    async def handle_exception(self, error: Exception) -> str:
        """Say that it cannot be done now. The library's 500 would send a good answer back to who wrote it."""
        log.error("a mail is not taken now", exc_info=error)
        return "451 4.3.0 it cannot be taken now"

    async def _reply(self, content: bytes) -> str:
        if db.DB.pool is None:
            return "451 4.3.0 the database is away"
        try:
            return f"250 2.0.0 {(await receive(content)).partition(':')[0]}"
        except Exception as error:
            log.warning("a mail is not taken now", error=repr(error))
            return "451 4.3.0 it cannot be taken now"


@asynccontextmanager
async def listening(where: str, own: str) -> AsyncIterator[asyncio.Server | None]:
    """Take mail at `host:port` or at the path of a socket while the context lasts; nowhere when none is named."""
    if not where:
        yield None
        return

    def speaking() -> LMTP:
        given: dict[str, Any] = {"data_size_limit": SIZE, "hostname": "localhost", "ident": "Rongtong"}
        return LMTP(Take(own), loop=asyncio.get_running_loop(), **given)

    loop = asyncio.get_running_loop()
    host, _, port = where.rpartition(":")
    server = await (
        loop.create_unix_server(speaking, where)
        if where.startswith("/")
        else loop.create_server(speaking, host, int(port))
    )
    try:
        yield server
    finally:
        server.close()
