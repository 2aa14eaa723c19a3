"""Photos by the API: the same verbs as the page, with an order that names them all."""

import io

import httpx
import pytest
from PIL import Image

from server.core import db
from server.resources.photos import photos
from tests import factories
from tests.factories import Person


def picture(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, kind)
    return file.getvalue()


async def scene() -> tuple[Person, str]:
    owner = await factories.person(kind="university", role="manager")
    return owner, f"/api/v1/resources/{await factories.resource(owner)}/photos"


async def test_photos_are_added_described_ordered_and_removed(client: httpx.AsyncClient) -> None:
    owner, path = await scene()
    raw = {**owner.bearer, "Content-Type": "image/png"}
    first = await client.post(path, headers=raw, content=picture(), params={"alt": "样品室"})
    assert first.status_code == 201
    assert first.json()["alt"] == "样品室"
    second = await client.post(path, headers=owner.bearer, files={"file": ("photo.jpg", picture("JPEG"))})
    one, other = first.json()["id"], second.json()["id"]
    shown = await client.get(path)
    assert [photo["id"] for photo in shown.json()] == [one, other]
    assert (await client.get(shown.json()[0]["url"])).headers["content-type"] == "image/webp"
    turned = await client.put(f"{path}/order", headers=owner.bearer, json={"photo_ids": [other, one]})
    assert [photo["id"] for photo in turned.json()] == [other, one]
    said = await client.patch(f"{path}/{other}", headers=owner.bearer, json={"alt": "外观"})
    assert said.json()[0]["alt"] == "外观"
    assert (await client.delete(f"{path}/{one}", headers=owner.bearer)).status_code == 204
    assert [photo["id"] for photo in (await client.get(path)).json()] == [other]
    verbs = {row["verb"] for row in await db.fetch("SELECT verb FROM audit_entry WHERE noun = 'resource'")}
    assert verbs >= {"added photo", "described photo", "ordered photos", "removed photo"}


async def test_what_is_wrong_is_said(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, path = await scene()
    no_picture = await client.post(path, headers=owner.bearer, content=b"GIF89a")
    assert (no_picture.status_code, no_picture.json()["field"]) == (400, "file")
    no_file = await client.post(path, headers=owner.bearer, files={}, data={"alt": "x"})
    assert no_file.status_code == 400
    long = await client.post(path, headers=owner.bearer, content=picture(), params={"alt": "x" * 201})
    assert long.status_code == 400
    made = (await client.post(path, headers=owner.bearer, content=picture())).json()["id"]
    for order in ([], [made, made], ["018f3a2c-0000-7000-8000-000000000000"]):
        answer = await client.put(f"{path}/order", headers=owner.bearer, json={"photo_ids": order})
        assert (answer.status_code, answer.json()["photo_ids"]) == (409, [made])
    monkeypatch.setattr(photos, "MOST", 1)
    assert (await client.post(path, headers=owner.bearer, content=picture())).status_code == 409


async def test_only_who_runs_the_resource_changes_them_and_a_hidden_one_shows_none(client: httpx.AsyncClient) -> None:
    owner, path = await scene()
    stranger = await factories.person(kind="university", role="manager")
    booker = await factories.person(owner.actor.organization_id, role="booker")
    assert (await client.post(path, headers=stranger.bearer, content=picture())).status_code == 404
    assert (await client.post(path, headers=booker.bearer, content=picture())).status_code == 403
    assert (await client.post(path, content=picture())).status_code == 401
    await db.execute("UPDATE resource SET listed = false")
    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, headers=owner.bearer)).json() == []
