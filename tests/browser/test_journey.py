"""In a real browser: find, book and cancel; in both languages, narrow and wide, without JavaScript, by keyboard.

tests/browser/obtain.py says which browser; without one they fail, and RONGTONG_WITHOUT_BROWSER=1 leaves them out.
axe.min.js is axe-core 4.14.1 (MPL-2.0, axe.LICENSE), used by the tests only.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from server.core import db
from tests import factories
from tests.browser import obtain
from tests.serving import serving

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
VIOLATIONS = "window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.blockedURI));"
UNSEEN = 120_000  # ms after which what is to be seen or pressed is taken not to come, on a busy machine too
DAY = (datetime.now(UTC) + timedelta(days=14)).date()

pytestmark = pytest.mark.skipif(
    obtain.UNWANTED, reason="RONGTONG_WITHOUT_BROWSER is set: the pages were not looked at in a browser"
)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=obtain.browser(), args=FLAGS)
        started.on("context", lambda context: context.set_default_timeout(UNSEEN))
        try:
            yield started
        finally:
            await started.close()


async def sign_in(page: Page, base: str, email: str) -> None:
    await page.goto(f"{base}/sign-in")
    await page.fill("#email", email)
    await page.fill("#password", factories.PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/account")


async def look(page: Page, *, scripts: bool = True) -> None:
    """Find nothing to complain about: axe, the content policy, a title, one main heading, no sideways scrolling."""
    assert await page.title()
    assert await page.locator("h1").count() == 1
    if not scripts:
        return
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    await page.evaluate(AXE)
    found: Any = await page.evaluate("(rules) => axe.run({runOnly: rules})", RULES)
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == [], page.url
    assert await page.evaluate("window.broken") == []


@pytest.mark.parametrize(
    ("locale", "width", "scripts"),
    [("zh-CN", 390, True), ("zh-CN", 1440, False), ("en", 390, False), ("en", 1440, True)],
)
async def test_an_sme_finds_books_and_cancels(
    rolled_back: None, app: Any, locale: str, width: int, scripts: bool
) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale=locale)
    resource = await factories.resource(owner, name="Journey")
    await factories.password(guest.actor.account_id)
    async with serving(app) as port, browser() as chromium:
        base = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(
            locale=locale, viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        await context.set_extra_http_headers({"Accept-Language": locale})
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await page.goto(base)
        await look(page, scripts=scripts)
        await page.fill("#q", "Journey")
        await page.press("#q", "Enter")
        await page.wait_for_url("**/resources?*")
        await look(page, scripts=scripts)
        await sign_in(page, base, guest.actor.email)
        await page.goto(f"{base}/resources/{resource}?day={DAY}")
        await look(page, scripts=scripts)
        await page.locator(".slot.free:not(.far) a").nth(6).click()
        await page.wait_for_url("**from=*")
        await look(page, scripts=scripts)
        await page.locator("#book button.button:not([formaction])").click()
        await page.wait_for_url("**/holds/*")
        await look(page, scripts=scripts)
        await page.fill("#purpose", "断口分析")
        await page.locator("main form button.button").click()
        await page.wait_for_selector('form[action$="/book"]')
        await look(page, scripts=scripts)
        await page.locator('form[action$="/book"] .button').first.click()
        await page.wait_for_url("**/bookings/*done=booked")
        await look(page, scripts=scripts)
        assert await page.locator("html").get_attribute("lang") == locale
        await page.locator(".act:has(#reason) summary").click()
        await page.fill("#reason", "-")
        await page.locator('form[action$="/cancel"] button').click()
        await page.wait_for_url("**done=cancelled")
        await page.goto(f"{base}/bookings?part=cancelled")
        await look(page, scripts=scripts)
        await page.goto(f"{base}/inbox")
        await look(page, scripts=scripts)
    assert await db.fetchval("SELECT status FROM booking WHERE resource_id = $1", resource) == "cancelled"


async def test_a_time_is_chosen_and_lost_by_keyboard_alone(rolled_back: None, app: Any) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale="en")
    resource = await factories.resource(owner)
    await factories.password(guest.actor.account_id)
    async with serving(app) as port, browser() as chromium:
        base = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(locale="en", viewport={"width": 1440, "height": 900})
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await sign_in(page, base, guest.actor.email)
        await page.goto(f"{base}/resources/{resource}?day={DAY}")
        assert await page.locator('.slots [tabindex="0"]').count() == 1
        await page.locator('.slots [tabindex="0"]').focus()
        for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Enter"):
            await page.keyboard.press(key)
        await page.wait_for_url("**from=*")
        start = await page.evaluate("new URLSearchParams(location.search).get('from')")
        await factories.booking(resource, owner, datetime.fromisoformat(start))
        await page.locator("#date").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".offers")
        await look(page)
        await page.locator(".offers button").first.focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/holds/*")
