"""`python -m bench.search`: how long a search takes over HTTP, beside its own SQL, with the plan of each statement.

Kept out of `make test` and `make bench`: 100,000 resources and 5 million claims take some minutes to make.
"""

import argparse
import os
import signal
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from bench import search_seeding
from bench.__main__ import say, with_database
from bench.house import House, house, serving
from server import db, logs
from server.resources.schemas import Kind
from server.resources.search import search
from server.resources.wanted import Search
from server.spans import Span

OUT = Path(__file__).parents[1] / "docs" / "search-measured.md"
TIMES = 60  # each is asked, with other values each time
LIMIT_SECONDS = 3600
DAY = (datetime.now(UTC) + timedelta(days=8)).replace(hour=2, minute=0, second=0, microsecond=0)


class Case(msgspec.Struct):
    """A search that is asked again and again, and the aim for its median in milliseconds."""

    what: str
    aim: float | None
    wanted: Search
    query: dict[str, Any]


def cases(number: int) -> Iterator[Case]:
    """The searches, with values of their own for each `number`."""
    span = Span(DAY + timedelta(hours=number), DAY + timedelta(hours=number + 4))
    week = Span(DAY, DAY + timedelta(days=5))
    what, it = search_seeding.WHAT[number % 20], search_seeding.IT[number % 15]
    kind: Kind = "equipment"
    region = ("320000", "330000", "440000", "310000")[number % 4]
    then = {"free_from": span.starts_at.isoformat(), "free_to": span.ends_at.isoformat()}
    gap = {"from": week.starts_at.isoformat(), "to": week.ends_at.isoformat(), "minutes": 240}
    text = f"{what}{it}"
    yield Case("text, Chinese", 15, Search(text=text), {"q": text})
    yield Case("text, pinyin", 15, Search(text="xianweijing"), {"q": "xianweijing"})
    yield Case("text, two characters", None, Search(text=it[:2]), {"q": it[:2]})
    in_both = {"kind": kind, "region": region}
    yield Case("free then, a kind and region", 10, Search(kind=kind, region=region, exactly=span), in_both | then)
    yield Case("free then, everything", 60, Search(exactly=span), then)
    yield Case(
        "any 4 h of five days, a kind and region", 60,
        Search(kind=kind, region=region, within=week, minutes=240), in_both | gap,
    )  # fmt: skip
    near = {"near": "31.3,120.6", "within_km": 50, "sort": "distance"}
    yield Case("nearest within 50 km", None, Search(), near)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--resources", type=int, default=100_000)
    parser.add_argument("--claims", type=int, default=50, help="on each resource")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    logs.configure("warning")
    signal.alarm(LIMIT_SECONDS)
    load = os.getloadavg()[0]
    with house() as ours:
        say(f"sharing {given.resources:,} resources")
        with_database(ours, lambda: search_seeding.resources(given.resources))
        say(f"taking {given.resources * given.claims:,} times")
        count = with_database(ours, lambda: search_seeding.claims(given.claims))
        with serving(ours):
            say("searching")
            measured = {case.what: _measured(ours, index) for index, case in enumerate(cases(0))}
        say("explaining")
        plans = with_database(ours, _plans)
    command = f"python -m bench.search --resources {given.resources} --claims {given.claims}"
    said = _report(command, given.resources, count, load, measured, plans)
    given.out.write_text(said)
    print(said.partition("## Plans")[0])


def _measured(ours: House, index: int) -> tuple[float, float]:
    """The median and the 95th percentile in milliseconds, one client, each time other values."""
    connection, took = HTTPConnection("127.0.0.1", ours.port, timeout=60), []
    for number in range(TIMES + 5):
        case = next(islice(cases(number), index, None))
        began = time.perf_counter()
        connection.request("GET", "/api/v1/resources?" + urlencode(case.query | {"limit": 24}))
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{case.what}: {answer.status}")
    connection.close()
    took = sorted(took[5:])  # not measured: statements are prepared and pages come into memory
    return statistics.median(took), took[int(len(took) * 0.95)]


async def _plans() -> dict[str, list[tuple[float, str]]]:
    """How PostgreSQL answers the statements of each search: the time it says, and its plan."""
    found = {}
    original = db.fetch
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
        found[case.what] = [await _explained(sql, args) for sql, args in heard if "search_text" in sql][:1]
    return found


async def _explained(sql: str, args: tuple[Any, ...]) -> tuple[float, str]:
    rows: list[Any] = []
    for _ in range(3):  # the last one with what it needs in memory
        rows = await db.fetch(f"EXPLAIN (ANALYZE, BUFFERS, SUMMARY) {sql}", *args)
    plan = "\n".join(row[0] for row in rows)
    milliseconds = float(plan.rpartition("Execution Time: ")[2].split()[0])
    return milliseconds, plan


def _report(
    command: str, resources: int, claims: int, load: float, measured: dict[str, tuple[float, float]],
    plans: dict[str, list[tuple[float, str]]],
) -> str:  # fmt: skip
    aims = {case.what: case.aim for case in cases(0)}
    lines = [
        "# Search, measured", "", "Written by `bench/search.py`; what is kept and why is in [search](search.md).", "",
        f"- Command: `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average before it {load:.1f}.",
        f"- {resources:,} resources, {claims:,} claims over a year. One client over HTTP, {TIMES} searches of each",
        "  kind, 24 results each; beside it the statement that finds the candidates, as PostgreSQL explains it.", "",
        "| search | p50 ms | p95 ms | its SQL ms | aim p50 | met |", "| --- | ---: | ---: | ---: | ---: | --: |",
    ]  # fmt: skip
    for what, (median, slow) in measured.items():
        aim = aims[what]
        verdict = "" if aim is None else "yes" if median <= aim else "no"
        sql = plans[what][0][0] if plans[what] else 0.0
        lines.append(f"| {what} | {median:.1f} | {slow:.1f} | {sql:.1f} | {'' if aim is None else aim} | {verdict} |")
    lines += ["", "## Plans", ""]
    for what, explained in plans.items():
        for _, plan in explained:
            lines += [f"### {what}", "```", plan, "```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
