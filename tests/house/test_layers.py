"""import-linter holds the layers; here is seen that it would notice."""

import subprocess
import sys
from pathlib import Path

from tests.house import layers, sources

PROJECT = """
[tool.importlinter]
root_packages = ["server", "worker"]
[[tool.importlinter.contracts]]
name = "layers"
type = "layers"
containers = ["server"]
layers = {layers}
"""


def told(place: Path, lines: list[str]) -> str:
    """What import-linter says of layers."""
    file = place / "pyproject.toml"
    file.write_text(PROJECT.format(layers=lines))
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(file)]
    ran = subprocess.run(command, cwd=sources.ROOT, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_the_layers_hold(tmp_path: Path) -> None:
    assert "1 kept, 0 broken" in told(tmp_path, layers.contract()["layers"])


def test_an_import_that_runs_back_up_would_be_seen(tmp_path: Path) -> None:
    assert "0 kept, 1 broken" in told(tmp_path, layers.contract()["layers"][::-1])


def test_nothing_is_passed_over() -> None:
    contract = layers.contract()
    assert contract["exhaustive"]
    assert "ignore_imports" not in contract


def test_arrows_are_read_right() -> None:
    ring = frozenset({("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")})
    assert layers.in_a_cycle(ring) == {"a", "b", "c"}
    assert layers.in_a_cycle(frozenset({("a", "b"), ("b", "d"), ("a", "d")})) == set()
    assert layers.back_up(frozenset({("core", "bookings"), ("bookings", "core")})) == {("core", "bookings")}
