"""Several resources booked together, as a browser without JavaScript does it."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from server.bookings.groups import basket
from server.bookings.groups.basket import Item
from server.core import db
from server.core.ids import new_id
from server.core.spans import Span
from tests import factories
from tests.site.book.test_resource import THEN, TIME
from tests.site.reader import Reader
from tests.site.visiting import signed_in


async def filled(reader: Reader, *resources: object) -> None:
    for one in resources:
        await reader.open(f"/resources/{one}")
        await reader.send("/basket/add", resource_id=str(one), **TIME)
        assert reader.path == "/basket?done=added"


async def two(owner: factories.Person) -> tuple[object, object]:
    return await factories.resource(owner), await factories.resource(owner, kind="test_site")


async def test_what_is_in_the_basket_is_booked_together_and_once(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    site, machine = await two(owner)
    reader = await signed_in(client, guest)
    assert "The basket is empty." in await reader.open("/basket")
    await filled(reader, site, machine, site)
    seen, kept = reader.text, dict(reader.cookies)
    for _ in range(2):
        reader.text, reader.cookies = seen, dict(kept)
        await reader.send("/basket/book", purpose="Both", attendees="ann@example.com")
        assert reader.path.startswith("/groups/")
    assert await db.fetchval("SELECT count(*) FROM booking") == 2
    assert "The basket is empty." in await reader.open("/basket")


async def test_one_that_is_taken_books_none_and_says_what_is_free(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    site, machine = await two(owner)
    reader = await signed_in(client, guest)
    await filled(reader, site, machine)
    await factories.booking(machine, owner, THEN)  # type: ignore[arg-type]
    await reader.send("/basket/book", purpose="Kept")
    assert (reader.status, ">Kept</textarea>" in reader.text) == (409, True)
    assert await db.fetchval("SELECT count(*) FROM booking WHERE resource_id = $1", site) == 0
    assert "The nearest times that are free:" in reader.text
    await reader.send("/basket/time")
    assert "The basket has the new time." in reader.text
    await reader.send("/basket/book")
    assert reader.path.startswith("/groups/")


async def test_common_times_are_found_and_taken_over_for_all(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    site, machine = await two(owner)
    await factories.booking(machine, owner, THEN)  # type: ignore[arg-type]
    reader = await signed_in(client, guest)
    await filled(reader, site, machine)
    await reader.open(f"/basket?day={THEN.date()}&minutes=60")
    assert reader.text.count("free together until") == 2
    await reader.send("/basket/time")
    await reader.send("/basket/book")
    starts = await db.fetch("SELECT DISTINCT starts_at FROM booking WHERE group_id IS NOT NULL")
    assert len(starts) == 1
    assert starts[0]["starts_at"] != THEN


async def test_a_group_is_moved_and_cancelled_as_one(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    site, machine = await two(owner)
    reader = await signed_in(client, guest)
    await filled(reader, site, machine)
    await reader.send("/basket/book")
    path = reader.path.partition("?")[0]
    await reader.send(f"{path}/move", start="late")
    assert (reader.status, reader.errors) == (422, ["start"])
    await factories.booking(machine, owner, THEN + timedelta(hours=5))  # type: ignore[arg-type]
    await reader.send(f"{path}/move", start="17:00")
    assert reader.status == 409
    assert await db.fetchval("SELECT count(*) FROM booking WHERE group_id IS NOT NULL AND starts_at = $1", THEN) == 2
    await reader.open(path)
    await reader.send(f"{path}/move", start="14:00")
    moved = THEN + timedelta(hours=2)
    assert await db.fetchval("SELECT count(*) FROM booking WHERE group_id IS NOT NULL AND starts_at = $1", moved) == 2
    await reader.send(f"{path}/cancel", reason="Over")
    assert await db.fetchval("SELECT count(*) FROM booking WHERE status = 'cancelled'") == 2
    stranger = await signed_in(client, await factories.person())
    await stranger.open(path)
    assert stranger.status == 404


async def test_terms_are_accepted_for_each(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    site, machine = await two(owner)
    path = f"/api/v1/resources/{site}/terms"
    assert (await client.post(path, json={"text": "Wear gloves"}, headers=owner.bearer)).is_success
    reader = await signed_in(client, guest)
    await filled(reader, site, machine)
    await reader.send("/basket/book", **{f"terms_{site}": ""})
    assert reader.errors == [f"terms_{site}"]
    await reader.send("/basket/book", **{f"terms_{site}": "1"})
    assert reader.path.startswith("/groups/")


async def test_a_wrong_time_is_said_on_the_page_of_the_resource(client: httpx.AsyncClient) -> None:
    resource = await factories.resource(await factories.person(kind="university"))
    reader = await signed_in(client, await factories.person())
    await reader.open(f"/resources/{resource}")
    await reader.send("/basket/add", resource_id=str(resource), **(TIME | {"end": "11:00"}))
    assert reader.path.startswith(f"/resources/{resource}?")
    assert reader.errors == ["end"]


def test_a_cookie_says_what_was_written_and_nothing_else_is_believed() -> None:
    item = Item(new_id(), Span(THEN, THEN + timedelta(hours=1)), 3)
    assert basket.read(basket.written([item, item])) == [item, item]
    assert len(basket.read(basket.written([item] * 50))) == basket.MOST


SOME = UUID(int=1)


@pytest.mark.parametrize(
    "text", ["", "_", "x.1.2.3", f"{SOME.hex}.9.8.1", f"{SOME.hex}.1.{10**30}.1", f"{SOME.hex}.1.2.-1"]
)
def test_a_broken_cookie_is_an_empty_basket(text: str) -> None:
    assert basket.read(text) == []
