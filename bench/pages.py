"""The budgets of the pages: what they weigh, how fast a list of fifty rows comes, how long a change of week takes."""

import asyncio
import gzip
import re
from http.client import HTTPConnection

import msgspec
import structlog

from bench.house import House
from bench.load import Load
from bench.outcome import Outcome, apart
from bench.row import Row
from bench.scale import Scale
from bench.seeding import Seeded
from server.access import cookie, sessions
from server.access.device import Origin
from server.core import db
from server.core.ids import new_id
from tests.browser import obtain
from tests.browser.test_journey import browser
from tests.obtaining import NotToBeHad

WEIGHT, ROWS_MS = 60_000, 15  # bytes, gzipped, with all that is loaded; milliseconds for fifty rows
LOADED = re.compile(r'<(?:link rel="stylesheet" href|script[^>]* src)="(/static/[^"]+)"')
WEEKS = 20  # changes of week, in the browser

OPERATOR = """
INSERT INTO account (id, email, name, locale, is_operator, verified_at) VALUES ($1, $2, 'Operator', 'en', true, now())
"""
BOOKED = """
SELECT b.id, b.member_id, m.account_id FROM booking b JOIN member m ON m.id = b.member_id
WHERE b.status = 'confirmed' AND b.starts_at > now() LIMIT 1
"""
# The moment of the click goes along to the next page, by whose clock it is read: nothing of the driver is measured.
CLICKS = "addEventListener('click', (e) => { sessionStorage.clicked = performance.timeOrigin + e.timeStamp; }, true);"
PAINTED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
    done(performance.timeOrigin + performance.now() - Number(sessionStorage.clicked)))))"""
log = structlog.get_logger()


class Readers(msgspec.Struct, frozen=True):
    """The secrets of two sessions, and a booking that the second may see."""

    operator: str
    booker: str
    booking: str


async def readers() -> Readers:
    """Sign in an operator of the platform, and somebody who has booked."""
    id = new_id()
    await db.execute(OPERATOR, id, f"{id}@bench.example")
    booked = await db.fetchrow(BOOKED)
    assert booked
    booker = await sessions.issue(booked["account_id"], Origin(), member_id=booked["member_id"])
    return Readers(await sessions.issue(id, Origin()), booker, f"/bookings/{booked['id']}")


def pages(house: House, seeded: Seeded, scale: Scale, by: Readers) -> list[Row]:
    """Measure them one after the other."""
    resource = f"/resources/{seeded.resources[0].id}"
    list_of_50 = _get("/operator/accounts", _signed(by.operator))
    rows = apart("bench.load", Load(house.port, 1, scale.seconds, [list_of_50], repeat=True)).only("200")
    week = apart("bench.load", Load(house.port, 1, scale.seconds, [_get(resource)], repeat=True)).only("200")
    found = [_weight(house, name, path, session) for name, path, session in (
        ("the start page", "/", ""), ("results", "/resources", ""), ("a resource with its week", resource, ""),
        ("a booking", by.booking, by.booker),
    )]  # fmt: skip
    fifty = Row("a page of 50 rows with its SQL, 1 client", rows, aim=f"≤ {ROWS_MS} ms")
    fifty.met = rows.percentile(50) <= ROWS_MS
    found += [fifty, Row("the page of a resource with its week, 1 client", week)]
    try:
        obtain.browser()
    except NotToBeHad as error:
        log.warning("the change of week was not measured", why=str(error))
        return found
    changes = asyncio.run(_change_weeks(house, resource, 2 if scale.seconds < 1 else WEEKS))
    return [*found, Row("another week in the browser, from the click to painted", changes)]


def _signed(session: str) -> str:
    return f"Cookie: {cookie.name()}={session}\r\n" if session else ""


def _get(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: rongtong.example\r\nAccept: text/html\r\n{more}\r\n".encode()


def _weight(house: House, name: str, path: str, session: str) -> Row:
    """Weigh a page with its style and scripts."""
    html = _read(house, path, session)
    whole = sum(len(gzip.compress(_read(house, one))) for one in set(LOADED.findall(html.decode())))
    whole += len(gzip.compress(html))
    return Row(f"{name} weighs, bytes gzipped", value=whole, aim=f"≤ {WEIGHT:,}", met=whole <= WEIGHT)


def _read(house: House, path: str, session: str = "") -> bytes:
    connection = HTTPConnection("127.0.0.1", house.port, timeout=30)
    headers = {"Host": "rongtong.example", "Accept": "text/html"}
    if session:
        headers["Cookie"] = f"{cookie.name()}={session}"
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{path} answers {answer.status}")
    return answer.read()


async def _change_weeks(house: House, resource: str, times: int) -> Outcome:
    """Click on the next week again and again; from each click until the week is painted, in seconds."""
    latencies = []
    async with browser() as chromium:
        page = await chromium.new_page(viewport={"width": 1440, "height": 900})
        await page.add_init_script(CLICKS)
        await page.goto(f"http://127.0.0.1:{house.port}{resource}")
        for _ in range(times):
            async with page.expect_navigation(wait_until="load"):
                await page.locator(".week-side .wide-only a").last.click()
            latencies.append(float(await page.evaluate(PAINTED)) / 1000)
    return Outcome(sum(latencies), latencies, {"200": len(latencies)})
