"""`make screenshots`: the pictures of the guides, taken from the real pages of a house with the data of the demo.

Names of pages as arguments take only those. Whoever adds a page worth a picture adds a line to PAGES.
"""

import asyncio
import io
import os
import re
import shutil
import socket
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from PIL import Image
from playwright.async_api import Browser, FilePayload, Page

from server.demo.demo import SHARED
from tests.browser.test_journey import browser

IMAGES = Path(__file__).parents[2] / "docs" / "guide" / "images"
COLOURS = 48  # lossless with few: half the bytes of a lossy picture, and sharp letters
MOST_BYTES = 1_500_000  # of all pictures together
LANGUAGES = {"zh-CN": "zh", "en": "en"}
WIDE, NARROW = (1280, 800), (390, 844)
MICROSCOPE, CHAMBER = SHARED[0].id, SHARED[2].id
BOOKER, MANAGER, OPERATOR = "booker@sme.example", "manager@university.example", "operator@platform.example"
APPROVER, ADMIN = "admin@enterprise.example", "admin@university.example"
# A list as registrars keep them: one row that is right, one to be looked at, one that is refused.
LIST = """名称,型号,类别,台数,开放时间,价格
激光共聚焦显微镜,LSM 980,显微成像,1,周一至周五 9:00-17:00,350 元/小时
高低温湿热试验箱,GDJS-500,环境试验,一批,周一至周日 8:00-20:00,80/120
,X,其他,1,,
"""


class Shot(msgspec.Struct, frozen=True):
    """A page to take: its name, its address, who looks at it (without: nobody), and the size of the screen."""

    name: str
    address: str
    who: str = ""
    size: tuple[int, int] = WIDE


PAGES = [
    Shot("home", "/"),
    Shot("results", "/resources?minutes=240"),
    Shot("resource", f"/resources/{MICROSCOPE}", BOOKER),
    Shot("resource-phone", f"/resources/{MICROSCOPE}", BOOKER, NARROW),
    Shot("bookings", "/bookings", BOOKER),
    Shot("booking", "{booking}", BOOKER),
    Shot("calendars", "/calendars", BOOKER),
    Shot("manage", "/manage", MANAGER),
    Shot("manage-phone", "/manage", MANAGER, NARROW),
    Shot("editor", f"/manage/resources/{MICROSCOPE}", MANAGER),
    Shot("fleet", "/manage/calendar?day={day}", MANAGER),
    Shot("owner-week", f"/manage/resources/{MICROSCOPE}/calendar?day={{day}}", MANAGER),
    Shot("hours", f"/manage/resources/{MICROSCOPE}/hours", MANAGER),
    Shot("rules", f"/manage/resources/{MICROSCOPE}/rules", MANAGER),
    Shot("import", "{import}", MANAGER),
    Shot("reports", "/manage/reports", MANAGER),
    Shot("inbox", "/inbox", APPROVER),
    Shot("members", "/organization/members", ADMIN),
    Shot("organization-log", "/organization/log", ADMIN),
    Shot("display", f"/manage/resources/{MICROSCOPE}/display", MANAGER),
    Shot("wall", "{wall}"),
    Shot("sheet", f"/manage/resources/{MICROSCOPE}/display/print", MANAGER),
    Shot("operator", "/operator", OPERATOR),
    Shot("operator-organizations", "/operator/organizations?state=all", OPERATOR),
    Shot("operator-accounts", "/operator/accounts", OPERATOR),
    Shot("operator-catalogue", "/operator/catalogue", OPERATOR),
    Shot("operator-holidays", "/operator/holidays", OPERATOR),
    Shot("operator-audit", "/operator/audit", OPERATOR),
    Shot("operator-health", "/operator/health", OPERATOR),
    Shot("help", "/help/sme"),
]


class House(msgspec.Struct, frozen=True):
    """A house that runs: where, the password of its people, and their tokens."""

    base: str
    password: str
    tokens: dict[str, str]


async def started(data: str) -> tuple[asyncio.subprocess.Process, House]:
    """Start everything with the demo, on a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RONGTONG_")}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "up", "--port", str(port), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, env=environment | {"RONGTONG_DATA_DIR": data},
    )  # fmt: skip
    said = ""
    while running.stdout and "Ctrl-C stops" not in said:
        line = (await running.stdout.readline()).decode()
        if not line:
            raise SystemExit("the house did not start")
        said += line
    password = re.search(r"password (\S+)", said)
    tokens = {email: token for token, email in re.findall(r"(rt_\S+)\s+\w+\s+(\S+@\S+)", said)}
    assert password
    return running, House(f"http://127.0.0.1:{port}", password[1], tokens)


def tuesday() -> date:
    """The day on which something takes place: that of next week."""
    return (datetime.now(UTC) + timedelta(days=7 - datetime.now(UTC).weekday() + 1)).date()


async def fill(house: House) -> str:
    """Let something stand in the lists: bookings, a request that waits, a closure; return the address of a booking."""
    day = tuesday()
    address = ""
    async with httpx.AsyncClient(base_url=house.base) as client:
        for number, resource in enumerate((MICROSCOPE, CHAMBER)):
            sent: dict[str, Any] = {
                "resource_id": str(resource), "purpose": "断口分析", "starts_at": f"{day}T09:30:00+08:00",
                "ends_at": f"{day}T13:30:00+08:00",
            }  # fmt: skip
            headers = {"Authorization": f"Bearer {house.tokens[BOOKER]}", "Idempotency-Key": f"screenshot {number}"}
            made = (await client.post("/api/v1/bookings", json=sent, headers=headers)).raise_for_status().json()
            address = address or f"{house.base}/bookings/{made['id']}"
        day += timedelta(days=1)
        closed = {"starts_at": f"{day}T13:00:00+08:00", "ends_at": f"{day}T17:00:00+08:00", "reason": "校准"}
        headers = {"Authorization": f"Bearer {house.tokens[MANAGER]}"}
        at = f"/api/v1/resources/{MICROSCOPE}/closures"
        (await client.post(at, json=closed, headers=headers)).raise_for_status()
    return address


async def sign_in(page: Page, house: House, email: str) -> None:
    await page.goto(f"{house.base}/sign-in")
    await page.fill("#email", email)
    await page.fill("#password", house.password)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/account")


async def hang_up(page: Page, house: House) -> str:
    """Give the microscope a screen; return its address."""
    await page.goto(f"{house.base}/manage/resources/{MICROSCOPE}/display")
    await page.fill("#label", "实验楼 2 层")
    await page.locator(".form button").click()
    await page.wait_for_url("**done=made")
    return str(await page.locator('a[href*="/wall/"]').first.get_attribute("href"))


async def bring(page: Page, house: House) -> str:
    """Send a list to be looked at; return its address."""
    await page.goto(f"{house.base}/manage/import")
    file: FilePayload = {"name": "仪器清单.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    await page.set_input_files("#file", files=[file])
    await page.locator("main form button").click()
    await page.wait_for_url("**/manage/import/*")
    return page.url


async def take(chromium: Browser, house: House, wanted: list[Shot], locale: str, booking: str) -> None:
    places = {"{booking}": booking}
    for who in dict.fromkeys([MANAGER, *(shot.who for shot in wanted)]):
        context = await chromium.new_context(locale=locale, reduced_motion="reduce", color_scheme="light")
        page = await context.new_page()
        if who:
            await sign_in(page, house, who)
            await context.clear_cookies(name="lang")
        await context.set_extra_http_headers({"Accept-Language": locale})
        if who == MANAGER:
            places |= {"{wall}": await hang_up(page, house), "{import}": await bring(page, house)}
        for shot in [one for one in wanted if one.who == who]:
            await page.set_viewport_size({"width": shot.size[0], "height": shot.size[1]})
            address = places.get(shot.address) or house.base + shot.address.format(day=tuesday())
            answer = await page.goto(address)
            if answer is None or answer.status != 200:
                raise SystemExit(f"{shot.address} answers {answer and answer.status}")
            keep(await page.screenshot(), f"{shot.name}.{LANGUAGES[locale]}.webp")
        await context.close()


def keep(png: bytes, name: str) -> None:
    flat = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).convert("RGB")
    flat.save(IMAGES / name, "WEBP", lossless=True, quality=100, method=6)
    print(f"{name}  {(IMAGES / name).stat().st_size // 1024} KB")


async def main(names: list[str]) -> None:
    wanted = [shot for shot in PAGES if not names or shot.name in names]
    IMAGES.mkdir(parents=True, exist_ok=True)
    data = tempfile.mkdtemp(prefix="rt-shots-")
    running, house = await started(data)
    try:
        booking = await fill(house)
        async with browser() as chromium:
            for locale in LANGUAGES:
                await take(chromium, house, wanted, locale, booking)
    finally:
        running.terminate()
        await running.wait()
        shutil.rmtree(data, ignore_errors=True)
    whole = sum(path.stat().st_size for path in IMAGES.glob("*.webp"))
    print(f"{whole // 1024} KB in all")
    if whole > MOST_BYTES:
        raise SystemExit(f"more than {MOST_BYTES // 1024} KB: take fewer, or smaller ones")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
