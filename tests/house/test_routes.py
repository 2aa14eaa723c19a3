"""A route parses, calls and answers; it has no SQL. Which modules are routes is derived from what they import."""

import ast
from typing import Any

import pytest
from litestar.routes import HTTPRoute

from tests.house import kinds, sources


def handlers(route: Any) -> list[Any]:
    return route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]


@pytest.mark.parametrize("module", kinds.route_modules())
def test_no_route_has_sql(module: str) -> None:
    assert list(kinds.sql_in(sources.text(module))) == []


def test_every_handler_of_the_application_stands_in_a_module_that_is_seen(app: Any) -> None:
    serving = {handler.fn.__module__ for route in app.routes for handler in handlers(route)}
    ours = {one for one in serving if one.partition(".")[0] == "server"}
    assert len(ours) > 80
    assert ours - set(kinds.route_modules()) == set()


def test_sql_in_a_route_would_be_seen() -> None:
    assert list(kinds.sql_in('async def route():\n    await fetch("""\n  SELECT id\n  FROM t""")')) == ["SELECT id"]


def test_a_route_would_be_seen_wherever_it_stands() -> None:
    litestar = ("from litestar import Request, post", "from litestar.handlers import get")
    for line in (*litestar, "from server.web.forms import post"):
        assert kinds.registers_handlers(ast.parse(line)), line
    assert not kinds.registers_handlers(ast.parse("from litestar import Request"))
