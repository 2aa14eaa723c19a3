"""docs/README.md is the map of the code: it names what is there, in the order in which it stands, and nothing else."""

import re
import tomllib
from typing import Any

import pytest

from tests.house import sources
from worker.periodic import SWEEPS

DOCS = sources.ROOT / "docs"
MAP = (DOCS / "README.md").read_text()
CONTRACTS: list[dict[str, Any]] = [
    one
    for one in tomllib.loads((sources.ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    if one["type"] == "layers"
]
WRITES_CLAIMS = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM) claim\b")


def section(heading: str) -> str:
    """What stands under a heading, up to the next."""
    (found,) = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", MAP, re.MULTILINE | re.DOTALL)
    return str(found)


def names(text: str) -> list[str]:
    return re.findall(r"`([a-z_]+)`", text)


def rows(table: str) -> list[list[str]]:
    """The names in the first column of a table, row by row, by the heading of that column."""
    (body,) = re.findall(rf"^\| {re.escape(table)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", MAP, re.MULTILINE)
    return [names(row.split(" | ")[0]) for row in str(body).splitlines()]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda one: one["containers"][0])
def test_the_layers_are_those_that_are_held(contract: dict[str, Any]) -> None:
    (container,) = contract["containers"]
    what = "packages" if container == "server" else "rooms"
    lines = [line.split(" | ") for line in contract["layers"]]
    assert rows(f"{what} of `{container.replace('.', '/')}/`") == lines


def test_every_package_is_in_a_layer_and_no_other() -> None:
    server = sources.ROOT / "server"
    there = {path.parent.name for path in server.glob("*/__init__.py")} | {path.stem for path in server.glob("*.py")}
    assert {name for row in rows("packages of `server/`") for name in row} == there - {"__init__"}


def test_every_sweep_is_told() -> None:
    assert sorted(name for row in rows("sweeps") for name in row) == sorted(one.__name__ for one in SWEEPS)


def test_who_writes_claims_is_told() -> None:
    writing = {one for one in sources.modules() if WRITES_CLAIMS.search(sources.text(one))}
    told = {sources.dotted(sources.ROOT / path) for path in re.findall(r"`([\w/]+\.py)`", section("Who writes claims"))}
    assert told - writing <= {"server.claims.keep_closed"}, "by the door"
    assert writing <= told


def test_what_resources_may_import_is_what_lies_below() -> None:
    (lines,) = (one["layers"] for one in CONTRACTS if one["containers"] == ["server"])
    (level,) = (number for number, line in enumerate(lines) if "resources" in line.split(" | "))
    below = {name for line in lines[level + 1 :] for name in line.split(" | ")} - {"piccolo_app", "piccolo_conf"}
    (told,) = re.findall(r"`resources` may import (.*?),? and never", MAP, re.DOTALL)
    assert set(names(told)) == below


def test_every_decision_is_listed_once() -> None:
    listed = re.findall(r"^- \[(\d{4})\]\(decisions/(\d{4}[^)]*\.md)\) \S", MAP, re.MULTILINE)
    assert all(file.startswith(number) for number, file in listed)
    there = sorted(path.name for path in (DOCS / "decisions").glob("*.md"))
    assert sorted(file for _, file in listed) == there


def test_every_page_of_the_docs_is_listed() -> None:
    pages = section("Pages of the docs")
    assert [path.name for path in sorted(DOCS.glob("*.md")) if f"({path.name})" not in pages] == ["README.md"]
