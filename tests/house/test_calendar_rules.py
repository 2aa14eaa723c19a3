"""The table of calendar rules in docs/calendars.md names code and tests that exist, and leaves no rule out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = [
    line.split(" | ")
    for line in (ROOT / "docs/calendars.md").read_text().partition("## Each rule")[2].partition("\n## ")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| rule")
]
RULES = [
    *(f"F{number}" for number in range(1, 18)), *(f"S{number}" for number in range(1, 7)),
    *(f"I{number}" for number in range(1, 7)), "1.3", "2.1", "2.3", "3.1", "3.2", "3.3", "4",
]  # fmt: skip
NAMED = re.compile(r"`([^`]+)`")


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_its_line(rule: str) -> None:
    assert any(line[0].removeprefix("| ").split(" ")[0] == rule for line in TABLE)


@pytest.mark.parametrize("line", TABLE, ids=lambda line: line[0].removeprefix("| "))
def test_what_a_line_names_is_there(line: list[str]) -> None:
    _, code, tests = line
    for module in NAMED.findall(code):
        assert (ROOT / (module if module.startswith("worker/") else f"server/{module}")).is_file(), module
    file = ""
    for name in NAMED.findall(tests):
        if name.endswith(".py"):
            file = (ROOT / "tests" / name).read_text()
        else:
            assert re.search(rf"^(async )?def {name}\(", file, re.MULTILINE), name
