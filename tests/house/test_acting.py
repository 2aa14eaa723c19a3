"""Whoever acts does so in a transaction that has read again what they may do (server/access/acting.py)."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house import sources

ACTORS = re.compile(r"\b(Actor|Person|Acting|Signed|Verified)\b")
OPENS = ("transaction", "db.transaction", "DB.transaction")

# Functions that know who acts, and the reason why their transaction does not ask.
EXCEPTED = {
    "server.access.acting:acting": "it is what asks",
}


def unasked(module: str, tree: ast.Module) -> Iterator[str]:
    """Functions that are told who acts and open a transaction without asking what they may do now."""
    for function in ast.walk(tree):
        if isinstance(function, ast.AsyncFunctionDef) and knows_who(function):
            names = [ast.unparse(call.func) for call in opened_by(function)]
            if any(name in OPENS for name in names):
                yield f"{module}:{function.name}"


def knows_who(function: ast.AsyncFunctionDef) -> bool:
    given = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return any(one.annotation is not None and ACTORS.search(ast.unparse(one.annotation)) for one in given)


def opened_by(function: ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.AsyncWith):
            yield from (item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call))


def test_whoever_acts_is_asked_again_in_the_transaction() -> None:
    found = {one for module in sources.modules() for one in unasked(module, sources.tree(module))}
    assert found == set(EXCEPTED), "open it by acting(by)"


@pytest.mark.parametrize(
    "source",
    [
        "async def verb(by: Actor):\n    async with transaction():\n        pass",
        "async def verb(id: UUID, *, person: 'Person | None'):\n    async with db.transaction():\n        pass",
        "async def verb(by: Acting):\n    async with spent(), db.transaction():\n        pass",
    ],
)
def test_control_a_verb_that_does_not_ask_is_seen(source: str) -> None:
    assert list(unasked("some.verbs", ast.parse(source))) == ["some.verbs:verb"]


def test_control_most_transactions_of_verbs_are_seen() -> None:
    opened = sources.text("server.bookings.lifecycle.book") + sources.text("server.members.remove")
    assert opened.count("async with acting(by") == 2
