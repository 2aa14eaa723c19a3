"""The pages of qualifications, as a browser without JavaScript uses them."""

import httpx

from server import db
from tests import factories
from tests.bookings.test_pages import signed_in


async def test_an_owner_defines_demands_grants_and_takes_back(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, name="Laser")
    reader = await signed_in(client, owner)
    assert "Nothing is defined yet." in await reader.open("/qualifications")
    await reader.send("/qualifications", name="", valid_days="0")
    assert sorted(reader.errors) == ["name", "valid_days"]
    await reader.send("/qualifications", name="Laser safety", how_to_get="Monday course", valid_days="365")
    path = reader.path.partition("?")[0]
    await reader.send(f"{path}/demand", resource_id=str(resource))
    assert await db.fetchval("SELECT resource_id FROM needed_qualification") == resource
    await reader.send(f"{path}/grants", email="nobody@example.org")
    assert (reader.status, "Ask them to sign up first." in reader.text) == (404, True)
    await reader.send(f"{path}/grants", email=guest.actor.email)
    assert guest.actor.name in reader.text
    mine = await signed_in(client, guest)
    assert "Laser safety" in await mine.open("/qualifications")
    assert "Valid until" in mine.text
    assert "Monday course" in mine.text
    await mine.open(path)
    assert mine.status == 404
    await reader.send(f"{path}/revoke")
    assert "Taken back" in reader.text
    await reader.send(path, name="Laser safety 2", valid_days="")
    row = await db.fetchrow("SELECT name, valid_days FROM qualification")
    assert row is not None
    assert (row["name"], row["valid_days"]) == ("Laser safety 2", None)


async def test_bookers_see_what_they_have_and_cannot_define(client: httpx.AsyncClient) -> None:
    reader = await signed_in(client, await factories.person(role="booker"))
    assert "You have no qualification yet." in await reader.open("/qualifications")
    assert "Define a qualification" not in reader.text
    token = reader.text.split('csrf_token" value="')[1].split('"')[0]
    await reader.open("/qualifications", "POST", {"csrf_token": token, "name": "x"})
    assert reader.status == 403
