"""import-linter holds the layers; here is seen that it would notice, and that what it passes over only gets less."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import layers, sources

PROJECT = """
[tool.importlinter]
root_packages = ["server", "worker"]
[[tool.importlinter.contracts]]
name = "layers"
type = "layers"
containers = ["server"]
layers = {layers}
ignore_imports = {ignored}
"""


def told(place: Path, lines: list[str], ignored: list[str]) -> str:
    """What import-linter says of layers."""
    file = place / "pyproject.toml"
    file.write_text(PROJECT.format(layers=lines, ignored=ignored).replace("\\n", " "))
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(file)]
    ran = subprocess.run(command, cwd=sources.ROOT, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def written() -> tuple[list[str], list[str]]:
    contract = layers.contract()
    return contract["layers"], contract["ignore_imports"]


def test_the_layers_hold(tmp_path: Path, written: tuple[list[str], list[str]]) -> None:
    assert "1 kept, 0 broken" in told(tmp_path, *written)


def test_an_import_that_runs_back_up_would_be_seen(tmp_path: Path, written: tuple[list[str], list[str]]) -> None:
    lines, ignored = written
    assert "0 kept, 1 broken" in told(tmp_path, lines[::-1], ignored)


def test_a_line_that_nothing_needs_would_be_seen(tmp_path: Path, written: tuple[list[str], list[str]]) -> None:
    lines, ignored = written
    assert "No matches for ignored import" in told(tmp_path, lines, [*ignored, "server.nothing -> server.something"])


def test_a_package_without_a_line_would_be_seen() -> None:
    assert layers.contract()["exhaustive"]
    assert layers.contract()["unmatched_ignore_imports_alerting"] == "error"


def test_arrows_are_read_right() -> None:
    ring = frozenset({("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")})
    assert layers.in_a_cycle(ring) == {"a", "b", "c"}
    assert layers.in_a_cycle(frozenset({("a", "b"), ("b", "d"), ("a", "d")})) == set()
    assert layers.back_up(frozenset({("core", "bookings"), ("bookings", "core")})) == {("core", "bookings")}
