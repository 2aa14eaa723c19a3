"""A route parses, calls and answers; it has no SQL. Which modules are routes is derived from what they import."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.routes import HTTPRoute

from tests.house import kinds, sources

SQL = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ")

# Route modules with SQL. This list only shrinks.
NOT_YET = {"server.health"}


def sql_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().startswith(SQL):
            yield node.value.strip().splitlines()[0]


def handlers(route: Any) -> list[Any]:
    return route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]


@pytest.mark.parametrize("module", kinds.route_modules())
def test_no_route_has_sql(module: str) -> None:
    assert module in NOT_YET or list(sql_in(sources.text(module))) == []


def test_no_exception_is_stale() -> None:
    routes = set(kinds.route_modules())
    assert {one for one in NOT_YET if one not in routes or not list(sql_in(sources.text(one)))} == set()


def test_every_handler_of_the_application_stands_in_a_module_that_is_seen(app: Any) -> None:
    serving = {handler.fn.__module__ for route in app.routes for handler in handlers(route)}
    ours = {one for one in serving if one.partition(".")[0] == "server"}
    assert len(ours) > 80
    assert ours - set(kinds.route_modules()) == set()


def test_sql_in_a_route_would_be_seen() -> None:
    assert list(sql_in('async def route():\n    await fetch("""\n  SELECT id\n  FROM t""")')) == ["SELECT id"]


def test_a_route_would_be_seen_wherever_it_stands() -> None:
    for line in ("from litestar import Request, post", "from litestar.handlers import get"):
        assert kinds.registers_handlers(ast.parse(line)), line
    assert not kinds.registers_handlers(ast.parse("from litestar import Request"))
