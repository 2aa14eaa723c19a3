"""The page that finds: what the API finds, counted, narrowed down, and a way out when nothing fits."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from server.core import db, http
from server.core.spans import Span
from server.search import form
from server.search.facets import facets
from server.search.query import Search
from server.site.book import results
from tests import factories

EN = {"Accept": "text/html", "Accept-Language": "en"}
NOON = (datetime.now(UTC) + timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)  # in Shanghai
THEN = {"on": NOON.date().isoformat(), "start": "12:00", "until": "13:00"}


async def found(client: httpx.AsyncClient, **params: str) -> str:
    answer = await client.get("/resources", params=params, headers=EN)
    assert answer.status_code == 200
    return answer.text


async def test_a_time_that_is_taken_is_counted_and_not_shown(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    busy, free = [await factories.resource(owner, name=name) for name in ("Busy one", "Free one")]
    await factories.booking(busy, owner, NOON)
    text = await found(client, **THEN)
    assert f"/resources/{free}" in text
    results, _, refused = text.partition('<section class="refused-list"')
    assert f"/resources/{busy}" not in results
    assert f"/resources/{busy}" in refused
    assert "This time has already been taken." in refused
    assert "2 match" in text
    assert "1 free then · 1 busy" in text


async def test_all_state_is_in_the_address_and_each_filter_can_be_taken_away(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    await factories.resource(owner, name="Salt spray chamber", kind="test_site")
    text = await found(client, q="salt", kind="test_site")
    assert 'value="salt"' in text
    assert 'value="test_site" selected' in text
    assert 'href="?kind=test_site"' in text
    assert 'href="?q=salt"' in text


async def test_when_nothing_fits_the_filter_that_excludes_most_is_named(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    for _ in range(3):
        await factories.resource(owner, name="Lathe", kind="equipment")
    await factories.resource(owner, name="Furnace", kind="test_site")
    text = await found(client, q="lathe", kind="test_site")
    assert "Without the kind there are 3." in text
    assert 'class="button" href="?q=lathe"' in text


async def test_nothing_at_all_says_what_will_be_here(client: httpx.AsyncClient) -> None:
    assert "Nothing is shared yet" in await found(client)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"on": "yesterday"}, "on"),
        ({"start": "08:00"}, "on"),
        ({"on": NOON.date().isoformat(), "start": "25:00", "until": "9"}, "start"),
        ({"q": "a\nb"}, "q"),
    ],
)
async def test_what_is_wrong_is_said_and_links_to_its_field(
    client: httpx.AsyncClient, given: dict[str, str], field: str
) -> None:
    text = await found(client, **given)
    assert f'<a href="#{field}">' in text
    assert f'id="{field}"' in text


@pytest.mark.parametrize("nonsense", [{"kind": "x"}, {"region": "zz"}, {"owner": "1"}, {"units": "-1"}, {"tz": "Moon"}])
async def test_nonsense_in_the_address_is_passed_over(client: httpx.AsyncClient, nonsense: dict[str, str]) -> None:
    await found(client, **nonsense)


def test_a_time_is_read_in_the_zone_of_the_reader() -> None:
    asked = form.read(THEN, "Europe/Berlin", NOON)
    assert asked.wanted.exactly is not None
    assert asked.wanted.exactly.starts_at.isoformat().endswith(("T12:00:00+01:00", "T12:00:00+02:00"))
    assert asked.active == ["when"]
    assert asked.without("when").exactly is None


async def test_a_page_goes_on_where_the_one_before_ended(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    for _ in range(26):
        await factories.resource(owner)
    text = await found(client)
    assert text.count('<li class="card">') == 24
    assert 'rel="next"' in text


async def test_every_filter_is_a_chip_and_stays_in_the_form(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    await factories.resource(owner, name="拉伸试验机 GB/T 228.1-2021")
    text = await found(client, q="lashen", standard="GB/T 228", approval="instant", sort="next")
    assert "拉伸试验机" in text
    assert ">GB/T 228<span" in text
    assert '<input type="hidden" name="sort" value="next">' in text
    await factories.resource(owner, name="Another")
    assert re.search(
        r'href="[^"]*sort=next[^"]*" aria-current="true">Next free time<', await found(client, sort="next")
    )
    assert "No resource" not in await found(client, near="nowhere", price="dear")


async def test_when_the_time_is_taken_others_are_offered(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    await factories.booking(await factories.resource(owner, name="Only one"), owner, NOON)
    text = await found(client, **THEN)
    assert "The same at another time" in text
    assert "A shorter time: 30 minutes" in text
    assert "Without the time there is 1." in text


async def test_a_week_of_each_resource_is_laid_out(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    id = await factories.resource(owner, hours=factories.WORKING_HOURS)
    text = await found(client)
    assert text.count(f"/resources/{id}?day=") == 7
    assert 'class="s18 e34"' in text
    assert "style=" not in text


async def test_a_search_is_saved_as_a_calendar(client: httpx.AsyncClient) -> None:
    reader = await factories.person()
    answer = await client.post("/resources/feed", data={"q": "sem", "kind": "equipment"}, headers=EN | reader.bearer)
    assert answer.status_code == 200, answer.text
    assert "/feeds/" in answer.text
    feeds = (await client.get("/api/v1/feeds", headers=reader.bearer)).json()["items"]
    assert [(one["scope"], one["search"]["q"], one["search"]["minutes"]) for one in feeds] == [("search", "sem", 60)]


@pytest.mark.parametrize(("days", "on"), [("every", None), ("one", THEN["on"])])
async def test_a_saved_search_keeps_its_place_and_its_hours(
    client: httpx.AsyncClient, days: str, on: str | None
) -> None:
    reader = await factories.person()
    asked = {"q": "sem", "near": "31.3,120.6", "within_km": "50", "tz": "Asia/Tokyo"} | THEN
    text = (await client.get("/resources", params=asked, headers=EN | reader.bearer)).text
    assert 'name="near" value="31.3,120.6"' in text.partition('action="/resources/feed"')[2]
    answer = await client.post("/resources/feed", data=asked | {"days": days}, headers=EN | reader.bearer)
    assert answer.status_code == 200, answer.text
    (feed,) = (await client.get("/api/v1/feeds", headers=reader.bearer)).json()["items"]
    search = feed["search"]
    assert (search["near"], search["within_km"], search["minutes"]) == ("31.3,120.6", 50, None)
    assert search["hours"] == {"start": "12:00", "until": "13:00", "time_zone": "Asia/Tokyo", "on": on}


async def test_the_page_is_cut_from_what_is_counted_and_goes_on_behind_it(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await factories.person(kind="university")
    expected = []
    for number in range(12):
        id = await factories.resource(owner, name=f"Lathe {number:02}")
        if number % 3:
            expected.append(f"Lathe {number:02}")
        else:
            await factories.booking(id, owner, NOON)
    wanted = Search(exactly=Span(NOON, NOON + timedelta(hours=1)))
    for counted in (4, 5, 12, 200):
        monkeypatch.setattr(results, "COUNTED", counted)
        found, after, pages = list[str](), None, 0
        while pages == 0 or after is not None:
            shown = await results.results(wanted, None, after, 3)
            found += [one.name for one in shown.page.items]
            after, pages = http.after(shown.page.next_cursor), pages + 1
            assert shown.counted.looked_at == min(counted, 12)
        assert found == expected
        assert pages == 3


async def test_facets_of_filters_that_are_not_set_come_from_one_statement(client: httpx.AsyncClient) -> None:
    owner, other = await factories.person(name="甲"), await factories.person(name="乙")
    for region, kind in (("320500", "equipment"), ("320583", "equipment"), ("310000", "test_site")):
        id = await factories.resource(owner, kind=kind)
        await db.execute("UPDATE resource SET region_code = $2 WHERE id = $1", id, region)
    await factories.resource(other, approval="request")
    found = await facets(Search(), None, common=False)
    told = {name: [(one.name or one.value, one.count) for one in of] for name, of in found.items()}
    assert told == {
        "kind": [("equipment", 3), ("test_site", 1)],
        "region": [("江苏省", 2), ("上海市", 1)],
        "city": [],
        "owner": [("甲", 3), ("乙", 1)],
        "approval": [("instant", 3), ("request", 1)],
    }
    narrowed = await facets(Search(kind="test_site", region="320000"), None, common=False)
    assert [one.count for one in narrowed["kind"]] == [2]
    assert [one.name for one in narrowed["region"]] == ["上海市"]
    assert narrowed["owner"] == []
    cities = await facets(Search(region="320583"), None, common=False)
    assert [(one.name, one.count) for one in cities["city"]] == [("苏州市", 2)]
