"""What `rongtong up` keeps running: started again when it dies, and until it starts; stopped with the house."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import structlog

from server.embedded.servers import Postgres, Valkey, leash

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between a death and the next start, doubled each time
STEADY_SECONDS = 60  # what lived so long begins again with the first pause
STOP_SECONDS = 20  # for what a child has in hand; then it is killed
WATCH_SECONDS = 0.5  # from one look at a server to the next

log = structlog.get_logger()


class Kept(Protocol):
    """Something that runs, may die, and can be started again."""

    async def start(self) -> None:
        """Start it. Raises when that fails; then it can be tried again."""

    async def died(self) -> None:
        """Wait until it runs no more."""

    async def end(self) -> None:
        """Ask it to end, and wait for that; nothing, when it does not run."""


class Child:
    """A command as a child process."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *leash(),
            *self.command,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C on the terminal is for the supervisor
        )

    async def died(self) -> None:
        if self.process:
            await self.process.wait()

    async def end(self) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()


class Server:
    """An embedded server. It runs apart from us, so it is looked at again and again."""

    def __init__(self, server: Postgres | Valkey) -> None:
        self.server = server

    async def start(self) -> None:
        starting = asyncio.ensure_future(asyncio.to_thread(self.server.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:  # the thread goes on, and the server must not be left behind
            await asyncio.wait({starting})
            await self.end()
            raise

    async def died(self) -> None:
        while self.server.alive():  # noqa: ASYNC110 - another process has no event for it
            await asyncio.sleep(WATCH_SECONDS)

    async def end(self) -> None:
        await asyncio.to_thread(self.server.stop)


@asynccontextmanager
async def kept_running(name: str, kept: Kept) -> AsyncIterator[None]:
    """Start something, keep it running while the context lasts, then end it. Raises when it does not start at first."""
    await kept.start()
    stopping = asyncio.Event()
    running = asyncio.create_task(_keep(name, kept, stopping))
    try:
        yield
    finally:
        stopping.set()
        await running


async def _keep(name: str, kept: Kept, stopping: asyncio.Event) -> None:
    pause, begun = FIRST_PAUSE, time.monotonic()
    while await _before(stopping, kept.died()):
        if time.monotonic() - begun > STEADY_SECONDS:
            pause = FIRST_PAUSE
        log.error("a process died and is started again", process=name, seconds=pause)
        while await _before(stopping, asyncio.sleep(pause)):
            pause = min(pause * 2, LONGEST_PAUSE)
            begun = time.monotonic()
            try:
                await kept.start()
            except Exception as error:  # such as a full disk: it passes
                log.error("it does not start and is tried again", process=name, error=str(error), seconds=pause)
            else:
                log.warning("it was started again", process=name)
                break
    await kept.end()


async def _before(stopping: asyncio.Event, other: Coroutine[Any, Any, Any]) -> bool:
    """Wait for something, or until the house stops; tell whether it came first."""
    first, asked = asyncio.ensure_future(other), asyncio.ensure_future(stopping.wait())
    await asyncio.wait({first, asked}, return_when=asyncio.FIRST_COMPLETED)
    for one in (first, asked):
        one.cancel()
    return not stopping.is_set()
