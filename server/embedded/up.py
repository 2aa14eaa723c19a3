"""`rongtong up`: everything at once, in one supervised house.

Services that no RONGTONG_*_URL names are started embedded. What starts is stopped in the opposite order, whatever
happens; what a supervisor killed with -9 leaves behind is stopped by the next one.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import msgspec
import structlog

from server.core import db, lasting_key, migrate
from server.core.settings import Settings, settings
from server.demo import demo
from server.embedded import datadir, mailsink, servers
from server.embedded.children import Child, Server, kept_running
from server.embedded.reach import name_secret
from server.operator import open_lasting_key

HOST = "127.0.0.1"
READY_SECONDS = 60

log = structlog.get_logger()


class NotUp(Exception):
    """The house did not start."""


async def up(port: int, *, with_demo: bool, say: Callable[[str], None]) -> None:
    """Start everything, say when it is ready, and keep it running until SIGINT or SIGTERM.

    Raises NotUp, DataDirInUse, EmbeddedServerFailed, MigrationFailed or AnotherSecret when it cannot start.
    """
    this = asyncio.current_task()
    assert this is not None  # noqa: S101 - a coroutine runs in a task
    asked_to_stop = asyncio.Event()

    def stop() -> None:
        if not asked_to_stop.is_set():  # a second Ctrl-C must not break off the stopping
            asked_to_stop.set()
            this.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        async with _house(port, with_demo=with_demo) as ready:
            say(ready)
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        if not asked_to_stop.is_set():
            raise
        say("Rongtong has stopped; everything is kept for the next start.")


@asynccontextmanager
async def _house(port: int, *, with_demo: bool) -> AsyncIterator[str]:
    given = settings()
    data = given.data_dir.absolute()
    base_url = given.base_url if "RONGTONG_BASE_URL" in os.environ else f"http://{HOST}:{port}"
    _refuse_strangers(msgspec.structs.replace(given, base_url=base_url), with_demo=with_demo)
    async with AsyncExitStack() as afterwards:
        afterwards.enter_context(datadir.locked(data, base_url))
        _refuse_taken_port(port)
        os.environ |= {"RONGTONG_DATA_DIR": str(data), "RONGTONG_BASE_URL": base_url}
        name_secret(own=True)
        own_database = not given.database_url
        if own_database:
            postgres = _postgres(data)
            await afterwards.enter_async_context(kept_running("postgres", Server(postgres)))
            os.environ["RONGTONG_DATABASE_URL"] = postgres.url
        if not given.redis_url:
            valkey = _valkey(data)
            await afterwards.enter_async_context(kept_running("valkey", Server(valkey)))
            os.environ["RONGTONG_REDIS_URL"] = valkey.url
        if not given.smtp_url:
            os.environ["RONGTONG_SMTP_URL"] = await afterwards.enter_async_context(
                mailsink.sink(data / "mail", given.mail_from, _deliver)
            )
            os.environ.setdefault("RONGTONG_MAIL_PLUS", "1")
            os.environ["RONGTONG_MAIL_SINK"] = "1"
        settings.cache_clear()
        database_url = settings().database_url
        await migrate.forwards(database_url)
        shown = None
        async with db.connected(database_url, size=1):
            await open_lasting_key.load()
            if not settings().is_local:
                await demo.refuse_open_demo()
            elif own_database or with_demo:
                shown = await demo.seed(lasting_key.key(), wanted=with_demo)
        await afterwards.enter_async_context(kept_running("worker", Child([sys.executable, "-m", "worker"])))
        serve = [sys.executable, "-m", "server.cli", "serve", "--host", HOST, "--port", str(port)]
        await afterwards.enter_async_context(kept_running("serve", Child(serve)))
        await _until_ready(port)
        yield _welcome(base_url, shown, mail=settings().mail_sink, data=data)


async def _deliver(mail: bytes) -> bool:
    """Hand over what the mail sink took for the platform's own mailbox, as a mail server would."""
    command = [sys.executable, "-m", "server.cli", "deliver"]
    running = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    await running.communicate(mail)
    return running.returncode == 0


def _refuse_strangers(given: Settings, *, with_demo: bool) -> None:
    """Raise NotUp where what is open to everybody on this machine would be open to others."""
    if given.is_local:
        return
    others = f"others come too, as {given.opened_by} says"
    if with_demo:
        raise NotUp(f"{others}, and the demo's people sign in with a password that is shown here; leave --demo out")
    if not given.smtp_url:
        raise NotUp(
            f"{others}, and without a mail server all mail is kept here to be looked at; "
            "set RONGTONG_SMTP_URL, such as smtp://user:password@mail.example:587"
        )


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise NotUp(f"port {port} is in use; choose another, such as: make run PORT={port + 1}") from None


def _postgres(data: Path) -> servers.Postgres:
    postgres = servers.Postgres(data)
    if postgres.running():
        log.warning("stopping the PostgreSQL that a killed supervisor left running")
        postgres.stop()
    return postgres


def _valkey(data: Path) -> servers.Valkey:
    valkey = servers.Valkey(data, leashed=True)
    valkey.stop()  # the same
    return valkey


async def _until_ready(port: int) -> None:
    """Wait until the server says that it can work. Raises NotUp when it does not in time."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            while await asyncio.to_thread(_status, port) != 200:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise NotUp("the server did not become ready; what it said stands above") from None


def _status(port: int) -> int:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def _welcome(base_url: str, shown: demo.Demo | None, *, mail: bool, data: Path) -> str:
    lines = ["", f"Rongtong is ready at {base_url}", ""]
    lines += [f"  start page  {base_url}/", f"  API         {base_url}/api/docs"]
    lines += [f"  mail        {base_url}/mail"] if mail else []
    lines += [f"  answers     {os.environ['RONGTONG_SMTP_URL']} takes mail to {settings().mail_from}"] if mail else []
    lines += [f"  feed        {shown.feed}"] if shown else []
    lines += [f"  data        {data}"]
    if shown:
        lines += ["", "Demo tokens, for `Authorization: Bearer …`:"]
        lines += [f"  {person.token}  {person.role:<8} {person.email:<28} {of}" for of, person in shown.people]
        lines += ["", f"At {base_url}/sign-in they all have the password {shown.password}"]
        lines += [f"and so has {shown.operator}, who runs the platform."]
    return "\n".join([*lines, "", "Ctrl-C stops everything and loses nothing.", ""])
