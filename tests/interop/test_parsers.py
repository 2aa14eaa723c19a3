"""Parsers that nobody here wrote find in feeds and invitations what the database says."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import icalendar
import msgspec
import pytest

from server.bookings.rules import rules
from server.calendars import feed_read, invitations, views
from server.calendars.events import STATUS
from server.core import db
from server.outbox.facts import Facts, comes_twice
from tests import factories
from tests.calendars.sample import SENDER
from tests.calendars.test_feeds import read, subscribe
from tests.factories import Person
from tests.interop import obtain
from tests.interop.libical import Libical
from tests.interop.obtain import Event
from tests.patience import PATIENCE
from tests.serving import serving

ZONES = (
    "Asia/Shanghai", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Santiago",
    "America/Nuuk", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Cairo", "Asia/Gaza", "Asia/Jerusalem",
)  # fmt: skip
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# node-ical takes temporal-polyfill, which looks for changes of clocks no further than ten years ahead: all of Berlin's
# year 2040 is winter to it, and not to the platform below it (docs/decisions/0171).
# khal takes pytz, whose tables end in 2037.
UNTIL = {
    "node-ical": (datetime.now(UTC) + timedelta(days=365 * 8)).timestamp(),
    "khal": datetime(2038, 1, 1, tzinfo=UTC).timestamp(),
}
ANY = {"If-Match": "*"}


def changes_of_clocks(zone: ZoneInfo, year: int) -> Iterator[datetime]:
    """The instants in a year at which a zone changes its clocks; where it never does, one as good as any."""
    hours = [datetime(year, 1, 2, tzinfo=UTC) + HOUR * n for n in range(24 * 363)]
    found = [b for a, b in pairwise(hours) if _offset(a, zone) != _offset(b, zone)]
    yield from found or [datetime(year, 4, 1, 4, tzinfo=UTC)]


def _offset(moment: datetime, zone: ZoneInfo) -> Any:
    return moment.astimezone(zone).utcoffset()


def moments(zone: ZoneInfo) -> list[datetime]:
    """Starts before, across and after a change of clocks, across another of 2027, and across one of 2040."""
    first, *more = changes_of_clocks(zone, 2027)
    last = (more or [first + 90 * DAY])[-1]
    return [first - 9 * DAY, first - HOUR, first + 9 * DAY, last - HOUR, next(changes_of_clocks(zone, 2040)) - HOUR]


class Matrix:
    """12 zones × 5 moments × {one-off, series with exceptions, cancelled}, booked through the API."""

    sme: Person
    owner: Person
    resources: list[Any]

    async def begin(self, client: httpx.AsyncClient) -> None:
        self.client, self.resources = client, []
        self.owner, self.sme = await factories.person(kind="university", name="苏州大学"), await factories.person()
        for name in ZONES:
            resource = await factories.resource(self.owner, time_zone=name, units=3, step_minutes=15)
            self.resources.append(resource)
            for start in moments(ZoneInfo(name)):
                await self.fill(resource, start)

    async def fill(self, resource: Any, start: datetime) -> None:
        of = {"resource_id": str(resource), "starts_at": start.isoformat(), "ends_at": (start + 2 * HOUR).isoformat()}
        await self.call("POST", "/bookings", **of, purpose="金相; 三件, “^”\n第二行")
        gone = await self.call("POST", "/bookings", **of)
        await self.call("POST", f"/bookings/{gone['id']}/cancel")
        made = await self.call("POST", "/series", **of, rule="FREQ=WEEKLY;COUNT=4", on_conflict="skip")
        _, moved, given_up, *_ = [one["id"] for one in made["bookings"]]
        later = start + 7 * DAY + 5 * HOUR
        await self.call(
            "PATCH", f"/bookings/{moved}", starts_at=later.isoformat(), ends_at=(later + 3 * HOUR).isoformat()
        )
        await self.call("POST", f"/bookings/{given_up}/cancel")
        await self.call("PATCH", f"/series/{made['id']}", purpose="all of it, told anew")

    async def call(self, method: str, path: str, **body: Any) -> Any:
        headers = self.sme.bearer | (ANY if method == "PATCH" else {})
        answer = await self.client.request(method, f"/api/v1{path}", json=body or None, headers=headers)
        assert answer.status_code < 300, (path, body, answer.text)
        return answer.json() if answer.content else None


@pytest.fixture
def programs(tmp_path: Path) -> tuple[str, Path, Path]:
    """libical, the script of the two from npm, and the commands of khal. Asked for before the matrix is made."""
    return obtain.libical(), obtain.node(_folder(tmp_path, "node")), obtain.khal(_folder(tmp_path, "khal"))


@pytest.fixture
async def matrix(programs: Any, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> Matrix:
    monkeypatch.setattr(rules, "RULES", [one for one in rules.RULES if one is not rules.not_too_far])
    monkeypatch.setattr(views, "AHEAD", timedelta(days=366 * 15))
    feed_read._kept.clear()
    made = Matrix()
    await made.begin(client)
    return made


async def kept(where: str = "", *given: Any) -> list[Event]:
    """What the database says, of bookings."""
    sql = f"SELECT uid, sequence, status, starts_at, ends_at FROM booking b {where}"
    return sorted(
        (
            row["uid"], row["sequence"], STATUS.get(row["status"], "CONFIRMED"), int(row["starts_at"].timestamp()),
            int(row["ends_at"].timestamp()),
        )
        for row in await db.fetch(sql, *given)
    )  # fmt: skip


async def read_by_node(script: Path, *calendars: bytes) -> list[dict[str, list[Event]]]:
    paths = []
    for number, written in enumerate(calendars):
        paths.append(script.parent / f"{number}.ics")
        paths[-1].write_bytes(written)
    command = ["node", str(script), *map(str, paths)]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return [
        {parser: sorted((*event,) for event in found) for parser, found in one.items()}
        for one in json.loads(done.stdout)
    ]


async def test_all_agree_with_the_database(
    programs: tuple[str, Path, Path], matrix: Matrix, app: Any, tmp_path: Path
) -> None:
    libical, script, commands = programs
    path = await subscribe(matrix.client, matrix.sme, scope="organization")
    feed = (await read(matrix.client, path)).content
    expected = await kept()
    assert len(expected) == len(ZONES) * 5 * 6
    assert sorted(Libical(libical).events(feed)) == expected
    series = await told_of_series(matrix.sme)
    assert len(series) == len(ZONES) * 5
    by_parser, *of_series = await read_by_node(script, feed, *(written for _, written in series))
    for parser, found in by_parser.items():
        assert known_to(parser, found) == known_to(parser, expected), parser
    for (id, written), read_so in zip(series, of_series, strict=True):
        standing = await kept("WHERE series_id = $1 AND status = 'confirmed'", id)
        for parser, found in read_so.items():
            if parser == "node-ical" and _begins_twice(written):
                continue
            spans = sorted(one[2:] for one in known_to(parser, standing))
            assert sorted(one[2:] for one in known_to(parser, found)) == spans, (parser, id)
    await db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # khal takes its time on a busy machine
    async with serving(app) as port:
        shown = await asyncio.to_thread(read_by_khal, commands, tmp_path, f"http://127.0.0.1:{port}{path}")
    assert shown == sorted(event[2:] for event in known_to("khal", expected))


def known_to(parser: str, found: list[Event]) -> list[Event]:
    """The events that a parser can place."""
    return [one for one in found if one[3] < UNTIL.get(parser, one[3] + 1)]


def _begins_twice(written: bytes) -> bool:
    """Whether a rule begins at a time that comes twice: node-ical begins that a week late (docs/decisions/0171)."""
    events: Any = icalendar.Calendar.from_ical(written).walk("VEVENT")
    return comes_twice(events[0].start)


def _folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


async def told_of_series(sme: Person) -> list[tuple[Any, bytes]]:
    """The last invitation that tells the booker all of a series, for each."""
    sql = """
    SELECT DISTINCT ON (booking_id) booking_id, facts, locale FROM notice
    WHERE recipient = $1 AND kind = 'changed' AND facts -> 'run' IS NOT NULL ORDER BY booking_id, position DESC
    """
    return [
        (row["booking_id"], _request("REQUEST", sme, msgspec.json.decode(row["facts"], type=Facts)))
        for row in await db.fetch(sql, sme.actor.email)
    ]


def _request(method: str, to: Person, facts: Facts) -> bytes:
    return invitations.invitation(method, to.actor.email, "zh-CN", facts, SENDER)


def read_by_khal(commands: Path, folder: Path, url: str) -> list[tuple[str, int, int]]:
    """Subscribe with vdirsyncer, which puts UIDs of its own, and list with khal: statuses, starts and ends."""
    home = _folder(folder, "home")
    (home / "vdirsyncer").write_text(
        f'[general]\nstatus_path = "{home}/status"\n'
        '[pair feed]\na = "here"\nb = "there"\ncollections = null\nconflict_resolution = "b wins"\n'
        f'[storage here]\ntype = "filesystem"\npath = "{home}/feed"\nfileext = ".ics"\n'
        f'[storage there]\ntype = "http"\nurl = "{url}"\n'
    )
    (home / "khal").write_text(
        f"[calendars]\n[[feed]]\npath = {home}/feed\n[sqlite]\npath = {home}/khal.db\n"
        "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\n"
        "longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    environment = os.environ | {"HOME": str(home)}

    def run(*command: str) -> str:
        options = {"capture_output": True, "text": True, "timeout": 120, "env": environment, "input": "y\n"}
        done: Any = subprocess.run([str(commands / command[0]), *command[1:]], check=False, **options)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    (home / "feed").mkdir()
    run("vdirsyncer", "-c", f"{home}/vdirsyncer", "discover")
    run("vdirsyncer", "-c", f"{home}/vdirsyncer", "sync")
    form = "{status}|{start-long-full}|{end-long-full}"
    listed = run(
        "khal", "-c", f"{home}/khal", "list", "--once", "--day-format", "", "--format", form, "2026-11-01", "2037-12-31"
    )
    found = []
    for line in filter(None, listed.splitlines()):
        status, start, end = line.split("|")
        seconds = (int(datetime.fromisoformat(f"{one}+00:00").timestamp()) for one in (start, end))
        found.append((status.strip(), *seconds))
    return sorted(found)  # type: ignore[arg-type]
