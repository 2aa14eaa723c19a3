"""How good the house is, in figures taken from the code itself; figures.toml has them as they are written down."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.house import field, kinds, layers, sources, terms

WRITTEN = Path(__file__).with_name("figures.toml")
BOOKINGS = "server/bookings"


class Figure(NamedTuple):
    """One figure: what it was when the house was drawn anew, what it is to be, and how it is taken."""

    title: str
    was: str
    to_be: str
    take: Callable[[], int] | None  # none: it needs a run (tests/house/test_passing.py)
    most: bool = False  # the more, the better
    show: Callable[[int], str] = str


@cache
def folders() -> Counter[str]:
    """How many modules each folder holds itself."""
    return Counter(str(path.parent.relative_to(sources.ROOT)) for path in sources.modules().values())


def largest(within: str = "") -> int:
    return max(count for folder, count in folders().items() if f"{folder}/".startswith(within))


def gerunds(tree: ast.Module) -> list[str]:
    """Imports that make a gerund of a verb, so that the verb stays free: `cancel as cancelling`."""
    return [
        f"{one.name} as {one.asname}"
        for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
        for one in node.names
        if one.asname and one.asname.endswith("ing") and not one.name.endswith("ing")
    ]  # fmt: skip


FIGURES = {
    "in_a_cycle": Figure(
        "packages in a cycle", "24, and 4 of the commands", "0", lambda: len(layers.in_a_cycle(layers.arrows()))
    ),
    "back_up": Figure("arrows that run back up", "58", "0", lambda: len(layers.back_up(layers.arrows()))),
    "largest_folder": Figure("largest folder", "122", "≤ 40", largest),
    "largest_in_bookings": Figure("largest folder inside bookings", "122", "≤ 22", lambda: largest(f"{BOOKINGS}/")),
    "unguarded_routes": Figure(
        "route modules guarded", "38 of 89", "all", lambda: len(kinds.routes_with_sql()),
        show=lambda missing: f"{len(kinds.route_modules()) - missing} of {len(kinds.route_modules())}",
    ),
    "not_pure": Figure(
        'modules that say "Pure." and are not', "9", "0",
        lambda: sum(bool(kinds.way_out(one)) for one in kinds.pure_modules()),
    ),
    "name_a_field": Figure("files that name one field of a booking", "40", "≤ 12", lambda: len(field.naming())),
    "copy_a_field": Figure(
        "files that name it beside another, as one more field would", "28", "≤ 12", lambda: len(field.copying())
    ),
    "terms": Figure(
        "terms of the field found by path or first docstring line", "24 of 40", "≥ 36 of 40",
        lambda: len(terms.found()), most=True, show=lambda found: f"{found} of {len(terms.TERMS)}",
    ),
    "gerunds": Figure(
        "gerund aliases", "125", "< 10", lambda: sum(len(gerunds(sources.tree(one))) for one in sources.modules())
    ),
    "silenced_s608": Figure(
        "`noqa: S608`", "111", "0",
        lambda: sum(len(re.findall(r"noqa:.*\bS608\b", sources.text(one))) for one in sources.modules()),
    ),
    "passed": Figure("files that `POST /bookings` passes until its claim stands", "36", "≤ 15", None),
}  # fmt: skip


def written() -> dict[str, int]:
    return {name: int(value) for name, value in tomllib.loads(WRITTEN.read_text()).items()}


def verdict(name: str, now: int) -> str:
    """What is to be said of a figure beside what is written down; nothing where they agree."""
    before = written()[name]
    if now == before:
        return ""
    better = (now > before) == FIGURES[name].most
    return f"{name} was {before} and is {now}: " + ("make house ARGS=--write" if better else "worse than it was")
