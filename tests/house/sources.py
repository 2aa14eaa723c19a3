"""The sources of the server and the worker, each parsed once, under the dotted names of their modules."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOPS = ("server", "worker")


@cache
def modules() -> dict[str, Path]:
    """Every module's file by its dotted name; a package is named like its folder."""
    files = sorted(path for top in TOPS for path in (ROOT / top).rglob("*.py"))
    return {dotted(path): path for path in files}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def text(module: str) -> str:
    return modules()[module].read_text()


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(text(module))


@cache
def imports(module: str) -> frozenset[str]:
    """Dotted names of the modules of ours that it imports at run time, within functions too."""
    found = set()
    for name in imported(tree(module)):
        head, _, _ = name.rpartition(".")
        found |= {one for one in (name, head) if one in modules()} if name not in modules() else {name}
    return frozenset(found - {module})


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of all that a source imports at run time: `from a.b import c` gives `a.b.c`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield from (f"{node.module}.{one.name}" for one in node.names)
        yield from imported(node)
