import httpx

from tests import factories
from tests.bookings.test_book import book
from tests.bookings.times import at


async def test_a_closure_takes_time_until_it_is_lifted(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, units=3)
    path = f"/api/v1/resources/{resource}/closures"
    closure = {"starts_at": at(8), "ends_at": at(18), "reason": "维护"}
    made = await client.post(path, json=closure, headers=owner.bearer)
    assert made.status_code == 201
    lost = await book(client, sme, resource)
    assert lost.status_code == 409
    assert lost.json()["clashes"][0]["kind"] == "closure"
    query = {"from": at(0), "to": at(24)}
    seen = (await client.get(f"/api/v1/resources/{resource}/availability", params=query)).json()
    assert seen["closed"] == [{"starts_at": at(8), "ends_at": at(18), "reason": "维护"}]
    assert [(free["starts_at"], free["ends_at"]) for free in seen["free"]] == [(at(0), at(8)), (at(18), at(24))]
    assert (await client.delete(f"{path}/{made.json()['id']}", headers=owner.bearer)).status_code == 204
    assert (await book(client, sme, resource)).status_code == 201
    assert (await client.delete(f"{path}/{made.json()['id']}", headers=owner.bearer)).status_code == 404


async def test_some_units_may_be_closed(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, units=3)
    closure = {"starts_at": at(8), "ends_at": at(18), "units": 2}
    await client.post(f"/api/v1/resources/{resource}/closures", json=closure, headers=owner.bearer)
    assert (await book(client, sme, resource, units=2)).status_code == 409
    assert (await book(client, sme, resource)).status_code == 201


async def test_a_closure_never_drives_out_a_booking(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    await book(client, sme, resource)
    closure = {"starts_at": at(8), "ends_at": at(18)}
    lost = await client.post(f"/api/v1/resources/{resource}/closures", json=closure, headers=owner.bearer)
    assert lost.status_code == 409
    assert [clash["kind"] for clash in lost.json()["clashes"]] == ["booking"]


async def test_only_managers_of_the_owner_close(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    clerk = await factories.person(owner.actor.organization_id, role="booker")
    resource = await factories.resource(owner)
    closure = {"starts_at": at(8), "ends_at": at(18)}
    path = f"/api/v1/resources/{resource}/closures"
    assert (await client.post(path, json=closure, headers=sme.bearer)).status_code == 404
    assert (await client.post(path, json=closure, headers=clerk.bearer)).status_code == 403
    assert (await client.post(path, json=closure)).status_code == 401
