"""The benchmarks run; their figures mean nothing here."""

import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent
MEASURED = (
    "bookings, 1 client", "one slot", "a series of 52", "a group of 5", "claims move", "availability", "all rules",
    "its SQL alone", "304", "nothing kept",
)  # fmt: skip


def test_the_benchmarks_run_with_tiny_numbers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--tiny"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for measured in (
        "bookings, 1 client",
        "one slot",
        "a series of 52",
        "a group of 5",
        "claims move",
        "availability",
        "all rules",
        "304",
        "nothing kept",
        "without an account",
        "50 rows",
        "bytes gzipped",
    ):
        assert measured in done.stdout
