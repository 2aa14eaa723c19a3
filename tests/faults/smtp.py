"""A real SMTP server that misbehaves as told, and keeps what it took."""

import asyncio
import time
from typing import Any

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

DROP = "drop"


class Letter(msgspec.Struct, frozen=True):
    """A message that the server took; `at` is monotonic."""

    recipient: str
    content: bytes
    at: float


class MailServer:
    """Takes mail on a loopback port that stays the same through stop() and start().

    `at_rcpt` and `at_data` are answered instead of 250 unless empty; `at_data = DROP` takes the message and then breaks
    the connection, so that the sender cannot know. `once` goes before `at_data`, each answer for one message. `refused`
    maps single recipients to the answer they get.
    """

    def __init__(self, **options: Any) -> None:
        self.letters: list[Letter] = []
        self.at_rcpt = self.at_data = ""
        self.once: list[str] = []
        self.refused: dict[str, str] = {}
        self.options = options
        self.port = 0
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._sessions: set[SMTP] = set()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def start(self) -> "MailServer":
        loop = asyncio.get_running_loop()

        def speaking() -> SMTP:
            session = SMTP(self, hostname="localhost", loop=loop, **self.options)
            self._sessions.add(session)
            self.connections += 1
            return session

        self._server = await loop.create_server(speaking, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Go away, in the midst of whatever is being said."""
        if self._server is not None:
            self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                _cut(session)
        self._sessions.clear()
        self._server = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refused.get(address) or self.at_rcpt
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.once.pop(0) if self.once else self.at_data
        if answer and answer != DROP:
            return answer
        content = bytes(envelope.original_content or b"")
        self.letters += [Letter(address, content, time.monotonic()) for address in envelope.rcpt_tos]
        if answer == DROP:
            _cut(server)
        return "250 taken"


def _cut(session: SMTP) -> None:
    transport: Any = session.transport
    transport.abort()
