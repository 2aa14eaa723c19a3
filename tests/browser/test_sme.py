"""In a real browser: every page of an SME and the owner's inbox, in both languages, narrow and wide; by keyboard alone;
reloaded at every step; and finding with htmx 2 in the place of htmx 4."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route

from server.core import db
from tests import factories
from tests.browser.test_journey import DAY, VIOLATIONS, browser, look, pytestmark, sign_in
from tests.serving import serving

__all__ = ["pytestmark"]
HTMX_2 = Path(__file__).parent / "htmx2" / "htmx.min.js"
START = datetime.combine(DAY, time(2), UTC)  # 10:00 in Shanghai
AT = f"from={DAY}T10:00:00%2B08:00&to={DAY}T11:00:00%2B08:00"


@asynccontextmanager
async def reading(chromium: Any, locale: str, width: int) -> AsyncIterator[tuple[BrowserContext, Page]]:
    context = await chromium.new_context(locale=locale, viewport={"width": width, "height": 900})
    await context.set_extra_http_headers({"Accept-Language": locale})
    await context.add_init_script(VIOLATIONS)
    yield context, await context.new_page()
    await context.close()


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 390), ("en", 1440)])
async def test_every_page_of_an_sme_and_the_inbox(rolled_back: None, app: Any, locale: str, width: int) -> None:
    owner, guest = await factories.person(kind="university", locale=locale), await factories.person(locale=locale)
    machine = await factories.resource(owner, approval="request", units=3)
    site = await factories.resource(owner, kind="test_site")
    taken = await factories.booking(site, owner, START)
    for person in (owner, guest):
        await factories.password(person.actor.account_id)
    async with serving(app) as port, browser() as chromium, reading(chromium, locale, width) as (_, page):
        base = f"http://127.0.0.1:{port}"
        await sign_in(page, base, guest.actor.email)
        for path in ("/basket", "/waitlist", "/qualifications", "/nowhere", f"/qualifications/{machine}"):
            await page.goto(base + path)
            await look(page)
        await page.goto(f"{base}/resources/{machine}?{AT}")
        await look(page)
        await page.goto(f"{base}/resources/{machine}/series?{AT}&freq=WEEKLY&count=3")
        await look(page)
        await page.locator('form[action$="/series/book"] button').click()
        await page.wait_for_url("**/series/*done=booked")
        await look(page)
        for one in (machine, site):
            await page.goto(f"{base}/resources/{one}?{AT.replace(str(DAY), str(DAY + timedelta(days=1)))}")
            await page.locator('[formaction="/basket/add"]').click()
            await page.wait_for_url("**/basket?done=added")
        await page.goto(f"{base}/basket?day={DAY}&minutes=60")
        await look(page)
        await page.locator('form[action="/basket/book"] button').click()
        await page.wait_for_url("**/groups/*")
        await look(page)
        await page.locator(".rows li a").first.click()
        await look(page)
        await page.goto(f"{base}/resources/{site}?day={DAY}")
        await page.locator(".slot.taken a").first.click()
        await look(page)
        await page.locator('form[action="/waitlist/new"] button').click()
        await page.wait_for_url("**/waitlist?done=joined")
        await look(page)
        await db.execute("UPDATE account SET locale = $1", locale)
        path = f"{base}/api/v1/bookings/{taken}/cancel"
        assert (await page.request.post(path, headers=owner.bearer, data={})).ok
        await page.locator(".rows li a").first.click()
        await page.wait_for_selector('form[action$="/accept"]')
        await look(page)
        async with reading(chromium, locale, width) as (_, page):
            await sign_in(page, base, owner.actor.email)
            await page.goto(f"{base}/inbox")
            await look(page)
            await page.locator(".requests li div a").first.click()
            await look(page)
            await page.goto(f"{base}/inbox")
            for mark in await page.locator(".mark input").all():
                await mark.check()
            await page.locator('button[form="many"][value="approve"]').click()
            await page.wait_for_url("**/inbox?done=approved")
            await look(page)
            await page.goto(f"{base}/qualifications")
            await look(page)
            await page.fill("#name", "Laser safety")
            await page.locator('form[action="/qualifications"] button').click()
            await page.wait_for_url("**/qualifications/*")
            await look(page)
    assert await db.fetchval("SELECT count(*) FROM booking WHERE status = 'requested'") == 0


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(200):
        if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


async def test_the_whole_booking_is_made_by_keyboard_alone(rolled_back: None, app: Any) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale="en")
    resource = await factories.resource(owner, name="Keyboard")
    await factories.booking(resource, owner, START)
    await factories.password(guest.actor.account_id)
    async with serving(app) as port, browser() as chromium, reading(chromium, "en", 1440) as (_, page):
        base, press = f"http://127.0.0.1:{port}", page.keyboard.press
        await page.goto(f"{base}/sign-in?next=/resources/{resource}?day={DAY}")
        await tab_to(page, "#email")
        await page.keyboard.type(guest.actor.email)
        await tab_to(page, "#password")
        await page.keyboard.type(factories.PASSWORD)
        await press("Enter")
        await page.wait_for_url(lambda url: f"/resources/{resource}" in url and "/sign-in" not in url)
        await tab_to(page, ".slots a")
        for _ in range(6):  # to the end of the day
            await press("PageDown")
        await press("Home")
        for _ in range(DAY.weekday()):
            await press("ArrowRight")
        for _ in range(60):
            if await page.evaluate("document.activeElement.matches('.taken a')"):
                break
            await press("ArrowUp")
        assert "taken: somebody has booked it" in await page.locator("#slots-said").inner_text()
        await press("ArrowUp")
        await press("ArrowUp")
        await press("Enter")
        await page.wait_for_url("**from=*")
        assert await page.evaluate("document.activeElement.closest('td').matches('.chosen')")
        await press("Escape")
        await page.wait_for_url(lambda url: "from=" not in url)
        assert await page.locator(".chosen").count() == 0
        assert await page.evaluate("document.activeElement.matches('.slots a')")
        await press("Enter")
        await page.wait_for_url("**from=*")
        chosen = await page.evaluate("new URLSearchParams(location.search).get('to')")
        await press("ArrowDown")
        await press("Enter")
        await page.wait_for_function("(to) => new URLSearchParams(location.search).get('to') > to", arg=chosen)
        await page.wait_for_load_state()
        await tab_to(page, "#book button.button:not([formaction])")
        await press("Enter")
        await page.wait_for_url("**/holds/*")
        await page.reload()
        await tab_to(page, "#purpose")
        await page.keyboard.type("Fracture")
        await tab_to(page, "main form button.button")
        await press("Enter")
        await page.wait_for_selector('form[action$="/book"]')
        await page.reload()
        await tab_to(page, 'form[action$="/book"] .button')
        await press("Enter")
        await page.wait_for_url("**/bookings/*done=booked")
        await page.reload()
    assert await db.fetchval("SELECT count(*) FROM booking WHERE purpose = 'Fracture'") == 1


async def test_every_step_can_be_reloaded_and_gone_back_to_and_books_once(rolled_back: None, app: Any) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale="en")
    resource = await factories.resource(owner)
    await factories.password(guest.actor.account_id)
    review = 'form[action$="/book"] .button'
    async with serving(app) as port, browser() as chromium, reading(chromium, "en", 390) as (_, page):
        base = f"http://127.0.0.1:{port}"
        await sign_in(page, base, guest.actor.email)
        for _ in range(2):
            await page.goto(f"{base}/resources/{resource}?{AT}")
            await page.locator("#book button.button:not([formaction])").click()
            await page.wait_for_url("**/holds/*")
            await page.reload()
            await page.go_back()
            await page.wait_for_url("**/resources/*")
            await page.reload()
            await page.go_forward()
            await page.wait_for_url("**/holds/*")
        await page.fill("#purpose", "Gone back to")
        await page.locator("main form button.button").click()
        await page.wait_for_selector(review)
        await page.reload()
        await page.wait_for_selector(review)
        await page.go_back()
        await page.wait_for_selector("#purpose")
        await page.go_forward()  # to the answer of a form: the browser must have been allowed to keep it
        await page.wait_for_selector(review)
        assert "Gone back to" in await page.locator("main").inner_text()
        await page.locator(review).first.click()
        await page.wait_for_url("**/bookings/*")
        booked = page.url
        await page.reload()
        await page.go_back()
        await page.wait_for_selector(review)
        await page.locator(review).first.click()  # sent twice
        await page.wait_for_url("**/bookings/*")
        assert page.url == booked
        await page.go_back()
        await page.reload()  # asks for the review again, of a time that is booked now
        await page.wait_for_url("**/bookings/*")
    assert await db.fetchval("SELECT count(*) FROM hold") == 1
    assert await db.fetchval("SELECT count(*) FROM booking") == 1


async def test_finding_works_with_htmx_2_in_the_place_of_htmx_4(rolled_back: None, app: Any) -> None:
    owner = await factories.person(kind="university")
    for name in ("Swapped one", "Swapped two"):
        await factories.resource(owner, name=name)
    await factories.resource(owner, name="Swapped site", kind="test_site")

    async def swap(route: Route) -> None:
        await route.fulfill(path=HTMX_2, content_type="text/javascript")

    async with serving(app) as port, browser() as chromium, reading(chromium, "en", 1440) as (context, page):
        await context.route("**/htmx.min.js*", swap)
        await page.goto(f"http://127.0.0.1:{port}/resources?q=Swapped")
        assert (await page.evaluate("htmx.version")) == "2.0.11"
        await page.evaluate("window.same = true")
        await page.select_option("#kind", "test_site")
        await page.wait_for_url("**kind=test_site**")
        await page.wait_for_function("document.querySelectorAll('.card').length === 1")
        assert await page.evaluate("window.same"), "the page was loaded anew instead of swapped"
        await look(page)
        await page.go_back()
        await page.wait_for_function("document.querySelectorAll('.card').length === 3")
        await page.locator(".ahead th a").first.click()
        await page.wait_for_url("**/resources/*")
        await look(page)
