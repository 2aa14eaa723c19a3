"""Child processes of `rongtong up`: started again when they die, stopped with the house."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from server.embedded.servers import leash

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between a death and the next start, doubled each time
STEADY_SECONDS = 60  # a child that lived so long begins again with the first pause
STOP_SECONDS = 20  # for what it has in hand; then it is killed

log = structlog.get_logger()


@asynccontextmanager
async def kept_running(name: str, command: list[str]) -> AsyncIterator[None]:
    """Keep a command running while the context lasts, then ask it to end and wait for it."""
    stopping = asyncio.Event()
    running = asyncio.create_task(_keep(name, command, stopping))
    try:
        yield
    finally:
        stopping.set()
        await running


async def _keep(name: str, command: list[str], stopping: asyncio.Event) -> None:
    pause = FIRST_PAUSE
    while not stopping.is_set():
        started = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            *leash(),
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C on the terminal is for the supervisor
        )
        died = asyncio.ensure_future(child.wait())
        asked = asyncio.ensure_future(stopping.wait())
        await asyncio.wait({died, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if stopping.is_set():
            await _end(child, died)
            return
        pause = FIRST_PAUSE if time.monotonic() - started > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
        log.error("a process died and is started again", process=name, code=died.result(), seconds=pause)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await stopping.wait()


async def _end(child: asyncio.subprocess.Process, died: "asyncio.Future[int]") -> None:
    with suppress(ProcessLookupError):
        child.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await died
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
