"""The files of migrations/: one step each, in the order of their names, as SQL in the form that dbmate reads too."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import server

FOLDER = Path(server.__file__).parent.parent / "migrations"
NAME = re.compile(r"\d{4}_[a-z0-9_]+")  # 0009_what_it_brings
PARTS = re.compile(r"^-- migrate:(up|down)(?: transaction:(true|false))? *$", re.MULTILINE)
MADE_APART = re.compile(
    r"^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.MULTILINE | re.IGNORECASE
)


@dataclass(frozen=True)
class Way:
    """One direction of a step. Outside a transaction it is a single statement, which can be run again."""

    sql: str
    in_transaction: bool

    @cached_property
    def index(self) -> str | None:
        """Name the index that is made without holding up writers; one that is broken off stays behind, invalid."""
        found = MADE_APART.search(self.sql)
        return found[1] if found and not self.in_transaction else None


@dataclass(frozen=True)
class Step:
    """A migration, known by the name of its file."""

    id: str
    up: Way
    down: Way


def steps() -> list[Step]:
    """Read all steps in their order. Raises ValueError for a file that is not one."""
    return [read(path) for path in sorted(FOLDER.glob("*.sql"))]


def read(path: Path) -> Step:
    _, *parts = PARTS.split(path.read_text("utf-8"))
    if not NAME.fullmatch(path.stem) or parts[::3] != ["up", "down"]:
        raise ValueError(f"{path.name} is no migration: 0009_like_this.sql, with `-- migrate:up` and `-- migrate:down`")
    up, down = (Way(sql, flag != "false") for flag, sql in zip(parts[1::3], parts[2::3], strict=True))
    return Step(path.stem, up, down)
