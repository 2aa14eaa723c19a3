"""In a real browser: all pages about calendars, the organization and the account, looked at by axe.

In both languages, narrow and wide; the main forms also with JavaScript off. Without Chromium see test_journey.py.
"""

import re
from typing import Any

import pytest
from playwright.async_api import Page

from server.core import db
from tests import factories
from tests.browser.test_journey import VIOLATIONS, browser, look, pytestmark, sign_in
from tests.serving import serving

__all__ = ["pytestmark"]

PAGES = (
    "/account", "/account/notifications", "/account/data", "/calendars", "/calendars/programs", "/calendars/foreign",
    "/organization", "/organization/new", "/organization/members", "/organization/tokens", "/organization/webhooks",
    "/organization/log",
)  # fmt: skip


async def press(page: Page, action: str, **fields: str) -> None:
    """Fill in the form that goes there and send it, and wait for the page that follows."""
    form = page.locator(f'main form[action="{action}"]').first
    for name, value in fields.items():
        await form.locator(f'[name="{name}"]').first.fill(value)
    async with page.expect_navigation():
        await form.locator("button").first.click()


@pytest.mark.parametrize(
    ("locale", "width", "scripts"),
    [("zh-CN", 390, True), ("zh-CN", 1440, False), ("en", 390, False), ("en", 1440, True)],
)
async def test_all_that_is_set_up_once(rolled_back: None, app: Any, locale: str, width: int, scripts: bool) -> None:
    admin = await factories.person(kind="university", locale=locale, verified=False)
    mate = await factories.person(admin.actor.organization_id, role="booker", locale=locale)
    resource = await factories.resource(admin, name="Microscope")
    start = await db.fetchval("SELECT date_trunc('hour', now()) + interval '2 days'")
    await factories.booking(resource, mate, start)
    await factories.password(admin.actor.account_id)
    async with serving(app) as port, browser() as chromium:
        base = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(
            locale=locale, viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await sign_in(page, base, admin.actor.email)
        for path in PAGES if scripts else PAGES[:1]:
            await page.goto(base + path)
            await look(page, scripts=scripts)
        assert await page.locator("html").get_attribute("lang") == locale
        await page.goto(f"{base}/calendars?resource={resource}")
        await look(page, scripts=scripts)
        await press(page, "/calendars")
        await look(page, scripts=scripts)
        assert await page.locator("[data-copies]").first.is_visible() is scripts
        shown = await page.evaluate("document.querySelector('.qr').naturalWidth") if scripts else 1
        assert shown > 0
        await page.goto(f"{base}/calendars")
        async with page.expect_navigation():
            await page.locator(".rows.panel a").first.click()
        await look(page, scripts=scripts)
        assert await page.get_by_text("Microscope").count() > 0
        await page.goto(f"{base}/calendars/programs")
        await press(page, "/calendars/programs", label="iPhone")
        assert re.match(r"rtd_", await page.locator("#secret").input_value())
        await look(page, scripts=scripts)
        await page.goto(f"{base}/calendars/foreign/{resource}")
        await press(page, f"/calendars/foreign/{resource}", url="http://127.0.0.1/calendar.ics")
        await look(page, scripts=scripts)
        assert await page.locator('.errors a[href="#url"]').count() == 1
        await page.goto(f"{base}/organization/members")
        await press(page, "/organization/members/invite", email="new@example.com")
        await look(page, scripts=scripts)
        await page.goto(f"{base}/organization/members/{mate.actor.member_id}")
        await look(page, scripts=scripts)
        await page.goto(f"{base}/organization/tokens")
        await press(page, "/organization/tokens", label="Laboratory")
        assert re.match(r"rt_", await page.locator("#secret").input_value())
        await look(page, scripts=scripts)
    assert await db.fetchval("SELECT count(*) FROM feed WHERE resource_id = $1 AND view = 'owner'", resource) == 1
    assert await db.fetchval("SELECT count(*) FROM invitation WHERE email = 'new@example.com'") == 1
