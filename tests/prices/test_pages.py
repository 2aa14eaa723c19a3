"""The pages of prices: the form of an owner, what bookings would cost, and the lines that a guest sees."""

import httpx
import pytest

from server.core import db
from tests import factories
from tests.site.book.test_resource import TIME
from tests.site.visiting import signed_in

EVENING = {"band_amount": "100", "band_opens": "18:00", "band_closes": "08:00", "band_days": "every"}


async def test_an_owner_sets_a_price_and_sees_what_bookings_would_cost(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", locale="en")
    page = f"/manage/resources/{await factories.resource(owner)}/prices"
    reader = await signed_in(client, owner)
    await reader.open(page)
    assert "No price is set" in reader.text
    more = {"step_minutes": "30", "minimum_minutes": "60", "tax_percent": "6", "tax_included": "yes"}
    await reader.send(page, amount="300", currency="cny", unit="hour", circle="everyone", **EVENING, **more)
    assert reader.status == 200, reader.text
    assert "¥300 / hour" in reader.text
    assert "What would this cost" in reader.text
    assert "¥750" in reader.text  # two hours and a half
    await reader.send(page, amount="200", currency="CNY", unit="hour", circle="verified_smes")
    assert "¥200 / hour" in reader.text
    [price] = await db.fetch("SELECT id FROM price_rule WHERE circle = 'everyone' AND NOT isempty(valid)")
    await reader.send(f"{page}/{price['id']}/end")
    assert "¥300 / hour" not in reader.text


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"amount": "cheap"}, "Give an amount such as"),
        ({"amount": ""}, "Give an amount such as"),
        ({"currency": "yuan"}, "three letters"),
        ({"step_minutes": "half an hour"}, "whole minutes, such as 30"),
        ({"band_amount": "100"}, "both a beginning and an end"),
        ({"valid_from": "soon"}, "Choose a day"),
        ({"valid_from": "2020-01-01"}, "Choose a day"),
        ({"tax_percent": "a lot"}, "tax in percent"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    client: httpx.AsyncClient, entered: dict[str, str], said: str
) -> None:
    owner = await factories.person(kind="university", locale="en")
    page = f"/manage/resources/{await factories.resource(owner)}/prices"
    reader = await signed_in(client, owner)
    await reader.open(page)
    fields = {"amount": "300", "currency": "CNY", "unit": "hour", "circle": "everyone", "floor": "77"}
    await reader.send(page, **fields | entered)
    assert reader.status in (400, 422)
    assert said in reader.text
    assert 'value="77"' in reader.text
    assert await db.fetchval("SELECT count(*) FROM price_rule") == 0


async def test_a_guest_sees_the_lines_before_booking_and_on_the_booking(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(locale="en")
    resource = await factories.resource(owner)
    await db.execute("UPDATE resource SET price_per_hour = 300, currency = 'CNY'")
    reader = await signed_in(client, guest)
    await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **TIME)
    hold = reader.path
    await reader.send(hold, purpose="Fracture")
    assert "What it costs" in reader.text
    assert "1 × CN¥300 / hour" in reader.text
    await db.execute("UPDATE resource SET price_per_hour = 310")
    await reader.send(f"{hold}/book")
    assert reader.status == 409
    assert "costs otherwise than you were shown" in reader.text
    assert "1 × CN¥310 / hour" in reader.text
    await reader.send(f"{hold}/book")
    assert reader.path.startswith("/bookings/")
    assert "1 × CN¥310 / hour" in reader.text
