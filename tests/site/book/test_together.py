"""Times at which several resources are free together, as a browser without JavaScript looks for them."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from server.core import db
from server.core.ids import new_id
from tests import factories
from tests.site.visiting import signed_in

EN = {"Accept": "text/html", "Accept-Language": "en"}
NOON = (datetime.now(UTC) + timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)  # in Shanghai
DAY = NOON.date().isoformat()


async def asked(client: httpx.AsyncClient, *kinds: str, **given: str) -> str:
    answer = await client.get("/resources/together", params=given | {"kinds": list(kinds)}, headers=EN)
    assert answer.status_code == 200, answer.text
    return answer.text


def times(text: str) -> list[str]:
    return re.findall(r'name="from" value="([^"]+)"', text) or re.findall(r"<li><div><strong>([^<]+)", text)


async def test_chosen_ones_and_a_kind_are_found_and_booked_together(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    site = await factories.resource(owner, name="Hall", kind="test_site")
    busy = await factories.resource(owner, name="Busy SEM")
    free = await factories.resource(owner, name="Free SEM")
    midnight = NOON - timedelta(hours=12)
    await factories.claim(busy, midnight, midnight + timedelta(days=14))
    await factories.claim(site, midnight, NOON)
    reader = await signed_in(client, guest)
    text = await reader.open(f"/resources/together?resources={site}&kinds=equipment&on={DAY}&minutes=120&units=1")
    assert "Free SEM" in text
    assert "Busy SEM" not in text
    assert datetime.fromisoformat(times(text)[0]) == NOON
    await reader.send("/basket/fill")
    assert reader.path == "/basket?done=filled"
    await reader.send("/basket/book", purpose="Both")
    assert reader.path.startswith("/groups/")
    booked = await db.fetch("SELECT resource_id, starts_at, ends_at FROM booking")
    assert {row["resource_id"] for row in booked} == {site, free}
    assert {(row["starts_at"], row["ends_at"]) for row in booked} == {(NOON, NOON + timedelta(hours=2))}


async def test_a_kind_is_looked_for_in_its_region(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    for name, region in (("Near", "320500"), ("Far", "110000")):
        id = await factories.resource(owner, name=name)
        await db.execute("UPDATE resource SET region_code = $2 WHERE id = $1", id, region)
    text = await asked(client, "equipment", region="320000", on=DAY, minutes="60")
    assert ">Near<" in text
    assert ">Far<" not in text
    assert "Sign in to book" in text
    span = {"from": NOON.isoformat(), "to": (NOON + timedelta(days=1)).isoformat(), "minutes": "60"}
    both = (await client.get("/api/v1/availability", params=span | {"kinds": "equipment", "region": "110000"})).json()
    (row,) = await db.fetch("SELECT id FROM resource WHERE name = 'Far'")
    assert {id for one in both["items"] for id in one["resources"]} == {str(row["id"])}


async def test_without_a_common_time_it_says_so(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    site = await factories.resource(owner, kind="test_site")
    await factories.claim(site, NOON - timedelta(days=3), NOON + timedelta(days=40))
    text = await asked(client, "equipment", resources=str(site), on=DAY, minutes="60")
    assert "there is no time when all of it is free" in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Choose at least one kind or resource"),
        ({"kinds": "equipment", "on": "2020-01-01"}, "Enter a date such as"),
        ({"kinds": "equipment", "on": "soon"}, "Enter a date such as"),
        ({"kinds": "equipment", "minutes": "none"}, "Enter a number of minutes"),
        ({"kinds": "equipment", "units": "0"}, "Choose at least one unit"),
        ({"kinds": "sorcery", "resources": str(new_id())}, "Choose at least one kind or resource"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field(client: httpx.AsyncClient, given: dict[str, str], said: str) -> None:
    answer = await client.get("/resources/together", params={"minutes": "60"} | given, headers=EN)
    assert answer.status_code == 200
    assert said in answer.text
    assert "Something is not right yet" in answer.text


async def test_nothing_is_wrong_before_it_is_asked_and_the_search_leads_here(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    one, other = await factories.resource(owner, name="One"), await factories.resource(owner, name="Other")
    assert "Something is not right yet" not in await asked(client)
    found = (await client.get("/resources", params={"with": str(one)}, headers=EN)).text
    assert f'name="with" value="{one}"' in found
    assert f'href="/resources/together?resources={one}%2C{other}"' in found
    text = await asked(client, resources=f"{one},{other},nonsense")
    assert "When all of it is free" in text
    assert f'href="?resources={other}"' in text  # without the one
    hidden = await factories.resource(owner, name="Hidden")
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", hidden)
    assert "Hidden" not in await asked(client, resources=str(hidden))
