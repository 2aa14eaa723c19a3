"""`python -m server.foreign.parse`: read a calendar from standard input and say what is busy, in a process of its own.

A process, because repetition can take any time and memory, and because it can be killed. In: Asked as a line of JSON,
then the file. Out: Told.
"""

import resource
import sys
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from server.calendars.reading.content import Unreadable
from server.calendars.reading.expansion import expand
from server.core.spans import Span
from server.foreign.collection import joined
from server.foreign.schemas import Asked, Told

HORIZON = timedelta(days=400)
CPU_SECONDS = 20
MEMORY = 1024 * 1024 * 1024  # bytes


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(msgspec.json.encode(answer(sys.stdin.buffer.read())))


def answer(given: bytes) -> Told:
    """Read what was given. Whatever goes wrong with the file is an answer, too."""
    line, _, content = given.partition(b"\n")
    asked = msgspec.json.decode(line, type=Asked)
    try:
        return Told(
            expand(
                joined(content) if asked.collection else content, zone=ZoneInfo(asked.zone), own_host=asked.own_host,
                window=Span(asked.now, asked.now + HORIZON), titles=asked.titles, charset=asked.charset,
            )
        )  # fmt: skip
    except Unreadable as reason:
        return Told(error=str(reason))
    except MemoryError:
        return Told(error="it takes too much memory to read")
    except Exception as error:  # whatever strangers' files bring about in the libraries
        return Told(error=f"it cannot be read ({type(error).__name__})")


if __name__ == "__main__":
    main()
