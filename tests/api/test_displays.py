"""Screens by the API: made, read by whoever has the address, revoked."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from server.displays import make
from tests import factories
from tests.site.manage.test_displays import PRIVATE

NOW = datetime.now(UTC)


async def test_a_screen_is_made_read_and_revoked(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner, name="显微镜")
    guest = await factories.person(name="Secret Guest Ltd")
    start = NOW - timedelta(hours=1)
    await factories.booking(resource, guest, start, 180, purpose=PRIVATE[0], attendees=[{"email": PRIVATE[1]}])
    path = f"/api/v1/resources/{resource}/displays"
    made = await client.post(path, headers=owner.bearer, json={"label": "B 座 12 室"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    assert (await client.get(path, headers=owner.bearer)).json() == [made.json()]
    token = made.json()["url"].rpartition("/wall/")[2]
    wall = await client.get(f"/api/v1/walls/{token}")
    assert (wall.status_code, wall.json()["state"], wall.json()["name"]) == (200, "taken", "显微镜")
    assert [one for one in (*PRIVATE, guest.actor.name, "Secret Guest") if one in wall.text] == []
    assert (await client.delete(f"{path}/{made.json()['id']}", headers=owner.bearer)).status_code == 204
    assert (await client.get(f"/api/v1/walls/{token}")).status_code == 404
    assert (await client.delete(f"{path}/{made.json()['id']}", headers=owner.bearer)).status_code == 404


async def test_labels_are_short_and_screens_few(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await factories.person(kind="university")
    path = f"/api/v1/resources/{await factories.resource(owner)}/displays"
    for label in ("", "x" * 101, "two\nlines"):
        assert (await client.post(path, headers=owner.bearer, json={"label": label})).status_code == 400
    monkeypatch.setattr(make, "MOST", 0)
    assert (await client.post(path, headers=owner.bearer, json={"label": "x"})).status_code == 409


async def test_only_who_runs_the_resource_has_the_addresses(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    path = f"/api/v1/resources/{await factories.resource(owner)}/displays"
    await client.post(path, headers=owner.bearer, json={"label": "x"})
    stranger = await factories.person(kind="university")
    booker = await factories.person(owner.actor.organization_id, role="booker")
    for who, status in ((stranger.bearer, 404), (booker.bearer, 403), ({}, 401)):
        assert (await client.get(path, headers=who)).status_code == status
        assert (await client.post(path, headers=who, json={"label": "x"})).status_code == status
