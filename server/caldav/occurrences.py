"""When a repeating object takes place. `python -m server.caldav.occurrences` does it in a process of its own.

A process, because a rule that never comes true keeps the library busy for as long as it likes, and a process can be
killed. In: Asked as a line of JSON, then the file. Out: Told.
"""

import asyncio
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from server.caldav.calendar_file import LONGEST, MOST, Sent, check, wrong
from server.calendars.reading.expansion import expand
from server.core.spans import Span, merged

T = TypeVar("T")
CPU_SECONDS = 3
WALL_SECONDS = 20  # on a machine that is busy with other things
MEMORY = 1024 * 1024 * 1024  # bytes
AT_ONCE = 2

_parsing = ThreadPoolExecutor(1, thread_name_prefix="calendar-files")  # icalendar keeps zones for the whole process
_places: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None


class Asked(msgspec.Struct, frozen=True):
    """Within which time, and in which zone all-day events are."""

    zone: str
    first: datetime
    last: datetime


class Told(msgspec.Struct, frozen=True):
    """The busy times, sorted and joined; `last` of all occurrences that were found."""

    busy: list[Span] = []
    many: bool = False  # more than MOST
    error: str = ""


async def checked(data: bytes, zone: ZoneInfo) -> Sent:
    """Check an object without holding anything up. Raises what calendar_file.check raises."""
    return await in_thread(lambda: check(data, zone))


async def in_thread(work: Callable[[], T]) -> T:
    """Do what parses calendars in the one thread that may."""
    return await asyncio.get_running_loop().run_in_executor(_parsing, work)


async def busy(data: bytes, sent: Sent, zone: ZoneInfo, window: Span) -> list[Span]:
    """Work out which times an object takes within a window. Raises Forbidden for too many, or too long to work out."""
    if not sent.busy:
        return []
    if not sent.repeats:
        return [sent.span] if sent.span.length and sent.span.ends_at > window.starts_at else []
    told = await _apart(data, Asked(zone.key, *window))
    if told.many:
        raise wrong(f"it repeats more than {MOST} times within a year", "C:max-instances")
    if told.error:
        raise wrong(f"its repetitions cannot be worked out ({told.error})", "C:max-instances")
    return told.busy


async def _apart(data: bytes, asked: Asked) -> Told:
    async with _place():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.caldav.occurrences",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            given = msgspec.json.encode(asked) + b"\n" + data
            said, _ = await asyncio.wait_for(process.communicate(given), WALL_SECONDS)
            return msgspec.json.decode(said, type=Told)
        except TimeoutError:
            return Told(error="it takes too long")
        except msgspec.DecodeError:  # it was ended
            return Told(error="it takes too long or too much memory")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _place() -> asyncio.Semaphore:
    global _places
    loop = asyncio.get_running_loop()
    if _places is None or _places[0] is not loop:
        _places = loop, asyncio.Semaphore(AT_ONCE)
    return _places[1]


def answer(given: bytes) -> Told:
    line, _, data = given.partition(b"\n")
    asked = msgspec.json.decode(line, type=Asked)
    zone = ZoneInfo(asked.zone)
    try:
        found = expand(data, zone=zone, window=Span(asked.first, asked.last))
    except Exception as error:  # whatever files bring about in the libraries
        return Told(error=type(error).__name__)
    if len(found.busy) > MOST or any(one.kind == "many" for one in found.findings):
        return Told(many=True)
    if found.findings:
        return Told(error="it takes too long")
    spans = (Span(one.starts_at, one.ends_at) for one in found.busy)
    return Told([Span(*one) for one in merged(span for span in spans if span.length <= LONGEST)])


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(msgspec.json.encode(answer(sys.stdin.buffer.read())))
