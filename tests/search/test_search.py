"""Finding resources over HTTP."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from asyncpg import Range

from server.bookings.capacity import lock
from server.bookings.capacity.occupancy import around
from server.core import db
from server.core.ids import new_id
from server.core.spans import Span
from server.resources.keep_searchable import keep
from server.search import candidates, matching
from server.search import search as searching
from server.search.query import Search
from server.search.search import search
from server.search.verdict import verdict
from tests import factories
from tests.times import monday

# A Monday, far enough ahead for any lead time here.
MONDAY = monday(10)


async def find(client: httpx.AsyncClient, **query: Any) -> set[str]:
    answer = await client.get("/api/v1/resources", params={"limit": 200} | query)
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json()["items"]}


async def taken(resource_id: UUID, unit: int, start: datetime, end: datetime, reason: str = "busy") -> None:
    sql = "INSERT INTO claim (resource_id, id, unit, during, reason) VALUES ($1, $2, $3, $4, $5)"
    await db.execute(sql, resource_id, new_id(), unit, Range(start, end), reason)


def hours(start: float, end: float) -> dict[str, str]:
    """A window on Monday in UTC."""
    return {
        "free_from": (MONDAY + timedelta(hours=start)).isoformat(),
        "free_to": (MONDAY + timedelta(hours=end)).isoformat(),
    }


async def described(owner: factories.Person, **columns: str) -> str:
    id = await factories.resource(owner, name=columns.pop("name", "某设备"))
    for column, value in columns.items():
        await db.execute(f"UPDATE resource SET {column} = $2 WHERE id = $1", id, value)
    await keep([id])
    return str(id)


async def test_words_are_looked_for_in_every_describing_field(client: httpx.AsyncClient) -> None:
    owner = await factories.person(name="长三角检测研究院")
    name = await described(owner, name="激光共聚焦显微镜")
    english = await described(owner, name_en="Confocal Microscope", manufacturer="Zeiss")
    model = await described(owner, model="LSM_900 100%")
    category = await described(owner, category="显微成像")
    assert await find(client, q="共聚焦") == {name}
    assert await find(client, q="confocal") == {english}
    assert await find(client, q="ZEISS microscope") == {english}
    assert await find(client, q="zeiss lsm") == set()
    assert await find(client, q="LSM_900") == {model}
    assert await find(client, q="成像") == {category}
    assert await find(client, q="长三角 检测") == {name, english, model, category}


async def test_wildcards_and_quotes_are_only_characters(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    plain, odd = await described(owner, name="LSMX900"), await described(owner, name="a%b_c\\d'e\"f")
    assert await find(client, q="LSM_900") == set()
    assert await find(client, q="%") == {odd}
    assert await find(client, q="_") == {odd}
    assert await find(client, q="\\") == {odd}
    assert await find(client, q="'") == {odd}
    assert {plain, odd} <= await find(client)


async def test_without_escaping_a_wildcard_would_match_anything(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = await described(await factories.person(), name="LSMX900")
    monkeypatch.setattr(matching, "literal", lambda word: word)
    monkeypatch.setattr(matching, "asked_grams", lambda _: set())
    assert plain in await find(client, q="LSM_900")


async def test_a_region_holds_all_within_it(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    suzhou, changshu = await described(owner, region_code="320500"), await described(owner, region_code="320581")
    nanjing = await described(owner, region_code="320100")
    await described(owner)
    assert await find(client, region="320000") == {suzhou, changshu, nanjing}
    assert await find(client, region="320500") == {suzhou, changshu}
    assert await find(client, region="320581") == {changshu}


async def test_kind_owner_and_units_narrow_the_search(client: httpx.AsyncClient) -> None:
    owner, other = await factories.person(), await factories.person()
    site = str(await factories.resource(owner, kind="test_site", units=3))
    await factories.resource(owner)
    theirs = str(await factories.resource(other, kind="test_site"))
    assert await find(client, kind="test_site") == {site, theirs}
    assert await find(client, kind="test_site", owner=str(owner.actor.organization_id)) == {site}
    assert await find(client, kind="test_site", units=2) == {site}


async def test_unlisted_resources_are_found_by_their_owner_only(client: httpx.AsyncClient) -> None:
    owner, stranger = await factories.person(), await factories.person()
    hidden = str(await factories.resource(owner))
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", UUID(hidden))
    for headers, seen in ((owner.bearer, True), (stranger.bearer, False), ({}, False)):
        for query in ({}, hours(1, 2)):
            answer = await client.get("/api/v1/resources", params=query, headers=headers)
            assert (hidden in {item["id"] for item in answer.json()["items"]}) is seen


async def test_pages_follow_each_other_without_gap_or_repetition(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    ids = [str(await factories.resource(owner)) for _ in range(7)]
    for query in ({}, hours(1, 2)):
        found, cursor = [], ""
        while cursor is not None:
            page: dict[str, Any] = {"limit": 3, "owner": str(owner.actor.organization_id), **query} | (
                {"cursor": cursor} if cursor else {}
            )
            body = (await client.get("/api/v1/resources", params=page)).json()
            found += [item["id"] for item in body["items"]]
            cursor = body["next_cursor"]
        assert found == ids


async def test_exactly_this_time_must_be_open_in_each_zone(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    shanghai = str(await factories.resource(owner, hours=factories.WORKING_HOURS))
    berlin = str(await factories.resource(owner, hours=factories.WORKING_HOURS, time_zone="Europe/Berlin"))
    always = str(await factories.resource(owner))
    assert await find(client, **hours(1, 5)) == {shanghai, always}  # 09–13 in Shanghai
    assert await find(client, **hours(8, 9)) == {shanghai, berlin, always}  # 16–17 and 09–10
    assert await find(client, **hours(8, 9.25)) == {berlin, always}
    assert await find(client, **hours(-24, -20)) == {always}  # Sunday


async def test_time_that_is_taken_is_not_free(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    one, three = await factories.resource(owner), await factories.resource(owner, units=3)
    for resource_id, unit in ((one, 1), (three, 1), (three, 2)):
        await taken(resource_id, unit, MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=4))
    assert await find(client, **hours(3, 5)) == {str(three)}
    assert await find(client, units=2, **hours(3, 5)) == set()
    assert await find(client, units=3, **hours(4, 5)) == {str(three)}
    assert await find(client, **hours(1, 2)) == {str(one), str(three)}


async def test_an_exceptional_day_has_its_own_hours(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    closed = await factories.resource(owner, hours=factories.WORKING_HOURS)
    opened = await factories.resource(owner, hours=factories.WORKING_HOURS)
    sql = "INSERT INTO opening_exception (resource_id, day, hours) VALUES ($1, $2, $3)"
    await db.execute(sql, closed, MONDAY.date(), [])
    await db.execute(sql, opened, MONDAY.date() - timedelta(days=1), [Range(480, 720)])
    assert await find(client, **hours(1, 5)) == {str(opened)}
    assert await find(client, **hours(-24, -20)) == {str(opened)}  # Sunday 08–12 in Shanghai
    assert await find(client, **hours(-21, -19)) == set()


async def test_nothing_is_found_that_a_rule_would_refuse(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    short = str(await factories.resource(owner, max_minutes=60))
    long = str(await factories.resource(owner, min_minutes=240))
    buffered = await factories.resource(owner, buffer_after_minutes=60)
    await taken(buffered, 1, MONDAY, MONDAY + timedelta(hours=1), "hold")
    assert await find(client, **hours(1, 2)) == {short}
    assert await find(client, **hours(1, 5)) == {long}
    assert await find(client, **hours(2, 3)) == {short, str(buffered)}
    assert await find(client, free_from="2026-01-05T01:00:00Z", free_to="2026-01-05T02:00:00Z") == set()


async def test_any_gap_that_is_long_enough_will_do(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    busy, free = await factories.resource(owner), await factories.resource(owner, units=2)
    await taken(busy, 1, MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=23))
    day = {"from": MONDAY.isoformat(), "to": (MONDAY + timedelta(days=1)).isoformat()}
    assert await find(client, minutes=60, **day) == {str(busy), str(free)}
    assert await find(client, minutes=61, **day) == {str(free)}
    assert await find(client, minutes=60, units=2, **day) == {str(free)}
    assert await find(client, minutes=1441, **day) == set()


@pytest.mark.parametrize(
    "query",
    [
        {"free_from": "2027-03-01T00:00:00Z"},
        {"free_to": "2027-03-01T00:00:00Z"},
        {"free_from": "2027-03-01T00:00:00", "free_to": "2027-03-01T01:00:00"},
        {"free_from": "2027-03-01T01:00:00Z", "free_to": "2027-03-01T01:00:00Z"},
        {"free_from": "0001-01-01T00:00:00Z", "free_to": "9999-12-31T00:00:00Z"},
        {"free_from": "2027-03-01T00:00:00Z", "free_to": "2027-05-01T00:00:00Z"},
        {"from": "2027-03-01T00:00:00Z", "to": "2027-03-02T00:00:00Z"},
        {"minutes": 60},
        {"minutes": 0, "from": "2027-03-01T00:00:00Z", "to": "2027-03-02T00:00:00Z"},
        {"from": "2027-03-01T00:00:00Z", "minutes": 5},
        {"kind": "microscope"},
        {"region": "Jiangsu"},
        {"owner": "me"},
        {"units": 0},
        {"limit": 0},
        {"limit": 201},
        {"cursor": "???"},
        {"q": "a\x00b"},
        {"q": "x" * 201},
    ],
)
async def test_a_question_without_sense_is_refused(client: httpx.AsyncClient, query: dict[str, Any]) -> None:
    answer = await client.get("/api/v1/resources", params=query)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def varied(owner: factories.Person, chance: random.Random) -> list[UUID]:
    """Make resources with all kinds of hours, zones, units, rules, exceptions and claims."""
    weeks = [factories.ALWAYS, factories.WORKING_HOURS, [(0, 540), (1260, 3000), (9900, 10080)]]
    zones = ["Asia/Shanghai", "Europe/Berlin", "America/New_York"]
    made = []
    for _ in range(40):
        given: dict[str, Any] = {"buffer_after_minutes": 30} if chance.random() < 0.3 else {}
        given |= {"max_minutes": 120} if chance.random() < 0.2 else {}
        units = chance.choice([1, 1, 3])
        id = await factories.resource(
            owner, units=units, hours=chance.choice(weeks), time_zone=chance.choice(zones), **given
        )
        made.append(id)
        for unit in range(1, units + 1):
            start = MONDAY + timedelta(hours=chance.randrange(14 * 24))
            await taken(id, unit, start, start + timedelta(hours=chance.randrange(1, 30)), "hold")
        if chance.random() < 0.4:
            day = MONDAY.date() + timedelta(days=chance.randrange(14))
            sql = "INSERT INTO opening_exception (resource_id, day, hours) VALUES ($1, $2, $3)"
            await db.execute(sql, id, day, chance.choice([[], [Range(0, 1440)], [Range(600, 900)]]))
    return made


@pytest.mark.parametrize(("seed", "batch"), [(0, 50), (1, 50), (2, 3), (3, 3)])
async def test_the_search_finds_what_booking_would_accept_and_nothing_else(
    rolled_back: None, monkeypatch: pytest.MonkeyPatch, seed: int, batch: int
) -> None:
    monkeypatch.setattr(searching, "BATCH", batch)  # few at a time: then the database leaves out what is taken
    chance = random.Random(seed)
    owner = await factories.person()
    made = await varied(owner, chance)
    for _ in range(40):
        # Two weeks in which New York changes its clocks (14 March 2027).
        start = MONDAY + timedelta(minutes=15 * chance.randrange(14 * 96))
        window = Span(start, start + timedelta(minutes=chance.choice([15, 60, 240, 1440])))
        wanted = Search(exactly=window, units=chance.choice([1, 2]))
        found = {item.id for item in (await search(wanted, None, None, 200)).items}
        expected = set()
        for id in made:
            resource = await lock.read(id, None)
            seen = await lock.look_around(resource, around(window, lock.MARGIN), guest=None)
            if verdict(wanted, resource, seen) is None:
                expected.add(id)
        assert found == expected


async def test_a_search_stops_somewhere_and_says_where_to_go_on(
    rolled_back: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "BATCH", 2)
    monkeypatch.setattr(searching, "EXAMINED", 4)
    owner = await factories.person()
    closed = [await factories.resource(owner, min_minutes=600) for _ in range(5)]
    last = await factories.resource(owner)
    wanted = Search(exactly=Span(MONDAY, MONDAY + timedelta(hours=1)))
    page = await search(wanted, None, None, 10)
    assert page.items == []
    assert page.next_cursor is not None
    page = await search(wanted, None, closed[3], 10)
    assert [item.id for item in page.items] == [last]
    assert page.next_cursor is None


async def test_where_most_is_taken_the_rest_is_found_all_the_same(
    rolled_back: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "BATCH", 2)
    monkeypatch.setattr(searching, "EXAMINED", 6)
    owner = await factories.person()
    for _ in range(7):
        await taken(await factories.resource(owner), 1, MONDAY, MONDAY + timedelta(hours=1))
    last = await factories.resource(owner)
    wanted = Search(exactly=Span(MONDAY, MONDAY + timedelta(hours=1)))
    assert [item.id for item in (await search(wanted, None, None, 10)).items] == [last]
    monkeypatch.setattr(candidates, "NOT_TAKEN", "true")
    assert (await search(wanted, None, None, 10)).items == []


async def test_a_zone_that_came_into_use_is_found_before_the_zones_are_read_again(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "_kept", {})
    owner = await factories.person()
    assert await find(client, **hours(8, 9)) == set()
    berlin = await factories.resource(owner, hours=factories.WORKING_HOURS, time_zone="Europe/Berlin")
    assert await find(client, **hours(8, 9)) == {str(berlin)}
    assert await find(client, **hours(1, 2)) == set()


async def test_without_the_last_look_a_time_would_be_shown_that_booking_refuses(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffered = await factories.resource(await factories.person(), buffer_after_minutes=60)
    await taken(buffered, 1, MONDAY, MONDAY + timedelta(hours=1), "hold")
    assert await find(client, **hours(1, 2)) == set()
    monkeypatch.setattr(searching, "verdict", lambda *_, **__: None)
    assert await find(client, **hours(1, 2)) == {str(buffered)}


async def test_without_the_way_around_weekly_hours_an_exceptional_day_would_be_missed(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await factories.resource(await factories.person(), hours=factories.WORKING_HOURS)
    sql = "INSERT INTO opening_exception (resource_id, day, hours) VALUES ($1, $2, $3)"
    await db.execute(sql, opened, MONDAY.date() - timedelta(days=1), [Range(480, 720)])
    assert await find(client, **hours(-24, -20)) == {str(opened)}
    monkeypatch.setattr(candidates, "_kept", {})  # its zone is known
    monkeypatch.setattr(candidates, "OPEN", candidates.OPEN.replace("OR r.id IN (", "OR false AND r.id IN ("))
    assert await find(client, **hours(-24, -20)) == set()
