"""Rules know neither the web nor the database, and reach neither by what they import."""

import ast
from pathlib import Path

import pytest

from tests.house import kinds, sources


@pytest.mark.parametrize("module", kinds.pure_modules())
def test_what_says_that_it_is_pure_is(module: str) -> None:
    assert kinds.way_out(module) == []


def test_a_module_that_says_so_is_seen() -> None:
    assert kinds.says_pure(ast.parse('"""What may be booked.\n\nThe order is that of the page. Pure."""'))
    assert not kinds.says_pure(ast.parse('"""What may be booked. Pure thought."""'))


def test_what_the_rules_must_not_know_would_be_seen() -> None:
    for line in ("import asyncpg", "from litestar import get", "def f():\n    from piccolo.table import Table"):
        assert kinds.impure(ast.parse(line)), line
    assert kinds.impure(ast.parse("if TYPE_CHECKING:\n    import asyncpg\nimport msgspec")) == set()


def test_what_is_reached_by_others_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"rule": "from server import between", "between": "from server.far import x", "far": "import asyncpg"}
    files = {f"server.{name}": tmp_path / f"{name}.py" for name in texts}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)
    caches = (sources.text, sources.tree, sources.imports, kinds.way_out)
    with monkeypatch.context() as patch:
        patch.setattr(sources, "modules", lambda: files)
        for one in caches:
            one.cache_clear()
        assert kinds.way_out("server.rule") == ["server.rule", "server.between", "server.far"]
        (tmp_path / "far.py").write_text("import math")
        for one in caches:
            one.cache_clear()
        assert kinds.way_out("server.rule") == []
    for one in caches:
        one.cache_clear()
