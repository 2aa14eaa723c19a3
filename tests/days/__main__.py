"""`python -m tests.days [NAME …]`: run the tests at the instants of tests/days/instants.py, or at those that are named.

The clocks of all processes are moved by libfaketime and go on from there: tests, PostgreSQL, Valkey, what tests start.
`--tests PATH …` runs only some. tests/test_days.py sees that no clock was left behind.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.days.instants import INSTANTS

HERE = Path(__file__).parent
LIBRARY = "*/faketime/libfaketime.so.1"
# They ask for no date that the others do not ask for, and take long or mind a clock that is not the machine's.
LEFT_OUT = {
    "browser": "the browser keeps libraries from its processes",
    "races": "they wait for locks",
    "faults": "they kill processes and wait",
    "machine": "it stops the clock of its database by itself",
    "interop": "it installs programs, which check certificates by the clock",
    "embedded": "it starts servers as other users, whom the library does not reach",
    # A signal that comes while a process waits finds the machine's clock, on which no moment of the run is over.
    "core/test_db.py": "it waits for PostgreSQL's time-outs, which such a run has not",
    "migrations": "they wait for them too",
    "test_bench.py": "it measures",
}
TWO = ("--numprocesses", "2", "--dist", "loadfile")  # as `make test`
# A test that waits for ever says where, and fails.
PATIENCE = ("-o", "faulthandler_timeout=300", "-o", "faulthandler_exit_on_timeout=true")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.days", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(INSTANTS)}")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="only these tests")
    given = parser.parse_args()
    if unknown := set(given.names) - INSTANTS.keys():
        parser.error(f"there is no instant {', '.join(sorted(unknown))}")
    found = library()
    failed = [name for name in given.names or INSTANTS if not run(name, found, given.tests)]
    if failed:
        sys.exit(f"red at: {', '.join(failed)}")


def run(name: str, library: Path, tests: list[str] | None) -> bool:
    """Run the tests at one instant; tell whether they passed."""
    started, instant = time.monotonic(), INSTANTS[name]
    print(f"== {name}: {instant.isoformat()}", flush=True)
    ahead = round((instant - datetime.now(UTC)).total_seconds())
    clock = {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{ahead:+}",  # the same for all: from an instant each process would begin anew
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # what waits, waits as ever
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # or threads that wait for each other crawl
        "NO_FAKE_STAT": "1",  # or every module is compiled again
        "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE / "clock"), os.environ.get("PYTHONPATH")))),
        "DAYS_INSTANT": instant.isoformat(),
    }
    left_out = () if tests else [f"--ignore=tests/{one}" for one in LEFT_OUT]
    command = [sys.executable, "-m", "pytest", "-q", *TWO, *PATIENCE, *left_out, *(tests or ())]
    passed = subprocess.run(command, env=os.environ | clock).returncode == 0
    print(f"== {name}: {'green' if passed else 'RED'} after {time.monotonic() - started:.0f} s", flush=True)
    return passed


def library() -> Path:
    """Find libfaketime; where it is missing and we may, install Debian's."""
    if not (found := _installed()) and os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "libfaketime"]
        subprocess.run(install, check=True)
        found = _installed()
    return found or sys.exit("libfaketime is missing; install it (on Debian: apt-get install libfaketime)")


def _installed() -> Path | None:
    return next((one for folder in ("/usr/lib", "/usr/lib64") for one in Path(folder).glob(LIBRARY)), None)


if __name__ == "__main__":
    main()
