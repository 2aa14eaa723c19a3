"""An owner's programs find also what is not published; nobody else does."""

from datetime import UTC, datetime, timedelta

import httpx

from server.core import db
from tests import factories

OWN = "/api/v1/resources/own"


async def test_all_that_one_runs_is_listed_page_by_page(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", role="manager")
    first, second, hidden = [await factories.resource(owner, name=name) for name in ("A scope", "B scope", "C laser")]
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", hidden)
    soon = datetime.now(UTC) + timedelta(days=2)
    await factories.booking(first, await factories.person(), soon, status="requested")
    one = (await client.get(OWN, headers=owner.bearer, params={"limit": 2})).json()
    assert [(found["id"], found["waiting"]) for found in one["items"]] == [(str(first), 1), (str(second), 0)]
    two = (await client.get(OWN, headers=owner.bearer, params={"limit": 2, "cursor": one["next_cursor"]})).json()
    assert [(found["id"], found["listed"]) for found in two["items"]] == [(str(hidden), False)]
    assert two["next_cursor"] is None
    for asked, count in (({"listed": False}, 1), ({"q": "SCOPE"}, 2), ({"kind": "test_site"}, 0)):
        assert len((await client.get(OWN, headers=owner.bearer, params=asked)).json()["items"]) == count
    assert (await client.get(OWN, headers=owner.bearer, params={"cursor": "-1"})).status_code == 400


async def test_others_find_nothing_of_it(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", role="manager")
    await factories.resource(owner)
    stranger = await factories.person(kind="university", role="manager")
    booker = await factories.person(owner.actor.organization_id, role="booker")
    few = await factories.person(owner.actor.organization_id, role="manager")
    await db.execute("UPDATE member SET named_only = true WHERE id = $1", few.actor.member_id)
    for who in (stranger, few):
        assert (await client.get(OWN, headers=who.bearer)).json()["items"] == []
    assert (await client.get(OWN, headers=booker.bearer)).status_code == 403
    assert (await client.get(OWN)).status_code == 401
