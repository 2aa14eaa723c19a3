"""Every refusal of a rule that stands in the code is said in both languages, and as people say it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import server
from server.core.errors import RuleRefused
from server.core.text import many
from server.resources.rules.schemas import Rules
from server.web import refusal_texts
from server.web.refusal_texts import refusal

PLURALS = re.compile(r"\b(1 [a-z]+s|0 (minutes?|people|persons?|days?|hours?|units?|times?))\b")
REFUSALS = ("RuleRefused", "OutsideOpeningHours")
RAW = re.compile(r"\d{4}-\d{2}-\d{2}T|\+00:00|\dZ\b")


def rules_in_the_code() -> set[str]:
    """The names of all rules that bookings are refused by: `refuse("…"`, `RuleRefused(…, rule="…"`, `{"rule": "…"`."""
    folder = Path(server.__file__).parent / "bookings"
    return {name for path in folder.rglob("*.py") for name in _rules(ast.parse(path.read_text()))}


def _rules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        given: list[Any] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            places = {"refuse": 0, "_refuse_above": 2}
            given = [one.value for one in node.keywords if one.arg == "rule" and node.func.id in REFUSALS]
            given += [node.args[places[node.func.id]]] if node.func.id in places else []
        if isinstance(node, ast.Dict):
            given = [
                value for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "rule"
            ]  # fmt: skip
        yield from (str(one.value) for one in given if isinstance(one, ast.Constant))


def may_be_nothing(rule: str) -> bool:
    """Whether an owner can set the limit of a rule to 0."""
    try:
        return msgspec.convert({rule: 0}, Rules) is not None
    except msgspec.ValidationError:
        return False


NAMES = sorted(rules_in_the_code())


def test_the_code_is_read() -> None:
    assert {"min_minutes", "quotas", "needs_previous", "suspended", "waiting_places", "opening_hours"} <= {*NAMES}


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("rule", NAMES)
def test_every_refusal_is_said_as_people_say_it(rule: str, locale: str) -> None:
    title = refusal(RuleRefused(), locale, "Asia/Shanghai")
    for limit in (*([0] if may_be_nothing(rule) else []), 1, 2, 60, 1440):
        members: dict[str, Any] = {"rule": rule, "limit": limit, "earliest": "2026-12-01T01:00:00+00:00"}
        said = refusal(RuleRefused("", **members), locale, "Asia/Shanghai")
        assert not said.startswith(title), f"{rule} has no text of its own"
        assert not RAW.search(said)
        assert not PLURALS.search(said), said
        assert "%" not in said


def test_control_a_rule_without_a_text_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(refusal_texts.TEXTS, "needs_previous")
    said = refusal(RuleRefused("", rule="needs_previous"), "en", "Asia/Shanghai")
    assert said == refusal(RuleRefused(), "en", "Asia/Shanghai")


def test_programs_read_one_booking_and_two_bookings() -> None:
    assert (many(1, "booking"), many(2, "booking"), many(0, "booking")) == ("1 booking", "2 bookings", "0 bookings")
