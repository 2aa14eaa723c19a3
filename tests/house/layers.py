"""The packages of the server and how they import each other. Their order stands in pyproject.toml, where import-linter
reads it too."""

import tomllib
from functools import cache
from typing import Any

from tests.house import sources

Arrow = tuple[str, str]


def contract() -> dict[str, Any]:
    """import-linter's contract of the layers, as it is written down."""
    project = tomllib.loads((sources.ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    (found,) = (one for one in contracts if one["type"] == "layers" and one["containers"] == ["server"])
    return dict(found)


@cache
def levels() -> dict[str, int]:
    """The line of each package, 0 on top."""
    lines = ([one.strip() for one in line.split("|")] for line in contract()["layers"])
    return {package: level for level, line in enumerate(lines) for package in line}


def package(module: str) -> str:
    """What a module belongs to: a folder of server/, or itself where it stands in server/; the worker is one."""
    parts = module.split(".")
    return parts[1] if parts[0] == "server" and len(parts) > 1 else parts[0]


@cache
def arrows() -> frozenset[Arrow]:
    """Each pair of packages of which the first imports from the second."""
    pairs = ((package(module), package(other)) for module in sources.modules() for other in sources.imports(module))
    return frozenset((one, other) for one, other in pairs if one != other)


def in_a_cycle(arrows: frozenset[Arrow]) -> set[str]:
    """The packages from which a way of arrows leads back."""
    ways = {one: {other for start, other in arrows if start == one} for one, _ in arrows}

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        new = set(ways[start])
        while new:
            found |= new
            new = {other for one in new for other in ways.get(one, ())} - found
        return found

    return {one for one in ways if one in reached(one)}


def back_up(arrows: frozenset[Arrow]) -> set[Arrow]:
    """The arrows that lead to a package on a line above."""
    level = levels()
    return {(one, other) for one, other in arrows if one in level and other in level and level[one] > level[other]}
