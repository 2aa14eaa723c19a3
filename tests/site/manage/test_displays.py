"""A screen shows times and nobody; its address ends when it is revoked; checking in at the door takes a button."""

import re
from datetime import UTC, datetime, timedelta

import httpx

from server.core import db, links
from tests import factories
from tests.site.reader import Reader
from tests.site.visiting import signed_in

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
HOUR = timedelta(hours=1)
PRIVATE = ("Secret purpose", "secret-guest@example.com")


async def scene(client: httpx.AsyncClient) -> tuple[factories.Person, Reader, str]:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner, name="显微镜")
    return owner, await signed_in(client, owner), str(resource)


async def test_a_screen_shows_the_day_without_anybodys_name_until_it_is_revoked(client: httpx.AsyncClient) -> None:
    owner, reader, resource = await scene(client)
    guest = await factories.person(name="Secret Guest Ltd")
    who = [{"email": PRIVATE[1], "name": ""}]
    await factories.booking(resource, guest, NOW - HOUR, 180, purpose=PRIVATE[0], attendees=who)  # type: ignore[arg-type]
    path = f"/manage/resources/{resource}/display"
    await reader.open(path)
    await reader.send(label="")
    assert (reader.status, reader.errors) == (422, ["label"])
    await reader.send(label="Room 12")
    wall = re.search(r'href="[^"]*(/wall/[^"]+)"', reader.text)
    assert wall
    answer = await client.get(wall[1], headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 200
    assert "显微镜" in answer.text
    assert "<strong>Taken</strong>" in answer.text
    assert '<noscript><meta http-equiv="refresh"' in answer.text
    names = (*PRIVATE, "Secret Guest", guest.actor.name, guest.actor.email, owner.actor.email)
    assert [one for one in names if one in answer.text] == []
    await reader.send(f"{path}/revoke")
    assert (await client.get(wall[1])).status_code == 404
    verbs = await db.fetch("SELECT verb FROM audit_entry WHERE noun = 'display' ORDER BY id")
    assert [row["verb"] for row in verbs] == ["created", "revoked"]


async def test_an_address_that_was_not_given_out_shows_nothing(client: httpx.AsyncClient) -> None:
    await scene(client)
    other = links.token("wall", await db.fetchval("SELECT id FROM resource LIMIT 1"))
    for token in ("x", other, links.token("verify", await db.fetchval("SELECT id FROM account LIMIT 1"))):
        assert (await client.get(f"/wall/{token}")).status_code == 404


async def test_only_who_runs_the_resource_makes_screens(client: httpx.AsyncClient) -> None:
    _, _, resource = await scene(client)
    stranger = await signed_in(client, await factories.person(kind="university"))
    for path in ("display", "display/print"):
        await stranger.open(f"/manage/resources/{resource}/{path}")
        assert stranger.status == 404
    booker = await signed_in(client, await factories.person(role="booker"))
    await booker.open(f"/manage/resources/{resource}/display")
    assert booker.status == 403


async def test_opening_the_code_on_the_door_checks_nobody_in_and_its_button_does(client: httpx.AsyncClient) -> None:
    _, _, resource = await scene(client)
    guest = await factories.person()
    booking = await factories.booking(resource, guest, NOW + timedelta(minutes=5))  # type: ignore[arg-type]
    reader = await signed_in(client, guest)
    path = f"/resources/{resource}/check-in"
    await reader.open(path)
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", booking) == "confirmed"
    await reader.send(path)
    assert "You are checked in." in reader.text
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", booking) == "in_use"
    other = await signed_in(client, await factories.person())
    assert str(booking) not in await other.open(path)
    assert "has no booking here" in other.text


async def test_the_sheet_for_the_door_has_two_codes(client: httpx.AsyncClient) -> None:
    _, reader, resource = await scene(client)
    text = await reader.open(f"/manage/resources/{resource}/display/print")
    assert text.count("data:image/svg+xml") == 2
    assert f"/resources/{resource}/check-in" in text
