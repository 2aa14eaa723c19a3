"""What holds for every module, read from the tree itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from server.core import errors

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for top in ("server", "worker") for path in (ROOT / top).rglob("*.py"))
LONGEST = 250
SQL = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("error", list(errors.tree()), ids=lambda error: error.__name__)
def test_every_error_says_what_it_is_and_has_a_status(error: type[errors.DomainError]) -> None:
    assert error.__doc__, "the docstring is the title"
    assert error.title().endswith(".")
    assert 400 <= error.status < 600


def test_no_two_errors_share_a_slug() -> None:
    slugs = sorted(error.slug() for error in errors.tree())
    assert [slug for slug, group in groupby(slugs) if len(list(group)) > 1] == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


def sql_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().startswith(SQL):
            yield node.value.strip().splitlines()[0]


@pytest.mark.parametrize(
    "path", [path for path in MODULES if "ROUTES = " in path.read_text() and path.stem != "health"], ids=named
)
def test_no_route_has_sql(path: Path) -> None:
    assert list(sql_in(path.read_text())) == []


def test_sql_in_a_route_would_be_seen() -> None:
    assert list(sql_in('async def route():\n    await fetch("""\n  SELECT id\n  FROM t""")')) == ["SELECT id"]


def test_nothing_is_called_by_what_says_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "services", "dto"}
    assert [named(path) for path in MODULES if path.stem in nothing or path.parent.name in nothing] == []


def test_everything_imports_without_asserts() -> None:
    modules = [named(path).removesuffix(".py").replace("/", ".") for path in MODULES if path.stem != "__main__"]
    lines = [f"import {name.removesuffix('.__init__')}" for name in modules]
    command = [sys.executable, "-O", "-W", "ignore", "-c", "\n".join(lines)]
    subprocess.run(command, cwd=ROOT, check=True)
