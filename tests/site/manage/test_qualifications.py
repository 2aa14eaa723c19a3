"""The pages of qualifications, as a browser without JavaScript uses them."""

import httpx

from server.core import db
from tests import factories
from tests.rights.world import PDF
from tests.site.visiting import signed_in


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


async def test_a_guest_applies_with_a_proof_and_the_owner_decides(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, name="Laser")
    reader = await signed_in(client, owner)
    await reader.open("/qualifications")
    await reader.send("/qualifications", name="Laser safety", takes_applications="1")
    path = reader.path.partition("?")[0]
    await reader.send(f"{path}/demand", resource_id=str(resource))
    mine = await signed_in(client, guest)
    assert f'href="{path}/apply"' in await mine.open(f"/resources/{resource}")
    await mine.open(f"{path}/apply")
    await mine.send(f"{path}/apply", note="")
    assert (mine.status, mine.errors) == (422, ["note"])
    sent = {"csrf_token": mine.text.split('csrf_token" value="')[1].split('"')[0], "note": "Course of 2025"}
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in mine.cookies.items())}
    for content, status in ((b"MZ", 422), (PDF, 303), (PDF, 409)):
        answer = await client.post(f"{path}/apply", data=sent, files={"file": ("x.pdf", content)}, headers=cookie)
        assert answer.status_code == status
    assert "Waits for the owner" in await mine.open("/qualifications")
    assert "1 application waits" in await reader.open("/qualifications")
    assert "Course of 2025" in await reader.open(path)
    id = await db.fetchval("SELECT id FROM application")
    await reader.send(f"/applications/{id}/decline", reason="")
    assert (reader.status, reader.errors) == (422, [f"reason-{id}"])
    await reader.send(f"/applications/{id}/grant", until="2020-01-01")
    assert (reader.status, reader.errors) == (422, [f"until-{id}"])
    await reader.send(f"/applications/{id}/decline", reason="It has run out.")
    assert "Declined. Who applied is told why." in reader.text
    assert "It has run out." in await mine.open("/qualifications")
    await mine.open(f"{path}/apply")
    await mine.send(f"{path}/apply", note="Course of 2026")
    id = await db.fetchval("SELECT id FROM application WHERE decided_at IS NULL")
    await reader.open(path)
    await reader.send(f"/applications/{id}/grant", until="")
    assert guest.actor.name in reader.text
    assert await db.fetchval('SELECT account_id FROM "grant"') == guest.actor.account_id


async def test_an_application_is_withdrawn(client: httpx.AsyncClient) -> None:
    guest = await factories.person(kind="university")
    mine = await signed_in(client, guest)
    await mine.open("/qualifications")
    await mine.send("/qualifications", name="Laser safety", takes_applications="1")
    path = mine.path.partition("?")[0]
    await mine.open(f"{path}/apply")
    await mine.send(f"{path}/apply", note="Mine")
    id = await db.fetchval("SELECT id FROM application")
    await mine.open("/qualifications")
    await mine.send(f"/applications/{id}/withdraw")
    assert "Withdrawn. Its file is forgotten." in mine.text
