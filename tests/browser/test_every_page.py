"""Every page, in both languages, narrow and wide: nothing for axe, nothing against the policy, nothing too heavy.

The pages come from the route table (tests/browser/every_page.py), so a new one is looked at by itself.
"""

import asyncio
import base64
import gzip
from typing import Any

import pytest
from litestar import Litestar
from playwright.async_api import Browser, Page, Response

from server.access import cookie
from tests.browser.every_page import Visit, every_page
from tests.browser.test_journey import AXE, RULES, VIOLATIONS, browser, pytestmark
from tests.rights.asking import PICTURE as PIXEL
from tests.rights.world import world
from tests.serving import serving

__all__ = ["pytestmark"]  # skipped without Chromium, as the journeys are

PICTURE = base64.b64decode(PIXEL)
TABS = 3  # pages that are looked at at once
WHOLE, SCRIPTS = 60_000, 25_000  # bytes, gzipped: what a page and its scripts may weigh
NARROWEST = 320  # px (WCAG 1.4.10)
LOOKS = {"zh-CN": (390, 1440), "en": (1440, 390)}  # axe at the first width, reflow also at the second
FITS = "document.documentElement.scrollWidth <= innerWidth"
SMALL = """() => [...document.querySelectorAll('main :is(a, button, input, select, summary)')].filter((one) => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return box.width && box.height < 24 && style.display !== 'inline' && one.type !== 'hidden';
}).map((one) => one.outerHTML.slice(0, 120))"""


class Looking:
    """The tabs of one language, and what they found."""

    def __init__(self, chromium: Browser, base: str, locale: str) -> None:
        self.chromium, self.base, self.locale = chromium, base, locale
        self.loading = asyncio.Lock()  # the test has one connection to the database
        self.found: list[str] = []

    async def look_at(self, visits: list[Visit]) -> None:
        waiting = list(visits)
        await asyncio.gather(*(self._tab(waiting) for _ in range(TABS)))

    async def _tab(self, waiting: list[Visit]) -> None:
        width = LOOKS[self.locale][0]
        context = await self.chromium.new_context(locale=self.locale, viewport={"width": width, "height": 900})
        await context.set_extra_http_headers({"Accept-Language": self.locale})
        await context.add_init_script(VIOLATIONS)
        # Lazy pictures come when they like, beside the next page: not through the one connection to the database.
        await context.route("**/photos/*", lambda asked: asked.fulfill(body=PICTURE, content_type="image/png"))
        page = await context.new_page()
        weights: dict[str, int] = {}
        while waiting:
            visit = waiting.pop()
            await context.clear_cookies()
            if visit.session:
                await context.add_cookies([{"name": cookie.name(), "value": visit.session, "url": self.base}])
            try:
                self.found += [
                    f"{visit.route} ({self.locale}): {one}" for one in await self._look(page, visit, weights)
                ]
            except Exception as error:
                self.found.append(f"{visit.route} ({self.locale}): {error!r}")
        await context.close()

    async def _look(self, page: Page, visit: Visit, weights: dict[str, int]) -> list[str]:
        answers: list[Response] = []

        def keep(one: Response) -> None:
            answers.append(one)

        page.on("response", keep)
        async with self.loading:
            await page.set_viewport_size({"width": LOOKS[self.locale][0], "height": 900})
            answer = await page.goto(self.base + visit.address, wait_until="load")
        page.remove_listener("response", keep)
        if answer is None or answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            return [f"answers {answer and answer.status}; if it is no page, say so in NO_PAGES"]
        told = await self._words(page) + await self._weight(answers, weights)
        await page.evaluate(AXE)
        judged: Any = await page.evaluate("(rules) => axe.run({runOnly: rules})", RULES)
        told += [f"axe {one['id']}: {one['nodes'][0]['html'][:300]}" for one in judged["violations"]]
        told += [f"target under 24 px: {one}" for one in await page.evaluate(SMALL)]
        for width in (LOOKS[self.locale][0], LOOKS[self.locale][1], NARROWEST):
            await page.set_viewport_size({"width": width, "height": 900})
            if not await page.evaluate(FITS):
                told.append(f"scrolls sideways at {width} px")
        broken = await page.evaluate("window.broken")
        return told + [f"against the content policy: {one}" for one in broken]

    async def _words(self, page: Page) -> list[str]:
        told = [] if await page.title() else ["has no title"]
        if await page.locator("h1").count() != 1:
            told.append("has not one h1")
        if await page.locator("html").get_attribute("lang") != self.locale:
            told.append("is not in the language that was asked for")
        return told

    async def _weight(self, answers: list[Response], weights: dict[str, int]) -> list[str]:
        """What all that was loaded weighs; the browser tells of a file once, so it is remembered."""
        whole = scripts = 0
        for one in answers:
            key = one.url if "/static/" in one.url else ""
            if key not in weights or not key:
                weights[key] = len(gzip.compress(await one.body())) if one.status == 200 else 0
            whole += weights[key]
            scripts += weights[key] if one.request.resource_type == "script" else 0
        told = [f"weighs {whole} bytes, gzipped; {WHOLE} are allowed"] if whole > WHOLE else []
        return told + ([f"has {scripts} bytes of scripts, gzipped"] if scripts > SCRIPTS else [])


async def look(app: Litestar, locale: str, visits: list[Visit]) -> list[str]:
    async with serving(app) as port, browser() as chromium:
        looking = Looking(chromium, f"http://127.0.0.1:{port}", locale)
        await looking.look_at(visits)
    return sorted(looking.found)


@pytest.mark.parametrize("locale", list(LOOKS))
async def test_every_page_is_sound(rolled_back: None, app: Any, locale: str) -> None:
    visits = await every_page(app, await world())
    assert len(visits) > 20
    found = await look(app, locale, visits)
    assert not found, "\n".join(found)


async def test_control_what_is_wrong_with_a_page_is_seen(rolled_back: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defences switched off: a page with a style of its own, that is too wide, too heavy and without a heading."""
    from litestar import get
    from litestar.enums import MediaType

    from server.web.render import HEADERS

    noise = "".join(f"{number * 7919:x}" for number in range(20_000))
    body = f'<html lang="de"><img src="x"><p style="width:90rem">{noise}</p><button></button></html>'

    @get("/bad", media_type=MediaType.HTML, sync_to_thread=False, response_headers=dict(HEADERS))
    def bad() -> str:
        return body

    found = " ".join(await look(Litestar([bad]), "en", [Visit("/bad", "/bad", "")]))
    for expected in ("no title", "not one h1", "language", "weighs", "axe", "policy", "sideways"):
        assert expected in found, found
