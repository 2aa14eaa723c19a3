"""The pages of foreign calendars: added, looked into with what is wrong, read again and taken away."""

import re
from datetime import timedelta
from typing import get_args

import httpx
import pytest
from asyncpg import Range

from server.calendars.reading.findings import Kind
from server.core import db, outbound
from server.core.ids import new_id
from server.foreign.reasons import FOUND, SAID, said
from tests import factories
from tests.site.reader import HEADERS
from tests.site.visiting import visiting

FOREIGN = "/calendars/foreign"


@pytest.fixture(autouse=True)
def _addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one made-up host through; tests/foreign/test_foreign.py has the real rule, and this the rest of it."""
    refuse = outbound.refuse_unless_allowed

    async def refused(url: str) -> None:
        if "calendar.example" not in url:
            await refuse(url)

    monkeypatch.setattr(outbound, "refuse_unless_allowed", refused)


async def test_a_calendar_is_added_looked_into_and_taken_away(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university", locale="en"), await factories.person()
    resource = await factories.resource(owner, name="Microscope", units=2)
    reader = await visiting(client, owner)
    await reader.open(FOREIGN)
    assert "no calendar yet" in reader.text
    page = f"{FOREIGN}/{resource}"
    await reader.open(page)
    for url, status in (("", 422), ("http://127.0.0.1/x.ics", 422)):
        await reader.send(page, url=url)
        assert (reader.status, reader.errors) == (status, ["url"])
    await reader.send(page, url="https://calendar.example/x.ics", unit="none")
    assert (reader.status, reader.errors) == (422, ["unit"])
    await reader.send(page, url="https://calendar.example/x.ics", name="Dr Wang", unit="", keep_titles="true")
    id = await db.fetchval("SELECT id FROM foreign_calendar")
    assert reader.path == f"{page}/{id}?done=added"
    assert "/x.ics" not in reader.text
    start = await db.fetchval("SELECT date_trunc('hour', now()) + interval '2 days'")
    booking = await factories.booking(resource, guest, start)
    busy = (
        "INSERT INTO foreign_busy (resource_id, id, calendar_id, during, doubtful, title) VALUES ($1,$2,$3,$4,true,$5)"
    )
    await db.execute(busy, resource, new_id(), id, Range(start, start + timedelta(hours=1)), "Group meeting")
    sql = """UPDATE foreign_calendar SET error = 'it answered 404', doubtful_zones = '["Mars/Olympus"]', wrong = 3"""
    await db.execute(sql)
    await reader.open(f"{page}/{id}")
    for told in ("Mars/Olympus", "not there any more (its server answers 404)", "Group meeting", str(booking)):
        assert told in reader.text
    await reader.send(f"{page}/{id}/read")
    assert reader.path == f"{page}/{id}?done=asked"
    await reader.open(page)
    assert "1 booking meets busy time" in reader.text
    await reader.open(FOREIGN)
    assert "cannot be read" in reader.text
    await reader.open(page)
    await reader.send(f"{page}/{id}/remove")
    assert reader.path == f"{page}?done=removed"
    await reader.open(f"{page}/{id}")
    assert reader.status == 404


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "It blocks a whole day from its start."), ("zh-CN", "自开始起占用一整天")],
)
async def test_what_was_not_understood_stands_line_by_line(
    client: httpx.AsyncClient, locale: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HEADERS, "Accept-Language", locale)
    owner = await factories.person(kind="university", locale=locale)
    resource = await factories.resource(owner)
    reader = await visiting(client, owner)
    await reader.open(f"{FOREIGN}/{resource}")
    await reader.send(f"{FOREIGN}/{resource}", url="https://calendar.example/x.ics")
    id = await db.fetchval("SELECT id FROM foreign_calendar")
    found = '[{"line": 7, "kind": "end", "text": "DTEND:<b>soon"}, {"line": 9, "kind": "stray", "text": ""}]'
    await db.execute("UPDATE foreign_calendar SET findings = $1, read_at = now()", found)
    await reader.open(f"{FOREIGN}/{resource}/{id}")
    for told in (said, "DTEND:&lt;b&gt;soon", "7", "9"):
        assert told in reader.text
    await reader.open(f"{FOREIGN}/{resource}")
    assert ("look at it" if locale == "en" else "请查看") in reader.text


def test_every_kind_of_finding_is_said() -> None:
    assert set(FOUND) == set(get_args(Kind))


async def test_an_empty_calendar_frees_time_only_when_its_owner_says_so(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", locale="en")
    resource = await factories.resource(owner)
    reader = await visiting(client, owner)
    await reader.open(f"{FOREIGN}/{resource}")
    await reader.send(f"{FOREIGN}/{resource}", url="https://calendar.example/x.ics")
    id = await db.fetchval("SELECT id FROM foreign_calendar")
    await db.execute("UPDATE foreign_calendar SET error = 'it is empty, and was not before; say accept_empty if right'")
    await reader.open(f"{FOREIGN}/{resource}/{id}")
    await reader.send(f"{FOREIGN}/{resource}/{id}/read")
    assert await db.fetchval("SELECT accept_empty FROM foreign_calendar")


async def test_the_resource_of_another_is_not_there(client: httpx.AsyncClient) -> None:
    owner, other = await factories.person(kind="university"), await factories.person(locale="en")
    reader = await visiting(client, other)
    await reader.open(f"{FOREIGN}/{await factories.resource(owner)}")
    assert reader.status == 404


@pytest.mark.parametrize("error", ["it answered 500", "it is empty, and was not before", "?", "it breaks off here"])
def test_every_reason_is_said_with_its_values(error: str) -> None:
    told = said(error)
    assert told.text % told.values
    assert told.text in {text for _, text in SAID}


async def test_many_resources_are_cut_into_pages_and_searched(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.site.manage.foreign.PAGE", 2)
    owner = await factories.person(kind="university", locale="en")
    for number in range(3):
        await factories.resource(owner, name=f"Bench {number}")
    reader = await visiting(client, owner)
    shown = re.compile("<strong>(Bench .)</strong>")
    assert shown.findall(await reader.open(FOREIGN)) == ["Bench 0", "Bench 1"]
    assert shown.findall(await reader.open(f"{FOREIGN}?after=2")) == ["Bench 2"]
    assert shown.findall(await reader.open(f"{FOREIGN}?q=ch 2")) == ["Bench 2"]
    assert "None of your resources is like that" in await reader.open(f"{FOREIGN}?q=100%25")


async def test_one_that_was_sealed_with_another_secret_is_listed_and_taken_away(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", locale="en")
    resource, id = await factories.resource(owner), new_id()
    sql = """
    INSERT INTO foreign_calendar (resource_id, id, member_id, url, error)
    VALUES ($1, $2, $3, 'sealed otherwise', 'its address was sealed with another secret')
    """
    await db.execute(sql, resource, id, owner.actor.member_id)
    reader = await visiting(client, owner)
    assert "address not readable" in await reader.open(f"{FOREIGN}/{resource}")
    assert reader.status == 200
    assert "Take it away and add it anew" in reader.text
    await reader.send(f"{FOREIGN}/{resource}/{id}/remove")
    assert await db.fetchval("SELECT removed_at IS NOT NULL FROM foreign_calendar WHERE id = $1", id)
