"""SQL that is put together holds module constants only: values go in as parameters, and nothing else goes in.

This stands in for ruff's S608, which sees that something is put in and not what, and was silenced 111 times. What is
put together at import is constant by that; within functions only names of constants may go in, and calls on them.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.house import sources

SQL = re.compile(
    r"\b(SELECT|FROM|WHERE|JOIN|INSERT INTO|UPDATE|DELETE FROM|SET|VALUES|RETURNING|UNION|ORDER BY|GROUP BY|LIMIT|AND"
    r"|OR|EXISTS|IS NULL|GRANT|REVOKE)\b"
)
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*$")
FILLS = {"format", "format_map", "join", "replace"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

# Functions that put in something else, and why nobody's words are among it.
NOT_CONSTANT = {
    "server.organizations.merge._move": "names of tables, from a constant",
    "server.core.privileges.grant": "names of tables, quoted, as the database has them",
    "server.search.candidates.Candidates.batch": "texts made of constants, and places of parameters",
    "server.search.candidates.common": "a text made of constants",
    "server.search.counts.matches": "texts made of constants, and places of parameters",
    "server.search.facets._counted": "names of filters, from a constant",
    "server.search.matching.Matching.__init__": "clauses, each a constant with places of parameters",
    "server.search.matching.Matching._after": "places of parameters",
    "server.search.matching.Matching.where": "clauses, each a constant with places of parameters",
    "server.outbox.deliveries.owing": "called at import with places of parameters",
    "worker.notices._outstanding": "called at import with names of tables",
    "worker.notices._outstanding_of_act": "called at import with names of tables",
    "worker.queue.Queue.__init__": "called at import with names of tables and columns",
}


def literals(node: ast.AST) -> str:
    return " ".join(one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def sql_constants(tree: ast.Module) -> set[str]:
    """The names under which a module keeps SQL of its own."""
    kept = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and SQL.search(literals(node.value)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            kept |= {one.id for one in targets if isinstance(one, ast.Name) and CONSTANT.match(one.id)}
    return kept


@cache
def sql_names(module: str) -> frozenset[str]:
    """What SQL is called in a module: its own constants, and those of others as `NAME` or `other.NAME`."""
    kept = sql_constants(sources.tree(module))
    for node in ast.walk(sources.tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                called = one.asname or one.name
                if node.module in sources.modules() and one.name in sql_constants(sources.tree(node.module)):
                    kept.add(called)
                if (other := f"{node.module}.{one.name}") in sources.modules():
                    kept |= {f"{called}.{name}" for name in sql_constants(sources.tree(other))}
    return frozenset(kept)


def is_sql(node: ast.expr, names: frozenset[str]) -> bool:
    match node:
        case ast.Name() | ast.Attribute():
            return ast.unparse(node) in names
        case ast.Constant(value=str(value)):
            return bool(SQL.search(value))
        case ast.JoinedStr(values=values):
            return any(is_sql(one, names) for one in values)
        case ast.FormattedValue(value=value):
            return is_sql(value, names)
        case ast.BinOp(left=left, right=right):
            return is_sql(left, names) or is_sql(right, names)
    return False


def put_in(node: ast.AST, names: frozenset[str]) -> list[ast.expr]:
    """What a node puts into SQL; nothing where it makes none."""
    match node:
        case ast.JoinedStr(values=values) if is_sql(node, names):
            return [one.value for one in values if isinstance(one, ast.FormattedValue)]
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right) if is_sql(node, names):
            return [one for one in (left, right) if not isinstance(one, ast.BinOp | ast.JoinedStr)]
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in FILLS and is_sql(value, names):
            return [*node.args, *(one.value for one in node.keywords)]
    return []


def is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return bool(CONSTANT.match(name))
        case ast.Subscript(value=value):
            return is_constant(value)
        case ast.Call(func=ast.Attribute(value=value), args=args, keywords=keywords):
            return all(is_constant(one) for one in (value, *args, *(one.value for one in keywords)))
    return False


def not_constant(tree: ast.AST, names: frozenset[str], within: str = "") -> Iterator[tuple[str, str]]:
    """The functions, by their dotted name in the module, with each thing they put into SQL that is no constant."""
    for node in ast.iter_child_nodes(tree):
        if within:
            yield from ((within, ast.unparse(value)) for value in put_in(node, names) if not is_constant(value))
        inner = node.name if isinstance(node, FUNCTIONS) else "lambda" if isinstance(node, ast.Lambda) else ""
        yield from not_constant(node, names, ".".join(filter(None, (within, inner))))


@cache
def found() -> dict[str, list[str]]:
    by_function: dict[str, list[str]] = {}
    for module in sources.modules():
        for within, what in not_constant(sources.tree(module), sql_names(module)):
            by_function.setdefault(f"{module}.{within}", []).append(what)
    return by_function


def test_sql_holds_module_constants_only() -> None:
    assert {where: what for where, what in found().items() if where not in NOT_CONSTANT} == {}


def test_no_exception_is_stale() -> None:
    assert NOT_CONSTANT.keys() - found().keys() == set()


def seen(line: str) -> list[str]:
    tree = ast.parse(f'MINE = "SELECT {{}} FROM t"\ndef find(asked):\n    return {line}\n')
    return [what for _, what in not_constant(tree, frozenset(sql_constants(tree)))]


def test_what_somebody_said_would_be_seen_in_sql() -> None:
    for line in (
        'f"SELECT id FROM t WHERE name = {asked}"',
        'f"{MINE} {asked}"',
        '"SELECT id FROM t WHERE name = " + asked',
        '"DELETE FROM t WHERE name = %s" % asked',
        '"SELECT id FROM {}".format(asked)',
        "MINE.format(asked)",
        'MINE.replace("t", asked)',
        '" AND ".join(asked)',
    ):
        assert seen(line) == ["asked"], line
    assert seen('[(lambda: f"SELECT {one} FROM t") for one in asked]') == ["one"]


def test_constants_may_be_put_in() -> None:
    for line in (
        'f"SELECT {COLUMNS} FROM t WHERE {views.OWN}"',
        "f\"SELECT {', '.join(COLUMNS)} FROM t\"",
        "f\"{MINE} {views.OWN.replace('a', 'b')}\"",
        'f"nothing of {asked}"',
    ):
        assert seen(line) == [], line
