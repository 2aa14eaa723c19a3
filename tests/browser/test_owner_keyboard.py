"""In a real browser: an owner decides requests, closes time and sets hours by keyboard alone, with reloads."""

from datetime import timedelta
from typing import Any

from server.core import db
from tests import factories
from tests.browser.test_journey import browser, pytestmark
from tests.browser.test_owner_calendar import DAY, THEN
from tests.browser.test_sme import reading, tab_to
from tests.serving import serving

__all__ = ["pytestmark"]


async def test_an_owner_works_by_keyboard_alone(rolled_back: None, app: Any) -> None:
    owner, guest = await factories.person(kind="university", locale="en"), await factories.person()
    resource = await factories.resource(owner, name="Keyboard", hours=factories.WORKING_HOURS)
    approved, declined = [
        await factories.booking(resource, guest, THEN + timedelta(days=day), status="requested") for day in (0, 1)
    ]
    await factories.password(owner.actor.account_id)
    async with serving(app) as port, browser() as chromium, reading(chromium, "en", 1440) as (_, page):
        base, press, write = f"http://127.0.0.1:{port}", page.keyboard.press, page.keyboard.type
        await page.goto(f"{base}/sign-in?next=/inbox")
        await tab_to(page, "#email")
        await write(owner.actor.email)
        await tab_to(page, "#password")
        await write(factories.PASSWORD)
        await press("Enter")
        await page.wait_for_url(lambda url: url == f"{base}/inbox")
        await page.reload()
        await tab_to(page, ".requests li:first-child button[value=approve]")
        await press("Enter")
        await page.wait_for_url("**/inbox?done=approved")
        await page.reload()
        await tab_to(page, ".requests details summary")
        await press("Enter")
        await tab_to(page, f"#reason-{declined}")
        await write("Calibration")
        await press("Enter")
        await page.wait_for_url("**/inbox?done=declined")
        await page.reload()
        await page.goto(f"{base}/manage/resources/{resource}/calendar?day={DAY}")
        await tab_to(page, ".owner-week tbody td *")
        start = await page.evaluate("document.activeElement.closest('td').dataset.from")
        for key in ("Enter", "ArrowDown", "Enter"):
            await press(key)
        assert await page.input_value("#date") == start[:10]
        await write("Maintenance")
        await press("Enter")
        await page.wait_for_url("**done=closed**")
        await page.reload()
        await page.goto(f"{base}/manage/resources/{resource}/hours")
        await tab_to(page, "#sat-0-from")
        await write("0900AM")
        await tab_to(page, "#sat-0-to")
        await write("0100PM")
        await tab_to(page, '[name="preview"]')
        await press("Enter")
        await page.wait_for_selector("#preview")
        await tab_to(page, '[name="save"]')
        await press("Enter")
        await page.wait_for_url("**done=saved")
        await page.reload()
        assert await page.input_value("#sat-0-from") == "09:00"
    decided = await db.fetch("SELECT id, status FROM booking WHERE resource_id = $1", resource)
    assert {row["id"]: row["status"] for row in decided} == {approved: "confirmed", declined: "declined"}
    assert await db.fetchval("SELECT count(*) FROM closure WHERE resource_id = $1", resource) == 1
