"""Work: go round every few seconds, and at once when the bell rings.

Mails, sweeps, webhooks, foreign calendars and the mailbox each go round by themselves: none waits until another has
done all it has. They need only the database.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit

import structlog

from server.core import db, lasting_key, logs
from server.core.settings import Settings, WrongSetting, settings
from server.core.tasks import end
from server.embedded.reach import name_secret
from server.operator import open_lasting_key
from server.operator.open_lasting_key import AnotherSecret
from worker import account_mail, notices
from worker.account_mail import LETTERS
from worker.bell import Bell, listen
from worker.drain import drain
from worker.fetch import fetch
from worker.imap import place, read_inbox
from worker.lmtp import listening
from worker.mail import Mail, connection_arguments
from worker.notices import NOTICES
from worker.periodic import sweep
from worker.webhooks import deliver

ROUND_SECONDS = 5  # the longest wait for what no bell announced
FINISH_SECONDS = 4  # for what is in hand when the worker stops; then it is broken off, and its lease ends by itself
END_SECONDS = 9  # after which the kernel ends it, whatever hangs; container engines kill after ten
CONNECTIONS = 5  # one for the mails, one for the sweeps, the others for what asks many at once

Do = Callable[[asyncio.Event], Awaitable[int]]  # until the event; how much was done

log = structlog.get_logger()


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


async def work(given: Settings) -> None:
    """Work until SIGTERM or SIGINT; what is being sent then is finished, the rest given back. Raises AnotherSecret."""
    stop, bells = asyncio.Event(), Bells()

    def finish() -> None:
        if not stop.is_set():
            signal.alarm(END_SECONDS)
        stop.set()
        bells.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, finish)
    async with AsyncExitStack() as pool, listening(given.lmtp_listen, given.mail_from):
        doing = (mailing(given), sweeping(bells), deliver, fetch, read_inbox)
        going = {asyncio.create_task(go_round(do, bells.new(), stop)) for do in doing}
        reaching = asyncio.create_task(connect(given, pool, bells))
        reaching.add_done_callback(lambda ended: finish() if not ended.cancelled() and ended.exception() else None)
        beside = {reaching}
        if given.redis_url:
            beside.add(asyncio.create_task(listen(given.redis_url, bells)))
        try:
            await stop.wait()
            await asyncio.wait(going, timeout=FINISH_SECONDS)
        finally:
            await end(*going, *beside)
        if reaching.done() and not reaching.cancelled():
            reaching.result()


async def connect(given: Settings, pool: AsyncExitStack, reached: Bell) -> None:
    """Open the pool for the rounds as soon as there is a database. Raises AnotherSecret."""
    well = True
    while True:
        try:
            if db.DB.pool is None:
                await pool.enter_async_context(
                    db.connected(given.database_url, size=CONNECTIONS, statement_cache_size=given.statement_cache_size)
                )
            await open_lasting_key.load()
        except AnotherSecret:
            raise
        except Exception as error:
            if well:
                log.error("the database is away; it is tried again and again", exc_info=error)
            well = False
            await asyncio.sleep(ROUND_SECONDS)
        else:
            reached.set()
            return


async def go_round(do: Do, rung: asyncio.Event, stop: asyncio.Event) -> None:
    """Do one kind of work every ROUND_SECONDS and when rung; outlive every failure of it and of the database."""
    well = True
    while not stop.is_set():
        rung.clear()
        try:
            if db.DB.pool is not None and lasting_key.is_loaded():  # connect() has been there
                done = await do(stop)
                if done or not well:
                    log.info("round", what=do.__name__, done=done)
                well = True
        except Exception as error:
            if well:
                log.error("failed; it is tried again and again", what=do.__name__, exc_info=error)
            well = False
        with suppress(TimeoutError):
            async with asyncio.timeout(ROUND_SECONDS):
                await rung.wait()


def mailing(given: Settings) -> Do:
    """Make what sends notices and letters, over one connection to the mail server."""
    name = urlsplit(given.base_url).hostname or "localhost"

    async def send_mails(stop: asyncio.Event) -> int:
        async with Mail(given.smtp_url, given.mail_from, name) as mail:
            telling = notices.sending(mail, given.mail_from, given.base_url, plus=given.mail_plus)
            writing = account_mail.sending(mail, given.mail_from, given.base_url)
            return await drain([(NOTICES, telling), (LETTERS, writing)], stop)

    return send_mails


def sweeping(bell: Bell) -> Do:
    """Make what runs the sweeps, and rings when they did something: there may be more, and notices are owed."""

    async def run_sweeps(stop: asyncio.Event) -> int:
        done = await sweep(stop)
        if done:
            bell.set()
        return done

    return run_sweeps


def run() -> None:
    """Work with the settings of this process, which ends with a word about those that are wrong."""
    try:
        name_secret()
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
    try:
        asyncio.run(work(given))
    except AnotherSecret as error:
        sys.exit(f"Error: {error}")
