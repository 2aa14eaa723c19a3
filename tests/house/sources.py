"""The sources of the server and the worker, each parsed once, under the dotted names of their modules."""

import ast
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
