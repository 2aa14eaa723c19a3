"""`python -m bench.timeline`: an owner's week of 200 resources with 2,000 events, in Jinja and painted in Chromium.

Prints one table. The aims: 50 rows in Jinja in 15 ms, 200 rows × 2,000 events painted in 600 ms (from the start of the
navigation to the first frame with the table; the server's work is part of it).
"""

import asyncio
import shutil
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Range
from playwright.async_api import Page, async_playwright

from bench.house import House, house, serving
from server.accounts import passwords
from server.core import db
from server.core.actor import Actor
from server.core.ids import new_id
from server.site.manage.fleet import said_of_days
from server.site.manage.fleet_week import Cell, Fleet, Row, fleet
from server.web.render import _environment

RESOURCES, EVENTS = 200, 2000
ROUNDS = 10
EMAIL, PASSWORD = "bench@example.com", "correct horse battery"
MONDAY = date(2026, 11, 30)
PAINTED = """
() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))
"""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]

OWNER = (
    "INSERT INTO organization (id, kind, name, country, verified_at) VALUES ($1, 'university', 'Bench', 'CN', now())"
)
ACCOUNT = "INSERT INTO account (id, email, name, locale, verified_at) VALUES ($1, $2, 'Bench', 'zh-CN', now())"
MEMBER = "INSERT INTO member (id, organization_id, account_id, role) VALUES ($1, $2, $3, 'admin')"
SECRET = "INSERT INTO password (account_id, hash) VALUES ($1, $2)"  # noqa: S105
RESOURCE = """
INSERT INTO resource (id, owner_id, kind, name, time_zone, units, week_hours)
VALUES ($1, $2, 'equipment', $3, 'Asia/Shanghai', 1, $4)
"""
CLAIM = "INSERT INTO claim (resource_id, id, unit, during, reason) VALUES ($1, $2, 1, $3, 'booking')"


async def furnish() -> Actor:
    """One owner with all of it in one week."""
    owner, account, member = new_id(), new_id(), new_id()
    await db.execute(OWNER, owner)
    await db.execute(ACCOUNT, account, EMAIL)
    await db.execute(MEMBER, member, owner, account)
    await db.execute(SECRET, account, await passwords.hash_of(PASSWORD))
    week = [Range(day * 1440 + 480, day * 1440 + 1200) for day in range(7)]
    ids = [new_id() for _ in range(RESOURCES)]
    named = [(id, owner, f"扫描电子显微镜 {number:03}", week) for number, id in enumerate(ids)]
    await db.executemany(RESOURCE, named)
    await db.executemany(CLAIM, [_claim(ids[number % RESOURCES], number // RESOURCES) for number in range(EVENTS)])
    return Actor(
        member_id=member, organization_id=owner, role="admin", account_id=account, email=EMAIL, name="Bench",
        locale="zh-CN", organization_name="Bench", organization_kind="university",
    )  # fmt: skip


def _claim(id: UUID, number: int) -> tuple[UUID, UUID, Any]:
    start = datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=UTC) + timedelta(
        days=number % 7, hours=1 + number // 7 * 3
    )
    return id, new_id(), Range(start, start + timedelta(hours=2))


def in_jinja(rows: int) -> float:
    """Milliseconds of the processor to render the table alone, the middle of many."""
    days = [MONDAY + timedelta(days=number) for number in range(7)]
    bars = ["open s16 e40", "booking s18 e22", "request s24 e28"]
    row = Row(new_id(), "扫描电子显微镜 001", "", 1, [Cell(day, 450, 1, bars) for day in days])
    shown = Fleet(days, [row] * rows, RESOURCES)
    texts = said_of_days(shown, "zh-CN")
    shared = {"path": "/manage/calendar", "again": str, "me": None, "csrf_token": "", "mail_sink": False}
    module: Any = _environment("zh-CN").get_template("manage/timeline.html").make_module(shared)
    module.timeline(shown, MONDAY, texts)
    taken = []
    for _ in range(5 * ROUNDS):
        started = time.process_time()
        module.timeline(shown, MONDAY, texts)
        taken.append((time.process_time() - started) * 1000)
    return statistics.median(taken)


async def painted(base: str) -> dict[str, float]:
    """Milliseconds from the start of a navigation to the painted table, the middle of several; and the bytes sent."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=shutil.which("chromium") or "chromium", args=FLAGS)
        page = await chromium.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(f"{base}/sign-in")
        await page.fill("#email", EMAIL)
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url("**/account")
        found = {}
        for rows in (50, 200):
            found[f"{rows} rows painted"] = await _middle(page, f"{base}/manage/calendar?day={MONDAY}&rows={rows}")
        await chromium.close()
        return found


async def _middle(page: Page, address: str) -> float:
    taken = []
    for number in range(ROUNDS):
        await page.goto(address if number % 2 else f"{address}&q=")  # the change of a week is such a navigation
        taken.append(float(await page.evaluate(PAINTED)))
        assert await page.locator(".timeline tbody tr").count() >= 50
    return statistics.median(taken)


def main() -> None:
    for rows in (50, 200):
        print(f"{rows} rows in Jinja: {in_jinja(rows):.1f} ms")
    with house() as ours:
        asyncio.run(_furnished(ours))
        with serving(ours):
            for name, taken in asyncio.run(painted(f"http://127.0.0.1:{ours.port}")).items():
                print(f"{name}: {taken:.0f} ms")


async def _furnished(ours: House) -> None:
    async with db.connected(ours.database_url, size=2, as_role=False):
        by = await furnish()
        for rows in (50, 200):
            started = time.process_time()
            for _ in range(ROUNDS):
                await fleet(by, MONDAY, size=rows)
            print(f"{rows} rows read and laid out: {(time.process_time() - started) / ROUNDS * 1000:.1f} ms")


if __name__ == "__main__":
    main()
