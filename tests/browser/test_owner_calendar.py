"""In a real browser: an owner's calendars, closures, hours and rules; both languages, narrow and wide, by keyboard."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from server.core import db
from tests import factories
from tests.browser.test_journey import VIOLATIONS, browser, look, pytestmark, sign_in
from tests.factories import Person
from tests.serving import serving

__all__ = ["pytestmark"]  # the same reason to skip

THEN = (datetime.now(UTC) + timedelta(days=14)).replace(hour=2, minute=0, second=0, microsecond=0)  # 10:00 in Shanghai
DAY = THEN.date().isoformat()


async def furnished(locale: str) -> tuple[Person, UUID]:
    owner = await factories.person(kind="university", locale=locale)
    guest = await factories.person()
    resource = await factories.resource(owner, name="Aaa", hours=factories.WORKING_HOURS)
    await db.execute("UPDATE resource SET country = 'CN' WHERE id = $1", resource)
    await factories.resource(owner, units=3)
    await factories.resource(owner)
    await factories.booking(resource, guest, THEN, 60)
    await factories.booking(resource, guest, THEN + timedelta(hours=2), 60, status="requested")
    await factories.password(owner.actor.account_id)
    return owner, resource


@pytest.mark.parametrize(
    ("locale", "width", "scripts"),
    [("zh-CN", 390, True), ("zh-CN", 1440, False), ("en", 390, False), ("en", 1440, True)],
)
async def test_an_owner_goes_through_all_pages_of_time(
    rolled_back: None, app: Any, locale: str, width: int, scripts: bool
) -> None:
    owner, resource = await furnished(locale)
    async with serving(app) as port, browser() as chromium:
        base = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(
            locale=locale, viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await sign_in(page, base, owner.actor.email)
        await page.goto(f"{base}/manage/calendar?day={DAY}")
        await look(page, scripts=scripts)
        here = f"{base}/manage/resources/{resource}"
        await page.goto(f"{here}/calendar?day={DAY}")
        await look(page, scripts=scripts)
        await page.locator('form[action$="/approve"] button').click()
        await page.wait_for_url("**done=approve*")
        for name, value in (("date", DAY), ("start", "10:00"), ("end", "11:00"), ("reason", "检修")):
            await page.fill(f"#{name}", value)
        await page.locator("#close button").click()
        await page.wait_for_selector("#met")
        await look(page, scripts=scripts)
        await page.locator('[name="sure"]').click()
        await page.wait_for_url("**done=closed")
        await page.goto(f"{here}/closures")
        await look(page, scripts=scripts)
        await page.goto(f"{here}/hours")
        await look(page, scripts=scripts)
        await page.fill("#sat-0-from", "09:00")
        await page.fill("#sat-0-to", "12:00")
        await page.locator('.button[name="preview"]').click()
        await page.wait_for_selector("#preview")
        await look(page, scripts=scripts)
        await page.locator('.button[name="save"]').click()
        await page.wait_for_url("**done=saved")
        await page.goto(f"{here}/rules")
        await look(page, scripts=scripts)
        await page.locator("details:has(#min_minutes) > summary").click()
        await page.fill("#min_minutes", "60")
        await page.locator('.button[name="preview"]').click()
        await page.wait_for_selector('aside [role="status"]')
        await look(page, scripts=scripts)
        for name in ("rules?circle=own", "days", "terms"):
            await page.goto(f"{here}/{name}")
            await look(page, scripts=scripts)
        await page.goto(f"{base}/manage/rules")
        await look(page, scripts=scripts)
        assert await page.locator("html").get_attribute("lang") == locale
        await page.set_viewport_size({"width": 320, "height": 800})
        for path in (f"{base}/manage/calendar?day={DAY}", f"{here}/calendar?day={DAY}", f"{here}/hours"):
            await page.goto(path)
            if scripts:
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert await db.fetchval("SELECT count(*) FROM closure WHERE resource_id = $1", resource) == 1


async def test_the_calendars_are_used_by_keyboard_and_a_drag_only_fills_the_form(rolled_back: None, app: Any) -> None:
    owner, resource = await furnished("en")
    async with serving(app) as port, browser() as chromium:
        base = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(locale="en", viewport={"width": 1440, "height": 1200})
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await sign_in(page, base, owner.actor.email)
        await page.goto(f"{base}/manage/calendar?day={DAY}")
        assert await page.locator('.timeline [tabindex="0"]').count() == 1

        async def focused() -> tuple[int, int]:
            found: Any = await page.evaluate(
                "() => { const a = document.activeElement; return [a.closest('tr').sectionRowIndex,"
                " a.closest('td, th').cellIndex]; }"
            )
            return tuple(found)

        await page.locator('.timeline [tabindex="0"]').focus()
        for key, at in (
            ("ArrowRight", (0, 1)), ("ArrowDown", (1, 1)), ("End", (1, 7)), ("PageDown", (2, 7)), ("Home", (2, 0)),
            ("Control+Home", (0, 0)), ("Control+End", (2, 7)), ("PageUp", (0, 7)), ("ArrowLeft", (0, 6)),
        ):  # fmt: skip
            await page.keyboard.press(key)
            assert (key, await focused()) == (key, at)
        await page.keyboard.press("Home")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/resources/*/calendar?*")
        await page.goto(f"{base}/manage/resources/{resource}/calendar?day={DAY}")
        assert await page.locator('.owner-week [tabindex="0"]').count() == 1
        await page.locator('.owner-week [tabindex="0"]').focus()
        start = await page.evaluate("document.activeElement.closest('td').dataset.from")
        for key in ("Enter", "ArrowDown", "ArrowDown", "Enter"):
            await page.keyboard.press(key)
        assert await page.input_value("#date") == start[:10]
        assert await page.input_value("#start") == start[11:16]
        assert await page.evaluate("document.activeElement.id") == "reason"
        assert await page.locator(".owner-week td.chosen").count() == 3
        await look(page)
        cells = page.locator(f'.owner-week td[data-from^="{DAY}T14:00"], .owner-week td[data-from^="{DAY}T15:30"]')
        await cells.nth(0).scroll_into_view_if_needed()
        first, last = await cells.nth(0).bounding_box(), await cells.nth(1).bounding_box()
        assert first is not None
        assert last is not None
        await page.mouse.move(first["x"] + 20, first["y"] + 10)
        await page.mouse.down()
        await page.mouse.move(last["x"] + 20, last["y"] + 10, steps=5)
        await page.mouse.up()
        assert [await page.input_value(f"#{name}") for name in ("date", "start", "end")] == [DAY, "14:00", "16:00"]
        assert page.url.endswith(f"/calendar?day={DAY}")
    assert await db.fetchval("SELECT count(*) FROM closure WHERE resource_id = $1", resource) == 0
