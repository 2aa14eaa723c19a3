"""The budgets of the pages: what they weigh, how fast a list of fifty rows comes, how long a change of week takes."""

import asyncio
import gzip
import re
import time
from datetime import timedelta
from http.client import HTTPConnection

import structlog

from bench.house import House
from bench.load import Load
from bench.outcome import Outcome, apart
from bench.row import Row
from bench.scale import Scale
from bench.seeding import Seeded
from server import db
from server.accounts import cookie, sessions
from server.accounts.device import Origin
from server.ids import new_id
from tests.browser.test_journey import CHROMIUM, browser

WEIGHT, ROWS_MS = 60_000, 15  # bytes, gzipped, with all that is loaded; milliseconds for fifty rows
LOADED = re.compile(r'<(?:link rel="stylesheet" href|script[^>]* src)="(/static/[^"]+)"')
WEEKS = 20  # changes of week, in the browser

OPERATOR = """
INSERT INTO account (id, email, name, locale, is_operator, verified_at) VALUES ($1, $2, 'Operator', 'en', true, now())
"""
log = structlog.get_logger()


async def operator_session() -> str:
    """Make an operator of the platform; return the secret of their session."""
    id = new_id()
    await db.execute(OPERATOR, id, f"{id}@bench.example")
    return await sessions.issue(id, Origin())


def pages(house: House, seeded: Seeded, scale: Scale, session: str) -> list[Row]:
    """Measure them one after the other."""
    resource = f"/resources/{seeded.resources[0].id}"
    list_of_50 = _get("/operator/accounts", f"Cookie: {cookie.name()}={session}\r\n")
    rows = apart("bench.load", Load(house.port, 1, scale.seconds, [list_of_50], repeat=True)).only("200")
    week = apart("bench.load", Load(house.port, 1, scale.seconds, [_get(resource)], repeat=True)).only("200")
    found = [_weight(house, name, path) for name, path in (
        ("the start page", "/"), ("results", "/resources"), ("a resource with its week", resource),
    )]  # fmt: skip
    fifty = Row("a page of 50 rows with its SQL, 1 client", rows, aim=f"≤ {ROWS_MS} ms")
    fifty.met = rows.percentile(50) <= ROWS_MS
    found += [fifty, Row("the page of a resource with its week, 1 client", week)]
    if CHROMIUM is None:
        log.warning("NO CHROMIUM: the change of week was not measured")
        return found
    changes = asyncio.run(_change_weeks(house, seeded, resource, 2 if scale.seconds < 1 else WEEKS))
    return [*found, Row("another week in the browser, click to painted", changes)]


def _get(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: rongtong.example\r\nAccept: text/html\r\n{more}\r\n".encode()


def _weight(house: House, name: str, path: str) -> Row:
    """Weigh a page with its style and scripts."""
    html = _read(house, path)
    whole = sum(len(gzip.compress(_read(house, one))) for one in set(LOADED.findall(html.decode())))
    whole += len(gzip.compress(html))
    return Row(f"{name} weighs, bytes gzipped", value=whole, aim=f"≤ {WEIGHT:,}", met=whole <= WEIGHT)


def _read(house: House, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", house.port, timeout=30)
    connection.request("GET", path, headers={"Host": "rongtong.example", "Accept": "text/html"})
    return connection.getresponse().read()


async def _change_weeks(house: House, seeded: Seeded, resource: str, times: int) -> Outcome:
    """Open one week after the other, as a click on the next week does, until it is painted."""
    latencies = []
    async with browser() as chromium:
        page = await chromium.new_page(viewport={"width": 1440, "height": 900})
        address = f"http://127.0.0.1:{house.port}{resource}"
        await page.goto(address)
        for number in range(times):
            day = seeded.today + timedelta(days=7 * (number % 4))
            started = time.monotonic()
            await page.goto(f"{address}?day={day:%Y-%m-%d}", wait_until="load")
            await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            latencies.append(time.monotonic() - started)
    return Outcome(sum(latencies), latencies, {"200": len(latencies)})
