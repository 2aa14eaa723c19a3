"""In a real browser: an owner lists a resource with a photo, brings in a list, and reads reports."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from server.core import db
from server.resources.imports import run_imports
from tests import factories
from tests.browser.test_journey import VIOLATIONS, browser, look, pytestmark, sign_in
from tests.serving import serving

__all__ = ["pytestmark"]
LIST = Path(__file__).parents[1] / "resources" / "imports" / "data" / "messy.csv"


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 390), ("en", 1440)])
async def test_an_owner_keeps_a_catalogue(rolled_back: None, app: Any, locale: str, width: int) -> None:
    owner = await factories.person(kind="university", role="manager", locale=locale)
    used = await factories.resource(owner, name="离心机")
    guest = await factories.person()
    await factories.booking(used, guest, datetime.now(UTC) - timedelta(days=20), status="completed")
    await factories.password(owner.actor.account_id)
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(picture, "JPEG")
    async with serving(app) as port, browser() as chromium:
        base = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(locale=locale, viewport={"width": width, "height": 900})
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await sign_in(page, base, owner.actor.email)
        await page.goto(f"{base}/manage")
        await look(page)
        await page.click('a[href="/manage/resources/new"]')
        await page.fill("#name", "扫描电镜")
        await page.fill("#description", "## 样品\n- 块体\n- 粉末")
        await page.click('button[name="preview"]')
        await page.wait_for_selector(".preview li")
        await look(page)
        await page.click(".editor > .buttons button >> nth=0")
        await page.wait_for_url("**done=created")
        await look(page)
        id = page.url.partition("/resources/")[2].partition("?")[0]
        await page.goto(f"{base}/manage/resources/{id}/photos")
        await page.set_input_files("#file", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
        await page.fill("#alt", "外观")
        await page.click('form[enctype="multipart/form-data"] button')
        await page.wait_for_url("**done=added")
        await look(page)
        await page.goto(f"{base}/manage/resources/{id}/as-guest")
        assert await page.locator(".gallery img").evaluate("image => image.complete && image.naturalWidth") == 480
        await look(page)
        await page.goto(f"{base}/manage/import")
        await look(page)
        await page.set_input_files("#file", LIST)
        await page.click(".editor button")
        await page.wait_for_url("**/manage/import/*")
        await look(page)
        await page.click(".standing button")
        await page.wait_for_selector("progress")
        await look(page)
        await run_imports.run_imports()
        await page.wait_for_selector("p.done")  # its events said so, and it loaded anew
        await look(page)
        for path in ("/manage/people", "/manage/reports", "/manage/exports", "/manage?state=published"):
            await page.goto(base + path)
            await look(page)
    assert await db.fetchval("SELECT count(*) FROM resource") > 30
