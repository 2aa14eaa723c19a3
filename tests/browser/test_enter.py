"""Enter in a field (implicit submission) does what the field is for, or nothing: in every field of every page.

A browser answers Enter with the first button of the form, whatever the field is about. What it is to be where a form
has several buttons is written down here by hand, so that the pages cannot say it of themselves.
"""

from typing import Any

import msgspec
from playwright.async_api import Browser, Page

from server.access import cookie
from server.accounts import second_factor
from server.core import db
from tests.browser.every_page import VISITORS, Visit, every_page
from tests.browser.test_journey import browser, pytestmark
from tests.rights.world import World, world
from tests.serving import serving

__all__ = ["pytestmark"]  # skipped without Chromium, as the journeys are

NOTHING = "nothing"
# What Enter does in the fields of a form with several buttons, by page: `name=value` of the button that it presses,
# `` of the one without a name, or nothing, where each of them does something else to what was typed.
SEVERAL = {
    "/account": NOTHING,
    "/inbox": NOTHING,
    "/manage/resources/new": NOTHING,
    "/manage/resources/{id:uuid}": "",
    "/manage/resources/{id:uuid}/hours": "preview=1",
    "/manage/resources/{id:uuid}/photos": "do=describe",
    "/manage/resources/{id:uuid}/rules": "save=1",
    "/manage/rules": "save=1",
    "/operator/accounts/{id:uuid}": NOTHING,
    "/operator/organizations/{id:uuid}": NOTHING,
    "/resources/{id:uuid}": "",
}
# Pages that have more buttons once one of theirs was pressed.
FURTHER = {"/manage/resources/{id:uuid}/hours": 'button[name="preview"]'}

# All is opened, no field is refused, and whatever is sent is caught before anybody else hears of it.
CATCH = """() => {
    document.querySelectorAll('details').forEach((one) => { one.open = true; });
    document.querySelectorAll('form').forEach((one) => { one.noValidate = true; });
    window.caught = [];
    addEventListener('submit', (event) => {
        const by = event.submitter;
        if (by && by.formMethod === 'dialog') return;  // closes a dialog: there is none
        event.preventDefault();
        event.stopImmediatePropagation();
        const sent = [...new FormData(event.target, by)].map(([name, value]) => [name, String(value)]);
        caught.push({act: by && (by.name ? `${by.name}=${by.value}` : by.getAttribute('formaction') || ''), sent});
    }, true);
}"""
FIELDS = """() => {
    window.fields = [...document.querySelectorAll('input, select, textarea')]
        .filter((one) => !['hidden', 'submit', 'button', 'image', 'reset'].includes(one.type) && !one.disabled);
    const acts = (form) => !form ? [] : [...document.querySelectorAll('button, input[type=submit], input[type=image]')]
        .filter((one) => one.form === form && one.type !== 'button' && one.type !== 'reset' && !one.hidden)
        .map((one) => one.name ? `${one.name}=${one.value}` : one.getAttribute('formaction') || '');
    return fields.map((one) => ({name: one.name, type: one.type, acts: acts(one.form), writable: !one.readOnly}));
}"""
WITHOUT = "() => document.querySelectorAll('button[type=submit][hidden]').forEach((one) => one.remove())"
TYPED = {
    "date": "2031-02-03", "time": "09:30", "number": "1", "email": "a@typed.example", "url": "https://typed.example",
    "text": "7", "search": "7", "password": "typed", "tel": "7", "textarea": "typed",
}  # fmt: skip
TYPE = """([number, typed]) => {
    const one = fields[number];
    one.focus();
    if (typed && !one.readOnly) one.value = typed;
    caught.length = 0;
    return document.activeElement === one;
}"""
LEFT = "(number) => ({caught, value: fields[number].isConnected ? fields[number].value : null})"


class Field(msgspec.Struct):
    """A field, and what the buttons of its form do."""

    name: str
    type: str
    acts: list[str]
    writable: bool


async def press_everywhere(page: Page, route: str, several: set[str]) -> list[str]:
    """Press Enter in every field of the page that is shown; tell where it does another thing than it should."""
    await page.evaluate(CATCH)
    told = []
    for number, field in enumerate(msgspec.convert(await page.evaluate(FIELDS), list[Field])):
        typed = TYPED.get(field.type, "") if field.writable else ""
        if not await page.evaluate(TYPE, [number, typed]):
            told.append(f"nobody reaches the field {field.name!r}")
            continue
        await page.keyboard.press("Enter")
        left = await page.evaluate(LEFT, number)
        acts = [one["act"] for one in left["caught"]]
        expected = field.acts
        if len(field.acts) > 1:
            several.add(route)
            if route not in SEVERAL:
                told.append(f"say in SEVERAL what Enter does in {field.name!r}: {field.acts}")
            act = SEVERAL.get(route, NOTHING)
            expected = [] if act == NOTHING else [act]
        if acts not in ([], expected):
            told.append(f"Enter in {field.name!r} ({field.type}) does {acts} and not {expected or NOTHING}")
        if expected and not acts and field.type in ("text", "search", "date", "time", "number", "email"):
            told.append(f"Enter in {field.name!r} ({field.type}) does nothing and not {expected}")
        kept = left["value"] == typed or left["value"] == typed + "\n" or not typed
        if not kept or any([field.name, typed] not in one["sent"] for one in left["caught"] if typed and field.name):
            told.append(f"what was typed into {field.name!r} is lost")
    return told


async def furnish(w: World) -> None:
    """Bring about what gives forms further buttons."""
    who = w.guest_admin.actor
    await second_factor.start(who.account_id, who.email)
    await db.execute("UPDATE second_factor SET confirmed_at = now() WHERE account_id = $1", who.account_id)


def also_signed_in(visits: list[Visit]) -> list[Visit]:
    """Add what everybody may see as somebody who is signed in sees it."""
    session = next(one.session for one in visits if one.route == "/account")
    public = [one for one in visits if not one.session and one.route not in VISITORS]
    return visits + [msgspec.structs.replace(one, session=session) for one in public]


async def walk(
    visits: list[Visit], base: str, chromium: Browser, change: str = "() => {}"
) -> tuple[list[str], set[str]]:
    """Go to every page, changed in the browser; return what is wrong, and the pages with forms of several buttons."""
    context = await chromium.new_context(locale="en", viewport={"width": 1440, "height": 900})
    await context.set_extra_http_headers({"Accept-Language": "en"})
    await context.route("**/photos/*", lambda asked: asked.abort())
    page = await context.new_page()
    page.on("filechooser", lambda _: None)
    found: list[str] = []
    several: set[str] = set()
    for visit in visits:
        await context.clear_cookies()
        if visit.session:
            await context.add_cookies([{"name": cookie.name(), "value": visit.session, "url": base}])
        await page.goto(base + visit.address, wait_until="load")
        await page.evaluate(change)
        found += [f"{visit.route}: {one}" for one in await press_everywhere(page, visit.route, several)]
        if visit.route in FURTHER:
            await page.goto(base + visit.address, wait_until="load")
            async with page.expect_navigation():
                await page.locator(FURTHER[visit.route]).locator("visible=true").first.click()
            found += [f"{visit.route}, further: {one}" for one in await press_everywhere(page, visit.route, several)]
    await context.close()
    return found, several


async def test_enter_does_what_the_field_is_for_or_nothing(rolled_back: None, app: Any) -> None:
    w = await world()
    await furnish(w)
    async with serving(app) as port, browser() as chromium:
        found, several = await walk(also_signed_in(await every_page(app, w)), f"http://127.0.0.1:{port}", chromium)
    assert not found, "\n".join(found)
    assert several == set(SEVERAL), "these have no form with several buttons any more, or were not met"


async def test_control_without_its_first_button_enter_in_the_inbox_approves(rolled_back: None, app: Any) -> None:
    """Negative control: the buttons as they stood, the one that approves before the one that declines."""
    visits = [one for one in await every_page(app, await world()) if one.route == "/inbox"]
    async with serving(app) as port, browser() as chromium:
        found, _ = await walk(visits, f"http://127.0.0.1:{port}", chromium, WITHOUT)
    for field in ("'id' (checkbox)", "'reason' (text)"):
        assert f"/inbox: Enter in {field} does ['decide=approve'] and not nothing" in found


async def test_a_reason_and_enter_decide_nothing_and_the_reason_stays(rolled_back: None, app: Any) -> None:
    w = await world()
    (inbox,) = (one for one in await every_page(app, w) if one.route == "/inbox")
    async with serving(app) as port, browser() as chromium:
        base = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(locale="en")
        await context.add_cookies([{"name": cookie.name(), "value": inbox.session, "url": base}])
        page = await context.new_page()
        await page.goto(base + inbox.address)
        await page.locator("input[name=id][form=many]").check()
        await page.fill("#reason", "Being repaired")
        await page.press("#reason", "Enter")
        await page.locator("input[name=id][form=many]").press("Enter")
        async with page.expect_navigation():
            await page.locator("button[value=decline][form=many]").click()
    booking = await db.fetchrow("SELECT status, reason FROM booking WHERE id = $1", w.ids["booking"])
    assert booking is not None
    assert tuple(booking) == ("declined", "Being repaired")
