"""What a reader did not understand, line by line, and what it did instead. Pure."""

from typing import Literal

import msgspec

Kind = Literal[
    "start", "no-start", "end", "rule", "often", "long", "many", "no-rule", "dates", "left-out", "exception", "zone",
    "twice", "unknown", "stray", "period",
]  # fmt: skip
MOST = 100  # of one file; what follows is counted
TEXT = 120  # characters of a line


class Finding(msgspec.Struct, frozen=True):
    """One line that was not understood. Its text is kept only of lines that say when, not of titles."""

    __schema_name__ = "CalendarFinding"
    line: int
    kind: Kind
    text: str = ""


class Findings(list[Finding]):
    """All of a file, each once."""

    def add(self, line: int, kind: Kind, text: str = "") -> None:
        made = Finding(line, kind, "".join(one if one.isprintable() else " " for one in text[:TEXT]))
        if made not in self[-10:]:
            self.append(made)
