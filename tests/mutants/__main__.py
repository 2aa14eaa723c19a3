"""`python -m tests.mutants [--fifth] [SUBJECT …]`: put faults into the code, one by one, and count what the tests see.

mutmut makes the faults. The subjects, and whose tests are asked, are in subjects.py; a fault that may go unseen is
listed with its reason in survivors.toml. What a run found is kept in .mutants/, so that the next one asks only for what
has changed. `--fifth` is a sample, always the same: of each function the first fault and every fifth after it.
"""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

from server.core import migrate
from tests.conftest import Services
from tests.mutants.subjects import SUBJECTS, Subject

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".mutants"
REASONS = Path(__file__).with_name("survivors.toml")
ENOUGH = 95  # of a hundred faults

CONFIGURATION = """
[mutmut]
source_paths=server
only_mutate={modules}
also_copy={beside}
pytest_add_cli_args_test_selection={tests}
pytest_add_cli_args=-p
    no:cacheprovider
    -p
    no:xdist
on_dependency_change=ignore
"""
BESIDE = ("migrations", "worker", "docs", "README.md", "babel.cfg")
WORDS = re.compile(r'"[^"]* [^"]*"')  # a text for people: that it may be worded otherwise is no fault
FIFTH = "*[16]"  # faults are numbered function by function
SEEN = "killed", "timeout", "suspicious", "segfault", "caught by type check"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="SUBJECT", help=f"one of: {', '.join(SUBJECTS)}")
    parser.add_argument("--fifth", action="store_true", help="put in a fifth of the faults, always the same")
    given = parser.parse_args()
    if unknown := set(given.names) - SUBJECTS.keys():
        parser.error(f"there is no subject {', '.join(sorted(unknown))}")
    reasons = {(one["in"], one["fault"]) for one in tomllib.loads(REASONS.read_text()).get("unseen", ())}
    with servers():
        poor = [name for name in given.names or SUBJECTS if not enough(name, reasons, FIFTH if given.fifth else "*")]
    if poor:
        sys.exit(f"the tests see too few faults, or one without a reason is unseen, in: {', '.join(poor)}")


@contextmanager
def servers() -> Iterator[None]:
    """Start PostgreSQL and Valkey once for all faults (tests/conftest.py)."""
    data = Path(tempfile.mkdtemp(prefix="rt-"))
    running = Services(data)
    running.postgres.start()
    running.valkey.start()
    try:
        asyncio.run(migrate.forwards(running.postgres.url))
        os.environ["RONGTONG_TEST_SERVERS"] = str(data)
        yield
    finally:
        running.valkey.stop()
        running.postgres.stop("immediate")
        shutil.rmtree(data, ignore_errors=True)


def enough(name: str, reasons: set[tuple[str, str]], which: str) -> bool:
    """Mutate a subject and print what became of it; tell whether the tests saw enough, and the rest has a reason."""
    folder = laid_out(name, SUBJECTS[name])
    print(f"== {name}", flush=True)
    known = (folder / "mutants").exists()
    run(folder, *(() if which == "*" else (which,)))
    told = results(folder, which)
    if known and which == "*" and (again := [id for id, became in told.items() if became not in SEEN]):
        run(folder, *again)  # mutmut asks anew where the code has changed; here the tests may have
        told = results(folder, which)
    unseen = {id: fault(folder, id) for id, became in told.items() if became not in SEEN}
    unseen = {id: (where, what) for id, (where, what) in unseen.items() if not only_words(what)}
    seen = 100 * (len(told) - len(unseen)) / len(told)
    wanting = {id: one for id, one in unseen.items() if one not in reasons}
    for id, (where, what) in wanting.items():
        print(f"{told[id]}: {where}\n    {what}")
    print(f"== {name}: {len(told)} faults, {len(unseen)} unseen ({seen:.1f} % seen), {len(wanting)} without a reason")
    return seen >= ENOUGH and not wanting


def laid_out(name: str, subject: Subject) -> Path:
    """Copy what git knows into a folder of its own, with the configuration of mutmut."""
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    for one in ("server", "tests", *BESIDE):
        shutil.rmtree(folder / one, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for path in filter(None, listed.split("\0")):
        if (ROOT / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, folder / path)
    several = {"modules": subject.modules, "beside": BESIDE, "tests": subject.tests}
    lines = {key: "".join(f"\n    {one}" for one in values) for key, values in several.items()}
    (folder / "setup.cfg").write_text(CONFIGURATION.format(**lines))
    return folder


def fault(folder: Path, id: str) -> tuple[str, str]:
    """Name a fault so that it is known again when the code has moved: its function, and the line before and after."""
    difference = mutmut(folder, "show", id)
    changed = [(old, new) for old, new in pairwise(difference) if old.startswith("-") and new.startswith("+")]
    old, new = next((pair for pair in changed if not pair[0].startswith("---")), ("", ""))
    where = id.rpartition("__mutmut_")[0].replace("x_", "", 1) if ".x_" in id else id.rpartition("__mutmut_")[0]
    return where, f"{old[1:].strip()}  ->  {new[1:].strip()}"


def only_words(what: str) -> bool:
    """Whether a fault changes nothing but a text for people."""
    old, _, new = what.partition("  ->  ")
    return WORDS.sub("", old) == WORDS.sub("", new)


def run(folder: Path, *ids: str) -> None:
    with (folder / "mutmut.log").open("w") as log:
        subprocess.run([sys.executable, "-m", "mutmut", "run", *ids], cwd=folder, stdout=log, stderr=log, check=True)


def results(folder: Path, which: str) -> dict[str, str]:
    """What became of each fault."""
    lines = mutmut(folder, "results", "--all", "true")
    told = dict(line.strip().rsplit(": ", 1) for line in lines if ": " in line)
    return {id: became for id, became in told.items() if fnmatch(id, which)}


def mutmut(folder: Path, *arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-m", "mutmut", *arguments], cwd=folder, capture_output=True, text=True)
    return done.stdout.splitlines()


if __name__ == "__main__":
    main()
