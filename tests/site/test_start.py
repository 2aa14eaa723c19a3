"""The plain pages answer in both languages, escape what people wrote, and let no foreign code in."""

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import server
from server.web import render
from tests import factories
from tests.site.visiting import signed_in

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TEMPLATES = [Path(server.__file__).parent / folder for folder in render.TEMPLATES]
PAGES = ["/", "/resources", "/problems", "/problems/slot-taken", "/api/docs"]
NASTY = "<script>alert(1)</script>\"'&{{ 7*7 }}"


@pytest.mark.parametrize("path", [*PAGES, "/nowhere"])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_page_answers_in_both_languages_under_a_strict_policy(
    client: httpx.AsyncClient, path: str, lang: str
) -> None:
    answer = await client.get(path, params={"lang": lang}, headers=BROWSER)
    assert answer.status_code == (404 if path == "/nowhere" else 200)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{lang}">' in answer.text
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert set(policy) - {"default-src", "object-src", "base-uri", "form-action", "frame-ancestors"} == {"img-src"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
async def test_everything_a_page_loads_or_leads_to_is_here(client: httpx.AsyncClient, path: str) -> None:
    html = (await client.get(path, headers=BROWSER)).text
    addresses = set(re.findall(r'(?:src|href|data-document)="([^"]+)"', html))
    assert len(addresses) > 5
    for address in addresses - {"#main"}:
        answer = await client.get(address if address.startswith("/") else path + address, headers=BROWSER)
        assert answer.status_code == 200, address


def test_no_template_carries_scripts_or_styles_of_its_own() -> None:
    forbidden = re.compile(
        r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b|https?://", re.I
    )
    for template in (template for folder in TEMPLATES for template in folder.rglob("*.html")):
        assert not forbidden.search(template.read_text()), template.name


@pytest.mark.parametrize("bad", ["<script>x()</script>", '<p style="x">', "<a onclick='x'>", "<style>", "{{ x|safe }}"])
def test_control_the_search_finds_what_is_forbidden(bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.html").write_text(bad)
    monkeypatch.setitem(globals(), "TEMPLATES", [tmp_path])
    with pytest.raises(AssertionError, match=r"bad\.html"):
        test_no_template_carries_scripts_or_styles_of_its_own()


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "chosen"),
    [
        ("", "", "", "zh-CN"),
        ("", "", "en-GB,en;q=0.9", "en"),
        ("", "", "de, en;q=0.5, zh;q=0.7", "zh-CN"),
        ("", "", "en;q=0, fr", "zh-CN"),
        ("", "", ";;q=x,,en;q=nonsense", "zh-CN"),
        ("", "en", "zh", "en"),
        ("en", "zh-CN", "zh", "en"),
        ("tlh", "", "en", "en"),
        ("../../etc", "x'", "", "zh-CN"),
    ],
)
async def test_the_language_is_the_one_asked_for_then_remembered_then_preferred_then_chinese(
    client: httpx.AsyncClient, query: str, cookie: str, accepted: str, chosen: str
) -> None:
    headers = BROWSER | {"Accept-Language": accepted} | ({"Cookie": f"{render.COOKIE}={cookie}"} if cookie else {})
    answer = await client.get("/problems", params={"lang": query} if query else None, headers=headers)
    assert f'<html lang="{chosen}">' in answer.text
    assert ("set-cookie" in answer.headers) == (query == chosen)
    if query == chosen:
        assert answer.headers["set-cookie"].startswith(f"{render.COOKIE}={chosen}; ")
        assert "Path=/;" in answer.headers["set-cookie"] + ";"


async def test_an_empty_catalogue_says_how_to_fill_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/?lang=en")
    assert "rongtong import FILE" in answer.text


async def test_the_start_page_tells_when_each_resource_is_next_free_in_its_own_zone(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", name="苏州融通大学")
    berlin = await factories.resource(owner, time_zone="Europe/Berlin", name="Prüfstand")
    shut = await factories.resource(owner, hours=[], name="Closed for good")
    await factories.resource(owner, name="Another's", kind="test_site")
    html = (await client.get("/?lang=en")).text
    cards = {
        re.sub("<[^>]*>", "", card.split("<h3>")[1].split("</h3>")[0]): card
        for card in html.split('<li class="card">')[1:]
    }
    assert len({berlin, shut}) == 2
    assert len(cards) == 3
    assert "Europe/Berlin · UTC+" in cards["Prüfstand"]
    assert "苏州融通大学" in cards["Prüfstand"]
    assert "Not free in the next 14 days" in cards["Closed for good"]
    assert "Test site" in cards["Another&#39;s"]
    shown = re.search(r'<time datetime="([^"]+)">', cards["Prüfstand"])
    assert shown is not None
    assert abs((datetime.fromisoformat(shown[1]) - datetime.now(UTC)).total_seconds()) < 3600
    assert "for 13 days" in cards["Prüfstand"] or "for 14 days" in cards["Prüfstand"]


async def test_the_start_page_shows_two_dozen_and_says_how_many_there_are(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    for _ in range(26):
        await factories.resource(owner)
    html = (await client.get("/?lang=en")).text
    assert html.count('<li class="card">') == 24
    assert "24 of 26 resources" in html


async def test_names_are_shown_as_text_whatever_they_contain(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", name=NASTY)
    await factories.resource(owner, name=NASTY)
    html = (await client.get("/", headers=BROWSER)).text
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;{{ 7*7 }}") == 2


async def test_a_path_is_shown_as_text_whatever_it_contains(client: httpx.AsyncClient) -> None:
    for path in ("/problems/%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3Ealert(1)"):
        answer = await client.get(path, headers=BROWSER)
        assert answer.status_code == 404
        assert "<script>alert" not in answer.text


async def test_static_files_are_sent_once_and_nothing_else_is(client: httpx.AsyncClient) -> None:
    html = (await client.get("/")).text
    address = re.search(r'href="(/static/site\.css\?v=[0-9a-f]+)"', html)
    assert address is not None
    first = await client.get(address[1])
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in first.headers["cache-control"]
    again = await client.get(address[1], headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (await client.get("/static/site.css")).headers["cache-control"] == "no-cache"
    for name in ("../pages.py", "%2e%2e/pages.py", "..%2fpages.py", "vendor/manifest.json", "", "/etc/passwd", "x\x00"):
        answer = await client.get("/static/" + name.replace("\x00", "%00"))
        assert answer.status_code == 404, name


async def test_who_lacks_a_role_is_told_which_and_whom_to_ask(client: httpx.AsyncClient) -> None:
    admin = await factories.person()
    booker = await factories.person(admin.actor.organization_id, role="booker")
    reader = await signed_in(client, booker)
    text = await reader.open("/inbox")
    assert reader.status == 403
    assert "This needs the role “manager”." in text
    assert f"Its administrators: {admin.actor.name}." in text


async def test_what_is_not_there_offers_a_search(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert 'role="search" action="/resources"' in answer.text
