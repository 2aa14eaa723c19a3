"""`python -m bench.search`: how long a search takes over HTTP, beside the best SQL for it, with the plans of both.

Kept out of `make test` and `make bench`: 100,000 resources and 5 million claims take six minutes to make. `--kept`
makes them once: the next run with the same directory finds them there.
"""

import argparse
import asyncio
import os
import signal
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import msgspec

from bench import search_seeding
from bench.__main__ import say, with_database
from bench.house import House, house, serving
from bench.search_cases import Case, cases
from server.core import db, logs
from server.search.search import search

OUT = Path(__file__).parents[1] / "docs" / "search-measured.md"
TIMES = 60  # each is asked, with other values each time
WARM = 15  # not measured before them: statements are prepared and pages come into memory
LIMIT_SECONDS = 3600
SLEPT = 0.005  # seconds between two requests: nobody asks without a pause
BUFFERS = "1GB"  # of PostgreSQL; 256 MB hold neither the claims nor their indexes
BY_KEY = "one SELECT by key"


class Measured(msgspec.Struct):
    """Milliseconds of a search over HTTP, and of the best SQL for it."""

    median: float
    quick: float  # one of ten is faster: what it takes while nobody else computes
    slow: float  # 95 of 100 are faster
    straight: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--resources", type=int, default=100_000)
    parser.add_argument("--claims", type=int, default=50, help="on each resource")
    parser.add_argument("--kept", type=Path, help="a directory that keeps what was made")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    logs.configure("warning")
    signal.alarm(LIMIT_SECONDS)
    with house(given.kept, shared_buffers=BUFFERS) as ours:
        if not (count := with_database(ours, search_seeding.kept)):
            say(f"sharing {given.resources:,} resources")
            with_database(ours, lambda: search_seeding.resources(given.resources))
            say(f"taking {given.resources * given.claims:,} times")
            count = with_database(ours, lambda: search_seeding.claims(given.claims))
        load = os.getloadavg()[0]
        with serving(ours):
            say("searching")
            one = with_database(ours, search_seeding.one)
            measured = {BY_KEY: _asked(ours, lambda _: f"/bench/resources/{one}")}
            for index, case in enumerate(cases(0)):
                measured[case.what] = _asked(ours, partial(_address, index))
                measured[case.what].straight = asyncio.run(_straight(ours, index))
        say("explaining")
        plans = with_database(ours, _plans)
    command = f"python -m bench.search --resources {given.resources} --claims {given.claims}"
    said = _report(command, given.resources, count, load, measured, plans)
    given.out.write_text(said)
    print(said.partition("## Plans")[0])


def _case(number: int, index: int) -> Case:
    return next(islice(cases(number), index, None))


def _address(index: int, number: int) -> str:
    case = _case(number, index)
    limit = {"limit": 24} if case.path.startswith("/api") else {}
    return f"{case.path}?{urlencode(case.query | limit)}"


def _asked(ours: House, address: Callable[[int], str]) -> Measured:
    """Ask one after the other, each time for something else."""
    connection, took = HTTPConnection("127.0.0.1", ours.port, timeout=60), []
    for number in range(TIMES + WARM):
        path = address(number)
        time.sleep(SLEPT)
        began = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
    connection.close()
    took = sorted(took[WARM:])
    return Measured(statistics.median(took), took[len(took) // 10], took[int(len(took) * 0.95)])


async def _straight(ours: House, index: int) -> float:
    """The median of the best SQL for the same, through asyncpg alone."""
    connection, took = await asyncpg.connect(ours.database_url), []
    for number in range(TIMES + WARM):
        case = _case(number, index)
        await asyncio.sleep(SLEPT)
        began = time.perf_counter()
        await connection.fetch(case.sql, *case.values)
        took.append((time.perf_counter() - began) * 1000)
    await connection.close()
    return statistics.median(took[WARM:])


async def _plans() -> dict[str, tuple[str, str]]:
    """How PostgreSQL answers the best SQL, and the statement that finds the candidates of the program."""
    found, original = {}, db.fetch
    for case in cases(1):
        heard: list[tuple[str, tuple[Any, ...]]] = []

        async def hear(sql: str, *args: Any, kept: list[Any] = heard) -> Any:
            kept.append((sql, args))
            return await original(sql, *args)

        db.fetch = hear
        try:
            await search(case.wanted, None, None, 24)
        finally:
            db.fetch = original
        ours = next((sql, args) for sql, args in heard if "plainly_taken" in sql)
        found[case.what] = (await _explained(case.sql, case.values), await _explained(*ours))
    return found


async def _explained(sql: str, args: tuple[Any, ...]) -> str:
    rows: list[Any] = []
    for _ in range(3):  # the last one with what it needs in memory
        rows = await db.fetch(f"EXPLAIN (ANALYZE, BUFFERS, SUMMARY, COSTS OFF) {sql}", *args)
    return "\n".join(row[0] for row in rows if "Index Searches" not in row[0])


def _report(
    command: str, resources: int, claims: int, load: float, measured: dict[str, Measured],
    plans: dict[str, tuple[str, str]],
) -> str:  # fmt: skip
    aims = {case.what: case.aim for case in cases(0)}
    lines = [
        "# Search, measured", "", "Written by `bench/search.py`; what is kept and why is in [search](search.md).", "",
        f"- Command: `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average before it {load:.1f} on "
        f"{os.cpu_count()} processors.",
        f"- {resources:,} resources, {claims:,} claims over a year. One client over HTTP, {TIMES} searches of each",
        f"  kind with other values each time, 24 results each, after {WARM} that are not counted. Beside it the best",
        "  SQL for the first 25, written by hand and asked through asyncpg alone: it knows no rules, buffers,",
        f"  exceptional days and rights. PostgreSQL with {BUFFERS} of shared buffers.{_alone()}", "",
        "| search | p50 ms | p10 ms | p95 ms | best SQL p50 ms | aim p50 | met |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --: |",
    ]  # fmt: skip
    for what, it in measured.items():
        aim = aims.get(what)
        verdict = "" if aim is None else "yes" if it.median <= aim else "no"
        straight = f"{it.straight:.1f}" if it.straight and not what.startswith("the page") else ""
        lines.append(
            f"| {what} | {it.median:.1f} | {it.quick:.1f} | {it.slow:.1f} | {straight} | {aim or ''} | {verdict} |"
        )
    lines += ["", "## Plans", ""]
    for what, (straight, ours) in plans.items():
        if not what.startswith("the page"):
            lines += [f"### {what}", "The best SQL:", "```", straight, "```", "What finds the candidates:"]
            lines += ["```", ours, "```", ""]
    return "\n".join(lines)


def _alone() -> str:
    """Whether all of it ran before whatever else the machine had to do (`chrt -r 1`)."""
    if not hasattr(os, "sched_getscheduler") or os.sched_getscheduler(0) == os.SCHED_OTHER:
        return ""
    return " Client, server and\n  PostgreSQL at real-time priority: what else the machine had to do had to wait."


if __name__ == "__main__":
    main()
