"""Which files a request passes until its claim stands: the interpreter tells each call while it is answered.

Counted are files below server/, from the route's handler (the first call into a module of routes) to the statement that
inserts the claim. What runs before the handler (middleware, who is asking, the guards) is not, nor is what was running
already and is only gone on with.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.house import kinds, sources

CLAIM = re.compile(r"\bINSERT INTO claim\b")


class Passed:
    """The modules in the order of their calls, each as often as it was called, and whether the claim was reached."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.claimed = False
        self._before: set[FrameType] = set()
        self._names = {str(path): name for name, path in sources.modules().items() if name.startswith("server")}
        self._routes = set(kinds.route_modules())

    def see(self, frame: FrameType, event: str, argument: Any) -> None:
        """Take note of a call; given to sys.setprofile."""
        module = self._names.get(frame.f_code.co_filename)
        if event != "call" or module is None or self.claimed or frame in self._before:
            return
        if not self.calls and module not in self._routes:
            self._before.add(frame)
            return
        self.calls.append(module)
        self.claimed = any(isinstance(one, str) and CLAIM.search(one) for one in frame.f_locals.values())

    @property
    def files(self) -> list[str]:
        return sorted(set(self.calls))


@contextmanager
def passing() -> Iterator[Passed]:
    """Watch what is called in this thread."""
    passed = Passed()
    sys.setprofile(passed.see)
    try:
        yield passed
    finally:
        sys.setprofile(None)
        passed._before.clear()
