"""No field of a form of ours is dropped unsaid: each name that a template sends is known to the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import server

FOLDER = Path(server.__file__).parent
PLAIN = re.compile(r"""<(?:input|select|textarea|button)\b[^>]*?\bname=["']([^"'{}]+)["']""", re.DOTALL)
MADE = re.compile(r"""\b(?:field|choice|area|check|text|prose|tick)\(\s*form,\s*["']([^"']+)["']""", re.DOTALL)
TEMPLATES = sorted([*FOLDER.glob("site/**/*.html"), *FOLDER.glob("web/templates/**/*.html")])


def known(tree: ast.AST) -> Iterator[str]:
    """What code can call a field: a text, a member of a Struct, a parameter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def sent(text: str) -> set[str]:
    return {*PLAIN.findall(text), *MADE.findall(text)}


@pytest.fixture(scope="module")
def names() -> set[str]:
    return {name for path in FOLDER.rglob("*.py") for name in known(ast.parse(path.read_text()))}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_field_of_a_template_is_known_to_the_code(template: Path, names: set[str]) -> None:
    assert sent(template.read_text()) - names == set()


def test_control_a_field_that_no_code_knows_is_seen(names: set[str]) -> None:
    text = """{{ field(form, "colour_of_the_day", _("Colour")) }}<input type="text" name="shoe_size">"""
    assert sent(text) - names == {"colour_of_the_day", "shoe_size"}
