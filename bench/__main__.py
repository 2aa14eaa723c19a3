"""`python -m bench`: measure everything in one run, print one table, keep it in docs/performance.md."""

import argparse
import asyncio
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

from bench import bookings, pages, parts, reads, report, seeding, signing_in, special
from bench.house import House, house, serving
from bench.row import Row
from bench.scale import TINY, Scale
from server.core import db, logs

LIMIT_SECONDS = 600
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="only see that it runs: a few requests each, nothing kept")
    parser.add_argument("--claims", type=int, default=100, help="on each of 10,000 resources, in the second half")
    parser.add_argument("--pages", action="store_true", help="only the pages; the other figures that are kept stay")
    given = parser.parse_args()
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")  # said by what migrations bring in
    logs.configure("warning")
    signal.signal(signal.SIGALRM, _took_too_long)
    signal.alarm(LIMIT_SECONDS)
    started, load = time.monotonic(), os.getloadavg()[0]
    with house() as ours:
        run = measure_pages if given.pages else measure
        rows = run(ours, Scale(**TINY) if given.tiny else Scale(claims_each=given.claims))
        postgres, claims = with_database(ours, _facts)
    print(report.table(rows))
    if given.pages and not given.tiny:
        report.keep_some(rows, "python -m bench --pages", load=load)
    elif not given.tiny:
        report.keep(rows, seconds=time.monotonic() - started, load=load, postgres=postgres, claims=claims)
    if not given.tiny:
        print(f"\nKept in {report.PAGE.name}.")


def measure(ours: House, scale: Scale) -> list[Row]:
    say("seeding people and resources")
    seeded = with_database(ours, lambda: seeding.people_and_resources(scale))
    with serving(ours):
        say("booking free slots, few claims")
        before = bookings.free_slots(ours, seeded, scale, "few")
    say("seeding claims")
    extra = with_database(ours, lambda: special.special(seeded, scale))
    claims = with_database(ours, lambda: seeding.claims(seeded, scale.claims_each))
    with serving(ours):
        say(f"booking free slots, {claims:,} claims")
        after = bookings.free_slots(ours, seeded, scale, f"{claims:,}")
        say("racing for one slot")
        rush = bookings.rush(ours, seeded, scale)
        say("booking series, groups and units that must move")
        many = parts.parts(ours, seeded, extra, scale)
        say("reading")
        read = reads.reads(ours, seeded, extra, scale)
        say("signing in")
        with_database(ours, lambda: signing_in.passwords_for(seeded))
        signed = signing_in.signing_in(ours, seeded, scale)
        say("reading pages")
        looked = pages.pages(ours, seeded, scale, with_database(ours, pages.readers))
    return [*before, *after, bookings.flatness(before, after), *rush, *many, *read, *signed, *looked]


def measure_pages(ours: House, scale: Scale) -> list[Row]:
    say("seeding people, resources and claims")
    seeded = with_database(ours, lambda: seeding.people_and_resources(scale))
    with_database(ours, lambda: seeding.claims(seeded, scale.claims_each))
    with serving(ours):
        say("reading pages")
        return pages.pages(ours, seeded, scale, with_database(ours, pages.readers))


def with_database(ours: House, job: Callable[[], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        async with db.connected(ours.database_url, size=2, as_role=False):  # it vacuums
            return await job()

    return asyncio.run(run())


async def _facts() -> tuple[str, int]:
    name = await db.fetchval("SELECT 'PostgreSQL ' || current_setting('server_version')")
    return str(name), int(await db.fetchval("SELECT count(*) FROM claim"))


def say(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


def _took_too_long(*_: object) -> NoReturn:
    raise SystemExit(f"not done within {LIMIT_SECONDS} s")


if __name__ == "__main__":
    main()
