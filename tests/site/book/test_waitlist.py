"""The pages of the wait list, as a browser without JavaScript uses them."""

from datetime import timedelta
from urllib.parse import urlencode

import httpx

from server.core import db
from tests import factories
from tests.site.book.test_resource import THEN
from tests.site.reader import Reader
from tests.site.visiting import signed_in

LINK = {"from": THEN.isoformat(), "to": (THEN + timedelta(hours=1)).isoformat()}


async def joined(reader: Reader, resource: object) -> str:
    await reader.open("/waitlist/new?" + urlencode({"resource_id": str(resource)} | LINK))
    await reader.send("/waitlist/new")
    assert reader.path == "/waitlist?done=joined"
    return "/waitlist/" + str(await db.fetchval("SELECT id FROM waiting ORDER BY position DESC LIMIT 1"))


async def cancelled(client: httpx.AsyncClient, id: object, owner: factories.Person) -> None:
    assert (await client.post(f"/api/v1/bookings/{id}/cancel", json={}, headers=owner.bearer)).is_success


async def test_a_taken_time_leads_to_a_place_and_its_offer_to_a_booking(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    taken = await factories.booking(resource, owner, THEN)
    reader = await signed_in(client, guest)
    await reader.open(f"/resources/{resource}?day={THEN.date()}")
    assert f"/waitlist/new?resource_id={resource}" in reader.text
    path = await joined(reader, resource)
    assert "You are asked next." in reader.text
    await cancelled(client, taken, owner)
    assert "Offered to you:" in await reader.open("/waitlist")
    await reader.open(path)
    assert await db.fetchval("SELECT status FROM waiting") == "offered"
    await reader.send(f"{path}/accept", purpose="At last", attendees="nobody")
    assert (reader.status, reader.errors) == (422, ["attendees"])
    await reader.send(f"{path}/accept", purpose="At last", attendees="")
    assert reader.path.startswith("/bookings/")
    assert "You booked what was offered." in await reader.open(path)


async def test_an_offer_is_passed_and_a_place_is_left(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    taken = await factories.booking(resource, owner, THEN)
    reader = await signed_in(client, guest)
    path = await joined(reader, resource)
    await cancelled(client, taken, owner)
    await reader.open(path)
    await reader.send(f"{path}/pass")
    assert "Passed to the next in line." in reader.text
    await reader.send(f"{path}/leave")
    assert "You wait for nothing." in reader.text
    await reader.open(f"{path}/pass")
    assert reader.status in (404, 405)
    assert "This place has ended." in await reader.open(path)


async def test_what_is_wrong_is_said_at_its_field(client: httpx.AsyncClient) -> None:
    resource = await factories.resource(await factories.person(kind="university"))
    reader = await signed_in(client, await factories.person())
    await reader.open("/waitlist/new?" + urlencode({"resource_id": str(resource)} | LINK))
    await reader.send("/waitlist/new", minutes="90")
    assert (reader.status, reader.errors) == (422, ["minutes"])
    await reader.send("/waitlist/new", minutes="60", date="2020-01-01", end_date="2020-01-02")
    assert reader.status == 400
    assert await db.fetchval("SELECT count(*) FROM waiting") == 0


async def test_one_waits_for_a_kind_of_an_owner(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    await factories.booking(await factories.resource(owner), owner, THEN - timedelta(days=7), 30 * 1440)
    reader = await signed_in(client, await factories.person())
    await reader.open(f"/waitlist/new?kind=equipment&owner_id={owner.actor.organization_id}")
    assert owner.actor.organization_name in reader.text
    await reader.send("/waitlist/new")
    assert await db.fetchval("SELECT kind FROM waiting") == "equipment"
    for wrong in ("resource_id=x", "owner_id=x"):
        await reader.open(f"/waitlist/new?{wrong}")
        assert reader.status == 404


async def test_anothers_place_is_not_there(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    await factories.booking(resource, owner, THEN)
    path = await joined(await signed_in(client, guest), resource)
    stranger = await signed_in(client, await factories.person())
    await stranger.open(path)
    assert stranger.status == 404
    assert path not in await stranger.open("/waitlist")
