"""What the documents say is there."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from server.cli import main
from server.core.settings import Settings
from tests.house import sources

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
MAKEFILE = (ROOT / "Makefile").read_text()
TOPS = ("server", "worker", "tests", "migrations", "bench", "interop")
PARTS = ["Context", "Decision", "Consequences", "Alternatives"]
TARGETS = {"run", "test", "mutants", "interop", "check", "house", "bench", "migrate", "fmt", "lock", "screenshots"}


# What documents name that is another project's.
ELSEWHERE = {"test_async_integration.py", "test_caldav.py"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_make_lists_its_targets() -> None:
    listed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^ +make ([a-z]+) +\S", listed, re.MULTILINE)) == TARGETS | {"help"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    assert set(re.findall(r"`?\bmake ([a-z]+)`", document.read_text())) <= TARGETS


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_command_that_is_named_exists(document: Path) -> None:
    for name, rest in re.findall(r"(?:\.venv/bin/|`)rongtong ([a-z]+)((?: [^`|\n]*)?)", document.read_text()):
        command: Any = main.main.commands[name]
        options = {option for one in command.params for option in one.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, name


def test_every_command_is_in_the_readme() -> None:
    assert set(re.findall(r"^\| `\.venv/bin/rongtong ([a-z]+)", README, re.MULTILINE)) == set(main.main.commands)


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    rows = [line.split(" | ") for line in README.splitlines() if line.startswith("| `RONGTONG_")]
    told = {name.strip("|` ").removeprefix("RONGTONG_").lower(): default.strip("` ") for name, default, _ in rows}
    assert set(told) == set(Settings.__struct_fields__)
    defaults = Settings()
    for name in set(told) - {"database_url", "redis_url", "smtp_url", "secret", "mail_sink"}:
        assert told[name] == str(getattr(defaults, name))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:/][^)#:]*)\)", document.read_text()):
        assert (document.parent / target).exists(), target


@cache
def file_names() -> set[str]:
    return {path.name for top in TOPS for path in (ROOT / top).rglob("*.py")} | ELSEWHERE


@cache
def plain_modules() -> set[str]:
    return {name for name, path in sources.modules().items() if path.name != "__init__.py"}


def found(path: str) -> bool:
    below = (ROOT, ROOT / "tests")
    return any(any(one.glob(path)) for one in below) or path.rpartition("/")[2] in ELSEWHERE


def missing(text: str) -> list[str]:
    """What a text names of ours that is not there: paths (`*` is anything), dotted names, files by their name alone.

    In a table about tests, paths begin below tests/ (test_calendar_rules.py).
    """
    paths = re.findall(rf"(?<![\w/.-])((?:{'|'.join(TOPS)})/[\w./*-]*[\w*])", text)
    dotted = re.findall(r"(?<![\w/.-])((?:server|worker)(?:\.[a-z_]+)+)\b(?![/.])", text)
    files = re.findall(r"(?<![\w/.*-])(\w+\.py)\b", text)
    return [
        *(path for path in paths if not found(path)),
        *(name for name in dotted if name not in sources.modules() and name.rpartition(".")[0] not in plain_modules()),
        *(name for name in files if name not in file_names()),
    ]


@pytest.mark.parametrize("document", [one for one in DOCUMENTS if one.name != "CHANGELOG.md"], ids=named)
def test_every_file_that_is_named_exists(document: Path) -> None:
    assert missing(document.read_text()) == []


def test_a_file_that_is_gone_would_be_seen() -> None:
    gone = "`server/core/gone.py`, `server/gone/`, `worker.gone`, `gone.py`, `tests/gone_*.py`"
    assert len(missing(gone)) == 5
    assert missing("`server/core/db.py`, `server/core/`, `server.core.db`, `db.py`, `tests/house/test_*.py`") == []


@pytest.mark.parametrize("decision", DECISIONS, ids=named)
def test_a_decision_says_what_and_why(decision: Path) -> None:
    text = decision.read_text()
    assert text.startswith(f"# {decision.name[:4]} ")
    parts = re.findall(r"^(?:## |\*\*)(Context|Decision|Consequences|Alternatives)\b", text, re.MULTILINE)
    assert parts == sorted(set(parts), key=PARTS.index)
    assert "Decision" in parts
    assert {"Context", "Alternatives"} & set(parts)


def test_no_two_decisions_share_a_number() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)


def test_compose_has_the_shape_of_a_deployment() -> None:
    services: Any = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert set(services) == {"postgres", "valkey", "mail", "migrate", "server", "worker"}
    for name in ("server", "worker"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert {services[name]["command"][0] for name in ("migrate", "server", "worker")} <= set(main.main.commands)
    for variable in services["server"]["environment"]:
        assert variable.removeprefix("RONGTONG_").lower() in Settings.__struct_fields__


def test_compose_has_no_secret_in_it() -> None:
    for line in (ROOT / "compose.yaml").read_text().splitlines():
        if re.search(r"(PASSWORD|SECRET)[:}]", line):
            assert re.search(r"\$\{[A-Z_]+:\?", line), line


def test_nothing_names_a_place_of_some_machine() -> None:
    tops = [ROOT / name for name in ("server", "worker", "migrations", "tests", "bench", "docs", ".ci")]
    files = [*ROOT.glob("*.*"), ROOT / "Makefile", *(path for top in tops for path in top.rglob("*"))]
    places = re.compile(rb"\.\./shared\b|/root/|/home/[a-z]|/work/[a-z]")
    passed_over = {"vendor", "__pycache__", "house"}
    found = [
        named(path)
        for path in files
        if path.is_file() and not passed_over & set(path.parts) and places.search(path.read_bytes())
    ]
    assert found == []
