"""`make house`: print how good the house is, what it was and is to be; with --write, write down what got better."""

import re
import subprocess
import sys

from tests.house import sources
from tests.house.figures import FIGURES, WRITTEN, verdict, written

RUN = "tests/house/test_passing.py"
HEAD = """# What `make house` found. tests/house/test_figures.py lets nothing get worse,
# and wants what got better written down: `make house ARGS=--write`.
"""


def passed() -> int:
    """How many files a booking passes; for that one is made, in a database of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", RUN]
    ran = subprocess.run(command, cwd=sources.ROOT, capture_output=True, text=True, check=False)
    if told := re.search(r"^\.?passed (\d+) files", ran.stdout, re.MULTILINE):
        return int(told[1])
    raise SystemExit(ran.stdout + ran.stderr)


def main() -> None:
    """Print the table; exit with 1 where a figure is worse than it is written down."""
    found: dict[str, int] = {}
    print("| | was | now | to be |\n|---|---|---|---|")
    for name, figure in FIGURES.items():
        found[name] = figure.take() if figure.take else passed()
        row = (figure.title, figure.was, figure.show(found[name]), figure.to_be)
        print(f"| {' | '.join(row)} |", flush=True)
    told = {name: said for name, now in found.items() if (said := verdict(name, now))}
    worse = {name for name, said in told.items() if said.endswith("worse than it was")}
    if "--write" in sys.argv:
        kept = {name: written().get(name, now) if name in worse else now for name, now in found.items()}
        WRITTEN.write_text(HEAD + "".join(f"{name} = {now}\n" for name, now in kept.items()))
    for said in told.values():
        print(said)
    sys.exit(bool(worse))


if __name__ == "__main__":
    main()
