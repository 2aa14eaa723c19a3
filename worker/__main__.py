"""`python -m worker`: send what is owed and do what time brings about, in rounds and at once when the bell rings.

The rounds need only the database.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit

import structlog

from server.core import db, logs
from server.core.settings import Settings, WrongSetting, settings
from worker import account_mail, notices
from worker.account_mail import LETTERS
from worker.bell import listen
from worker.drain import drain
from worker.fetch import fetch
from worker.imap import place, read_inbox
from worker.lmtp import listening
from worker.mail import Mail, connection_arguments
from worker.notices import NOTICES
from worker.periodic import sweep
from worker.webhooks import deliver

ROUND_SECONDS = 5  # the longest wait for what no bell announced

log = structlog.get_logger()


async def work(given: Settings) -> None:
    """Work until SIGTERM or SIGINT; what is being sent then is finished, the rest given back."""
    stop, bells = asyncio.Event(), Bells()
    mails, *others = (bells.new() for _ in range(4))

    def finish() -> None:
        stop.set()
        bells.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, finish)
    hearing = asyncio.create_task(listen(given.redis_url, bells)) if given.redis_url else None
    beside = [asyncio.create_task(aside(*one, stop)) for one in zip((deliver, fetch, read_inbox), others, strict=True)]
    try:
        async with AsyncExitStack() as pool, listening(given.lmtp_listen, given.mail_from):
            await rounds(given, pool, mails, stop)
            await asyncio.gather(*beside)
    finally:
        if hearing:
            hearing.cancel()
            with suppress(asyncio.CancelledError):
                await hearing


class Bells:
    """The bells of several rounds, rung together."""

    def __init__(self) -> None:
        self._bells: list[asyncio.Event] = []

    def new(self) -> asyncio.Event:
        self._bells.append(asyncio.Event())
        return self._bells[-1]

    def set(self) -> None:
        for bell in self._bells:
            bell.set()


async def aside(do: Callable[[asyncio.Event], Awaitable[int]], rung: asyncio.Event, stop: asyncio.Event) -> None:
    """Do what may take long beside the rounds, as often and when rung; outlive its failures as they do."""
    well = True
    while not stop.is_set():
        rung.clear()
        try:
            if db.DB.pool is not None:  # the rounds open it
                done = await do(stop)
                if done or not well:
                    log.info("aside", what=do.__qualname__, done=done)
                well = True
        except Exception as error:
            if well:
                log.error("failed; it is tried again and again", what=do.__qualname__, exc_info=error)
            well = False
        with suppress(TimeoutError):
            async with asyncio.timeout(ROUND_SECONDS):
                await rung.wait()


async def rounds(given: Settings, pool: AsyncExitStack, rung: asyncio.Event, stop: asyncio.Event) -> None:
    """Drain and sweep every ROUND_SECONDS and when rung; outlive every failure of the database."""
    name = urlsplit(given.base_url).hostname or "localhost"
    well = True
    while not stop.is_set():
        rung.clear()
        try:
            if db.DB.pool is None:
                size = 4  # one for the rounds, the others for what goes on beside them
                await pool.enter_async_context(
                    db.connected(given.database_url, size=size, statement_cache_size=given.statement_cache_size)
                )
            async with Mail(given.smtp_url, given.mail_from, name) as mail:
                taken = 0
                telling = notices.sending(mail, given.mail_from, given.base_url, plus=given.mail_plus)
                for queue, send in (
                    (NOTICES, telling),
                    (LETTERS, account_mail.sending(mail, given.mail_from, given.base_url)),
                ):
                    taken += await drain(queue, send, stop)
            swept = 0 if stop.is_set() else await sweep()
            if taken or swept or not well:
                log.info("round", taken=taken, swept=swept)
            if swept:  # there may be more, and notices are owed
                rung.set()
            well = True
        except Exception as error:
            if well:
                log.error("round failed; it is tried again and again", exc_info=error)
            well = False
        with suppress(TimeoutError):
            async with asyncio.timeout(ROUND_SECONDS):
                await rung.wait()


def main() -> None:
    try:
        given = settings()
    except WrongSetting as error:
        sys.exit(f"Error: {error}")
    logs.configure(given.log_level)
    try:
        connection_arguments(given.smtp_url)
    except ValueError as error:
        sys.exit(f"RONGTONG_SMTP_URL: {error}")
    if given.imap_url:
        try:
            place(given.imap_url)
        except ValueError as error:
            sys.exit(f"RONGTONG_IMAP_URL: {error}")
    if not given.database_url:
        sys.exit("RONGTONG_DATABASE_URL is not set")
    asyncio.run(work(given))


if __name__ == "__main__":
    main()
