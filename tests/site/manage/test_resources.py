"""The owner's pages of the catalogue, over HTTP and without JavaScript."""

import io
import struct
import zlib
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image

from server.core import db
from server.resources.photos import photo_files, photos
from server.resources.photos.photo_files import NotAPicture, made_anew
from tests import factories
from tests.factories import Person
from tests.site.reader import Reader


@pytest.fixture
async def owner(rolled_back: None) -> Person:
    return await factories.person(kind="university", role="manager", locale="en")


async def signed_in(client: httpx.AsyncClient, person: Person) -> Reader:
    await factories.password(person.actor.account_id)
    reader = Reader(client)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email=person.actor.email, password=factories.PASSWORD)
    return reader


def picture(form: str = "JPEG", size: tuple[int, int] = (2000, 1000), **more: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, form, **more)
    return file.getvalue()


async def upload(reader: Reader, id: UUID, data: bytes, name: str = "a.jpg", alt: str = "") -> None:
    await reader.open(f"/manage/resources/{id}/photos")
    token = reader.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookie = "; ".join(f"{one}={value}" for one, value in reader.cookies.items())
    answer = await reader.client.post(
        f"/manage/resources/{id}/photos",
        data={"alt": alt, "csrf_token": token},
        files={"file": (name, data)},
        headers={"Accept": "text/html", "Accept-Language": "en", "Cookie": cookie},
    )
    reader.status, reader.text = answer.status_code, answer.text
    if answer.status_code == 303:
        await reader.open(answer.headers["location"])


async def test_an_owner_describes_publishes_and_withdraws(client: httpx.AsyncClient, owner: Person) -> None:
    reader = await signed_in(client, owner)
    assert "Here you will find what your organization shares" in await reader.open("/manage")
    await reader.open("/manage/resources/new")
    fields = {"name": "扫描电镜", "methods": "GB/T 16594", "price_text": "每样 300 元", "description": "**又大**又好"}
    text = await reader.send("", **fields, preview="yes")
    assert "<strong>又大</strong>" in text
    assert await db.fetchval("SELECT count(*) FROM resource") == 0
    await reader.open("/manage/resources/new")
    await reader.send("", **fields, draft="yes")
    assert "Not published" in reader.text
    id = await db.fetchval("SELECT id FROM resource WHERE NOT listed AND methods = 'GB/T 16594'")
    guest = {"Accept": "text/html", "Accept-Language": "en"}
    assert (await client.get(f"/resources/{id}", headers=guest)).status_code == 404
    assert "You see this page as a guest does" in await reader.open(f"/manage/resources/{id}/as-guest")
    await reader.open(f"/manage/resources/{id}")
    await reader.send(f"/manage/resources/{id}/listed")
    page = await client.get(f"/resources/{id}", headers=guest)
    assert "每样 300 元" in page.text
    assert "GB/T 16594" in page.text
    assert "Published" in await reader.open("/manage?q=%E7%94%B5%E9%95%9C&state=published&kind=equipment")
    assert "None of your resources is like that" in await reader.open("/manage?state=withdrawn")
    await reader.open(f"/manage/resources/{id}")
    await reader.send(f"/manage/resources/{id}/listed")
    assert (await client.get(f"/resources/{id}", headers=guest)).status_code == 404


async def test_each_wrong_field_is_said_and_what_was_entered_stays(client: httpx.AsyncClient, owner: Person) -> None:
    reader = await signed_in(client, owner)
    await reader.open("/manage/resources/new")
    wrong = {"name": "", "units": "many", "time_zone": "Mars/Base", "price_per_hour": "3", "currency": "", "city": "某"}
    await reader.send("", **wrong)
    assert reader.status == 422
    assert set(reader.errors) == {"name", "units", "time_zone", "currency"}
    assert 'value="某"' in reader.text


async def test_what_somebody_else_saved_meanwhile_is_not_lost(client: httpx.AsyncClient, owner: Person) -> None:
    id = await factories.resource(owner)
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{id}")
    await db.execute("UPDATE resource SET version = version + 1 WHERE id = $1", id)
    await reader.send("", name="另一个")
    assert reader.status == 409
    assert "Somebody else has changed it" in reader.text
    await reader.send("", name="另一个")
    assert await db.fetchval("SELECT name FROM resource WHERE id = $1", id) == "另一个"


async def test_units_get_names_and_parts_their_wholes(client: httpx.AsyncClient, owner: Person) -> None:
    id, whole = await factories.resource(owner, units=2), await factories.resource(owner, name="实验室")
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{id}")
    await reader.send(f"/manage/resources/{id}/units", **{"unit-1": "甲", "unit-2": "甲"})
    assert reader.status == 400
    await reader.open(f"/manage/resources/{id}")
    await reader.send(f"/manage/resources/{id}/units", **{"unit-2": "乙"})
    assert await db.fetchval("SELECT name FROM unit WHERE resource_id = $1 AND number = 2", id) == "乙"
    await reader.send(f"/manage/resources/{id}/wholes", whole=str(whole))
    assert await db.fetchval("SELECT whole_id FROM part WHERE part_id = $1", id) == whole


async def test_nobody_manages_what_is_not_theirs(client: httpx.AsyncClient, owner: Person) -> None:
    id = await factories.resource(await factories.person(kind="university"))
    reader = await signed_in(client, owner)
    for path in ("", "/photos", "/as-guest"):
        await reader.open(f"/manage/resources/{id}{path}")
        assert reader.status == 404
    booker = await signed_in(client, await factories.person(role="booker"))
    await booker.open("/manage")
    assert booker.status == 403
    stranger = Reader(client)
    await stranger.open("/manage")
    assert stranger.path.startswith("/sign-in")


async def test_photos_are_added_described_ordered_and_removed(client: httpx.AsyncClient, owner: Person) -> None:
    id = await factories.resource(owner)
    reader = await signed_in(client, owner)
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    await upload(reader, id, picture(exif=exif), alt="样品室")
    await upload(reader, id, picture("PNG", (300, 400)))
    first, second = (row["id"] for row in await db.fetch(photos.LISTED, id))
    page = await client.get(f"/resources/{id}", headers={"Accept": "text/html"})
    assert f'src="/photos/{first}-small.webp" alt="样品室"' in page.text
    handed = await client.get(f"/photos/{first}.webp")
    assert (handed.status_code, handed.headers["content-type"]) == (200, "image/webp")
    assert handed.headers["cache-control"].startswith("public")
    assert handed.headers["x-content-type-options"] == "nosniff"
    assert b"where it was taken" not in handed.content
    with Image.open(io.BytesIO(handed.content)) as image:
        assert image.size == (1600, 800)
        assert not image.getexif()
    await reader.send(f"/manage/resources/{id}/photos/{second}", do="earlier")
    assert [row["id"] for row in await db.fetch(photos.LISTED, id)] == [second, first]
    await reader.send(f"/manage/resources/{id}/photos/{first}", do="describe", alt="外观")
    await reader.send(f"/manage/resources/{id}/photos/{second}", do="remove")
    assert [tuple(row) for row in await db.fetch(photos.LISTED, id)] == [(first, "外观")]
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", id)
    client.cookies.clear()
    assert (await client.get(f"/photos/{first}.webp")).status_code == 404
    own = await client.get(f"/photos/{first}.webp", headers=owner.bearer)
    assert own.headers["cache-control"] == "private, no-store"
    for name in ("x.webp", f"{first}.png", f"{first}", f"{str(first).upper()}.webp"):
        assert (await client.get(f"/photos/{name}")).status_code == 404


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


HOSTILE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<html><script>alert(1)</script></html>",
    "pdf": b"%PDF-1.7\n%%EOF",
    "gif": b"GIF89a" + bytes(20),
    "empty": b"",
    "bomb": png_of(60_000, 60_000),
    "large": png_of(10_000, 6_000),
    "cut off": picture()[:2000],
    "riff": b"RIFF\x10\0\0\0AVI LIST",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_picture_is_refused(client: httpx.AsyncClient, owner: Person, name: str) -> None:
    id = await factories.resource(owner)
    reader = await signed_in(client, owner)
    await upload(reader, id, HOSTILE[name], "photo.jpg")
    assert (reader.status, reader.errors) == (400, ["file"])
    assert await db.fetchval("SELECT count(*) FROM photo") == 0


def test_a_script_behind_a_picture_is_not_kept() -> None:
    made = made_anew(picture() + b"<script>alert(1)</script>")
    assert b"<script>" not in made.large + made.small


def test_without_the_limit_of_pixels_a_bomb_would_be_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = picture("PNG", (2000, 2000))
    monkeypatch.setattr(photo_files, "MOST_PIXELS", 1_000_000)
    with pytest.raises(NotAPicture, match="pixels"):
        made_anew(bomb)
    monkeypatch.setattr(photo_files, "MOST_PIXELS", 10**12)
    assert made_anew(bomb).width == 1200


async def test_there_is_an_end_to_photos(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await factories.resource(owner)
    monkeypatch.setattr(photos, "MOST", 1)
    reader = await signed_in(client, owner)
    await upload(reader, id, picture(size=(10, 10)))
    assert reader.status == 200
    await upload(reader, id, picture(size=(10, 10)))
    assert reader.status == 409
    await upload(reader, id, b"\xff\xd8\xff" + bytes(10 * 1024 * 1024))
    assert reader.status == 413
