"""Which modules are routes, and which say that they are pure: derived, so that none is left out."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.house import sources

# What Litestar registers a handler with.
HANDLERS = {"asgi", "delete", "get", "head", "patch", "post", "put", "route", "websocket", "Controller"}
PURE_FOLDER = sources.ROOT / "server" / "bookings" / "rules"
POST_OF_PAGES = "server.web.forms.post"
SQL = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ")
IMPURE = {"asyncpg", "litestar", "piccolo"}


def registers_handlers(tree: ast.Module) -> bool:
    """Whether a source can register a handler: it imports what that takes."""
    named = [*sources.imported(tree)]
    parts = [name.split(".") for name in named]
    return POST_OF_PAGES in named or any(one[0] == "litestar" and one[-1] in HANDLERS for one in parts)


def says_pure(tree: ast.Module) -> bool:
    return bool(re.search(r"\bPure[.:]", ast.get_docstring(tree) or ""))


@cache
def route_modules() -> list[str]:
    return [one for one in sources.modules() if registers_handlers(sources.tree(one))]


@cache
def pure_modules() -> list[str]:
    """Those that stand among the rules, and those whose docstring says "Pure."."""
    files = sources.modules().items()
    return [one for one, path in files if PURE_FOLDER in path.parents or says_pure(sources.tree(one))]


def impure(tree: ast.Module) -> set[str]:
    """What the rules must not know that a source imports itself."""
    return {name.partition(".")[0] for name in sources.imported(tree)} & IMPURE


@cache
def way_out(module: str) -> list[str]:
    """The shortest way by imports from a module to one that imports what the rules must not know; empty: none."""
    ways = [[module]]
    seen = {module}
    for way in ways:
        if impure(sources.tree(way[-1])):
            return way
        imported = sources.imports(way[-1])
        packages = {one.rpartition(".")[0] for one in imported} - {""}  # whose __init__ runs too
        new = sorted((imported | packages & sources.modules().keys()) - seen)
        seen.update(new)
        ways.extend([*way, one] for one in new)
    return []


def sql_in(source: str) -> Iterator[str]:
    """The first line of each statement in a source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().startswith(SQL):
            yield node.value.strip().splitlines()[0]


def routes_with_sql() -> list[str]:
    return [one for one in route_modules() if list(sql_in(sources.text(one)))]
