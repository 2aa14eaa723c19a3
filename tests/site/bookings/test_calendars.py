"""The pages of calendar addresses: made, shown once, looked into, renewed, ended; another's are not there."""

import re
from datetime import timedelta

import httpx
import pytest

from server.calendars import feed_list, read_search, views
from server.core import db
from server.core.ids import new_id
from tests import factories
from tests.site.reader import Reader
from tests.site.visiting import visiting


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    read_search._kept.clear()


def told(reader: Reader) -> str:
    """The path of the address that the page shows."""
    found = re.search(r'value="http://[^/"]*(/feeds/[^"]+\.ics)"', reader.text)
    assert found, reader.text
    return found[1]


async def feed_of(person: factories.Person) -> str:
    return str(await db.fetchval("SELECT max(id::text) FROM feed WHERE member_id = $1", person.actor.member_id))


async def test_an_address_is_made_shown_once_read_looked_into_renewed_and_ended(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale="en")
    resource = await factories.resource(owner, name="Microscope")
    start = await db.fetchval("SELECT date_trunc('hour', now()) + interval '2 days'")
    await factories.booking(resource, guest, start)
    reader = await visiting(client, guest)
    await reader.open("/calendars")
    assert "no subscription yet" in reader.text
    await reader.send("/calendars", scope="person")
    path = told(reader)
    assert f'value="webcal://127.0.0.1:8000{path}"' in reader.text
    assert b"Microscope" in (await client.get(path)).content
    picture = await client.get(path.replace(".ics", ".svg"))
    assert (picture.status_code, picture.headers["content-type"], b"<svg" in picture.content) == (
        200,
        "image/svg+xml",
        True,
    )
    assert (await client.get("/feeds/nobody.svg")).status_code == 404
    await reader.open("/calendars")
    assert path not in reader.text
    id = await feed_of(guest)
    await reader.open(f"/calendars/feeds/{id}")
    assert "1 event, of which 1 ahead" in reader.text
    assert "Last read by an app" in reader.text
    assert "Microscope" in reader.text
    await reader.send(f"/calendars/feeds/{id}/rotate")
    assert (await client.get(path)).status_code == 404
    renewed = told(reader)
    assert (await client.get(renewed)).status_code == 200
    await reader.open("/calendars")
    await reader.send(f"/calendars/feeds/{id}/end")
    assert reader.path == "/calendars?done=ended"
    assert (await client.get(renewed)).status_code == 404
    await reader.open(f"/calendars/feeds/{id}")
    assert reader.status == 404


async def test_of_a_resource_one_gets_as_much_as_the_right_goes(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university", locale="en"), await factories.person(locale="en")
    resource = await factories.resource(owner, name="Microscope")
    reader = await visiting(client, guest)
    await reader.open(f"/calendars?resource={resource}")
    assert 'value="owner"' not in reader.text
    await reader.send("/calendars", view="owner")
    assert (reader.status, "Only those who run" in reader.text) == (403, True)
    await reader.send("/calendars", view="busy")
    told(reader)
    await reader.open(f"/calendars?resource={new_id()}")
    assert (reader.status, "Calendar of" in reader.text) == (200, False)
    reader = await visiting(client, owner)
    await reader.open("/calendars")
    await reader.open(
        "/calendars", "POST", {"csrf_token": token(reader), "scope": "resource", "resource_id": str(resource)}
    )
    told(reader)
    await db.execute("UPDATE member SET role = 'booker' WHERE id = $1", owner.actor.member_id)
    reader = await visiting(client, owner)
    await reader.open(f"/calendars/feeds/{await feed_of(owner)}")
    assert "cannot be read any more" in reader.text


def token(reader: Reader) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', reader.text)
    assert found
    return found[1]


async def test_what_a_search_finds_is_looked_into(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale="en")
    await factories.resource(owner, name="Microscope")
    reader = await visiting(client, guest)
    await reader.open("/calendars?q=Microscope&minutes=60")
    assert 'value="Microscope"' in reader.text
    await reader.send("/calendars/searches", q="Microscope", minutes="nonsense")
    assert (reader.status, reader.errors) == (422, ["minutes"])
    await reader.send("/calendars/searches", q="Microscope", minutes="60")
    told(reader)
    await reader.open(f"/calendars/feeds/{await feed_of(guest)}")
    assert (reader.status, "Microscope" in reader.text) == (200, True)


async def test_nobody_looks_into_or_ends_another_ones_calendar(client: httpx.AsyncClient) -> None:
    one, other = await factories.person(), await factories.person(locale="en")
    answer = await client.post("/api/v1/feeds", json={"scope": "person"}, headers=one.bearer)
    id = answer.json()["id"]
    reader = await visiting(client, other)
    await reader.open(f"/calendars/feeds/{id}")
    assert reader.status == 404
    for verb in ("rotate", "end"):
        await reader.open("/calendars")
        await reader.open(f"/calendars/feeds/{id}/{verb}", "POST", {"csrf_token": token(reader)})
        assert reader.status == 404
    assert not await db.fetchval("SELECT revoked_at IS NOT NULL OR rotated_at IS NOT NULL FROM feed")
    check = await client.get(f"/api/v1/feeds/{id}/check", headers=other.bearer)
    assert check.status_code == 404
    check = await client.get(f"/api/v1/feeds/{id}/check", headers=one.bearer)
    assert (check.json()["readable"], check.json()["events"], check.json()["next"]) == (True, 0, [])


async def test_a_device_gets_a_password_once_and_is_shut_out(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", locale="en")
    reader = await visiting(client, owner)
    await reader.open("/calendars/programs")
    await reader.send("/calendars/programs", label=" ")
    assert (reader.status, reader.errors) == (422, ["label"])
    await reader.send("/calendars/programs", label="iPhone")
    found = re.search(r'value="(rtd_[^"]+)"', reader.text)
    assert found
    auth = (owner.actor.email, found[1])
    asked = await client.request("PROPFIND", "/dav/", headers={"Depth": "0"}, auth=auth)
    assert asked.status_code == 207
    await reader.open("/calendars/programs")
    assert found[1] not in reader.text
    id = await db.fetchval("SELECT id FROM app_password")
    await reader.send(f"/calendars/programs/{id}/revoke")
    assert reader.path == "/calendars/programs?done=revoked"
    assert (await client.request("PROPFIND", "/dav/", headers={"Depth": "0"}, auth=auth)).status_code == 401


async def test_a_booker_connects_no_program_and_no_foreign_calendar(client: httpx.AsyncClient) -> None:
    admin = await factories.person()
    booker = await factories.person(admin.actor.organization_id, role="booker", locale="en")
    reader = await visiting(client, booker)
    await reader.open("/calendars/programs")
    assert "Make an app password" not in reader.text
    await reader.open("/calendars/programs", "POST", {"csrf_token": token(reader), "label": "x"})
    assert reader.status == 403
    await reader.open("/calendars/foreign")
    assert reader.status == 403


async def test_the_window_of_a_check_is_the_next_twenty(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale="en")
    resource = await factories.resource(owner)
    start = await db.fetchval("SELECT date_trunc('hour', now()) + interval '1 day'")
    for day in range(22):
        await factories.booking(resource, guest, start + timedelta(days=day))
    made = await client.post("/api/v1/feeds", json={"scope": "organization"}, headers=guest.bearer)
    check = (await client.get(f"/api/v1/feeds/{made.json()['id']}/check", headers=guest.bearer)).json()
    assert (check["events"], check["ahead"], len(check["next"])) == (22, 22, 20)
    assert check["next"][0]["starts_at"] < check["next"][1]["starts_at"]


async def test_without_the_member_in_the_sql_another_would_look_into_it(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await factories.person(locale="en"), await factories.person(locale="en")
    resource = await factories.resource(await factories.person(kind="university"), name="Microscope")
    start = await db.fetchval("SELECT date_trunc('hour', now()) + interval '2 days'")
    await factories.booking(resource, one, start)
    made = await client.post("/api/v1/feeds", json={"scope": "person"}, headers=one.bearer)
    path = f"/api/v1/feeds/{made.json()['id']}/check"
    assert (await client.get(path, headers=other.bearer)).status_code == 404
    anyone = "$1::uuid IS NOT NULL AND f.revoked_at"
    monkeypatch.setattr(feed_list, "ONE", feed_list.ONE.replace("f.member_id = $1 AND f.revoked_at", anyone))
    monkeypatch.setattr(views, "HEAD_OF", views.HEAD_OF.replace("f.member_id = $3", "$3::uuid IS NOT NULL"))
    assert "Microscope" in (await client.get(path, headers=other.bearer)).text
