"""Speak SMTP: one message to one recipient, over one connection that is kept while it works."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

SEND_SECONDS = 15  # for one message, connecting included
SYSTEM = "4.3."  # RFC 3463 3.4: about the mail system, such as 4.3.1, that its disk is full
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class NotSent(Exception):
    """The server did not take the message."""


class Rejected(NotSent):
    """It will never take it (5xx)."""


class Deferred(NotSent):
    """It does not take this message now (4xx)."""

    def __init__(self, code: int, told: str) -> None:
        super().__init__(f"{code} {told}")
        self.code = code
        self.of_system = told.startswith(SYSTEM)


class Away(NotSent):
    """It cannot be reached, broke off, or serves nobody now; the message has nothing to do with it."""


def connection_arguments(url: str) -> dict[str, Any]:
    """Read smtp://user:password@host:port or smtps://, either with ?starttls=yes or ?starttls=no.

    Without the latter STARTTLS is used when offered, and demanded before a password goes to another machine.
    Raises ValueError for anything else.
    """
    parts, given = urlsplit(url), parse_qs(urlsplit(url).query)
    starttls = given.pop("starttls", ["auto"])[0]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or given or starttls not in ("yes", "no", "auto"):
        raise ValueError("expected smtp[s]://[user:password@]host[:port][?starttls=yes|no]")
    demanded = parts.username is not None and parts.hostname not in LOOPBACK
    return {
        "hostname": parts.hostname,
        "port": parts.port,
        "username": None if parts.username is None else unquote(parts.username),
        "password": None if parts.username is None else unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtps",
        "start_tls": False
        if parts.scheme == "smtps"
        else {"yes": True, "no": False, "auto": demanded or None}[starttls],
    }


class Mail:
    """The way to the SMTP server. Use it as `async with`: the connection is opened by the first message."""

    def __init__(self, url: str, sender: str, name: str) -> None:
        """`sender` is the envelope's; `name` is the host name told in EHLO."""
        self._arguments = connection_arguments(url) | {"local_hostname": name, "timeout": SEND_SECONDS}
        self._sender = sender
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, recipient: str, message: bytes) -> None:
        """Hand one message over. Raises Rejected, Deferred or Away."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                client = await self._connected()
                await client.sendmail(self._sender, [recipient], message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            await self._judge(refused.recipients[0])
        except aiosmtplib.SMTPDataError as refused:
            await self._judge(refused)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            await self.close()
            raise Away(f"{type(error).__name__}: {' '.join(map(str, error.args))}") from None
        except ValueError as error:  # after OSError: a certificate that fails is both
            raise Rejected(f"not an address: {error}") from None

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is None or not self._client.is_connected:
            await self.close()
            self._client = aiosmtplib.SMTP(**self._arguments)
            await self._client.connect()
        return self._client

    async def _judge(self, refused: aiosmtplib.SMTPResponseException) -> None:
        if refused.code == 421:  # RFC 5321 3.8: the server is about to close the connection
            await self.close()
            raise Away(f"421 {refused.message}") from None
        if refused.code >= 500:
            raise Rejected(f"{refused.code} {refused.message}") from None
        raise Deferred(refused.code, refused.message) from None

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await client.quit(timeout=1)
        client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
