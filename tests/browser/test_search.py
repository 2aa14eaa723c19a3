"""In a real browser: results as a week and as cards, filters, a search that is saved, and help when nothing fits."""

from typing import Any

import pytest

from tests import factories
from tests.browser.test_journey import DAY, VIOLATIONS, browser, look, pytestmark, sign_in
from tests.serving import serving

__all__ = ["pytestmark"]


@pytest.mark.parametrize(("locale", "width", "scripts"), [("zh-CN", 390, True), ("en", 1440, True)])
async def test_a_search_is_narrowed_down_saved_and_helped(
    rolled_back: None, app: Any, locale: str, width: int, scripts: bool
) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale=locale)
    await factories.resource(owner, name="拉伸试验机 GB/T 228", hours=factories.WORKING_HOURS)
    await factories.resource(owner, name="拉伸试验机 B", min_minutes=600)
    await factories.resource(owner, name="试验场地", kind="test_site")
    await factories.password(guest.actor.account_id)
    async with serving(app) as port, browser() as chromium:
        base = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(
            locale=locale, viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        await context.set_extra_http_headers({"Accept-Language": locale})
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await sign_in(page, base, guest.actor.email)
        await page.goto(f"{base}/resources?q=lashen&sort=next")
        await look(page, scripts=scripts)
        wide = width > 1000
        assert await page.locator("table.ahead").is_visible() is wide
        assert await page.locator(".cards.beside").is_visible() is not wide
        if not wide:
            await page.locator(".search-fold > summary").click()
        await page.locator(".search-extra summary").click()
        await page.fill("#standard", "GB/T 228")
        await page.press("#standard", "Enter")
        await page.wait_for_url("**standard=GB*")
        await page.wait_for_selector(".chips li:nth-child(2)")
        await look(page, scripts=scripts)
        await page.locator(".chips li").nth(1).locator("a").click()
        await page.wait_for_url(lambda url: "standard=" not in url)
        await page.goto(f"{base}/resources?q=lashen&on={DAY}&start=03:00&until=04:00")
        await page.wait_for_selector(".others, .empty")
        assert await page.locator(".refused-list li").count() == 2
        await look(page, scripts=scripts)
        await page.locator('.save button[value="every"]').click()
        await page.wait_for_selector("code.secret")
        await look(page, scripts=scripts)
        await page.goto(f"{base}/resources?kind=equipment")
        await page.locator("a[href^='/resources/together?']:visible").first.click()
        await page.select_option("#kind1", "test_site")
        await page.locator("form.together button").click()
        await page.wait_for_selector("ol.rows form")
        await look(page, scripts=scripts)
        await page.locator("ol.rows form button").first.click()
        await page.wait_for_url("**/basket?done=filled")
