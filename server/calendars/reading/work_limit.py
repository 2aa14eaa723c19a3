"""A limit on the work of one event: what a library does with strangers' rules is ended by a signal. Pure."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class TooMuch(Exception):
    """An event that takes longer to work out than it may."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooMuch after so many seconds of work; only a main thread has signals, elsewhere nothing is limited."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise TooMuch

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
