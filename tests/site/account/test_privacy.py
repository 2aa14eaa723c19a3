"""The pages of news and of what is kept of oneself."""

import httpx

from server.core import db
from server.notifications.choose import settings_of
from tests import factories
from tests.site.visiting import seated, visiting

NEWS, DATA = "/account/notifications", "/account/data"


async def test_how_news_come_is_chosen(client: httpx.AsyncClient) -> None:
    id = await factories.account("reader@example.com", locale="en")
    reader = await seated(client, id)
    await reader.open(NEWS)
    await reader.send(NEWS, own_bookings="off", reminders="now", decisions="now", resource_news="now")
    assert (reader.status, reader.errors) == (400, ["own_bookings"])
    await reader.send(NEWS, own_bookings="sometimes", reminders="now", decisions="now", resource_news="now")
    assert (reader.status, reader.errors) == (422, ["own_bookings"])
    await reader.send(NEWS, own_bookings="now", reminders="off", decisions="digest", resource_news="digest")
    assert reader.path == f"{NEWS}?done=1"
    assert {one.event: one.delivery for one in await settings_of(id)} == {
        "own_bookings": "now", "reminders": "off", "decisions": "digest", "resource_news": "digest",
    }  # fmt: skip


async def test_an_account_is_closed_only_when_its_address_was_typed(client: httpx.AsyncClient) -> None:
    id = await factories.account("leaving@example.com", locale="en")
    reader = await seated(client, id)
    await reader.open(DATA)
    await reader.send(f"{DATA}/erase", email="other@example.com")
    assert (reader.status, reader.errors) == (422, ["email"])
    await reader.send(f"{DATA}/erase", email="Leaving@example.com")
    assert reader.path == "/sign-in?done=erased"
    assert await db.fetchval("SELECT erased_at IS NOT NULL FROM account WHERE id = $1", id)
    await reader.open("/account")
    assert reader.path == "/sign-in?next=/account"


async def test_who_would_leave_others_alone_stays(client: httpx.AsyncClient) -> None:
    admin = await factories.person(locale="en")
    await factories.person(admin.actor.organization_id, role="booker")
    reader = await visiting(client, admin)
    await reader.open(DATA)
    await reader.send(f"{DATA}/erase", email=admin.actor.email)
    assert (reader.status, "without an administrator" in reader.text) == (409, True)
