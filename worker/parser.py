"""Have a foreign calendar read by a process of its own, which is killed when it takes too long."""

import asyncio
import os
import sys
from contextlib import suppress

import msgspec

from server.foreign.schemas import Asked, Told

WALL_SECONDS = 60  # its own limits on work and memory end it earlier, unless the machine is very busy
# No settings of ours.
KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "HOME", "TZDIR")

_told = msgspec.json.Decoder(Told)


async def parse(asked: Asked, content: bytes) -> Told:
    """Ask what a file says. Never raises for what the file is like."""
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.foreign.parse", env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WALL_SECONDS):
            said, _ = await process.communicate(msgspec.json.encode(asked) + b"\n" + content)
    except TimeoutError:
        return Told(error="it takes too long to read")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode != 0:
        return Told(error="it takes too much work or memory to read")
    return _told.decode(said)
