"""Owners set prices, guests ask and book at them, and what was agreed stays, whatever the owner does later."""

from typing import Any

import asyncpg
import httpx
import pytest

from server.core import db
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at

HOURLY = {"currency": "CNY", "unit": "hour", "amount": "300"}
ANY = {"If-Match": "*"}


class Owner:
    """A university with a resource, and an SME that books there."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, **rules: Any) -> "Owner":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person()
        self.resource = await factories.resource(self.owner, **rules)
        return self

    async def charge(self, rule: dict[str, Any], path: str = "", **who: Any) -> httpx.Response:
        path = path or f"/resources/{self.resource}/prices"
        said = {"rule": rule, **who}
        return await self.client.post(f"/api/v1{path}", json=said, headers=self.owner.bearer)

    async def quote(self, by: factories.Person | None = None, start: str = "", end: str = "") -> Any:
        wanted = {"resource_id": str(self.resource), "starts_at": start or at(9), "ends_at": end or at(11)}
        answer = await self.client.post("/api/v1/quotes", json=wanted, headers=(by or self.sme).bearer)
        assert answer.status_code == 200, answer.text
        return answer.json()["cost"]

    async def book(self, by: factories.Person | None = None, **wanted: Any) -> httpx.Response:
        return await book(self.client, by or self.sme, self.resource, **wanted)

    async def read(self, id: str) -> Any:
        return (await self.client.get(f"/api/v1/bookings/{id}", headers=self.sme.bearer)).json()


@pytest.fixture
async def at_the_owners(client: httpx.AsyncClient) -> Owner:
    return await Owner(client).begin()


async def test_without_a_price_nothing_is_said(at_the_owners: Owner) -> None:
    assert await at_the_owners.quote() is None
    assert (await at_the_owners.book()).json()["cost"] is None


async def test_a_price_is_multiplied_told_and_kept_on_the_booking(at_the_owners: Owner) -> None:
    assert (await at_the_owners.charge(HOURLY)).status_code == 201
    quoted = await at_the_owners.quote()
    assert (quoted["gross"], quoted["currency"]) == ("600.00", "CNY")
    booked = (await at_the_owners.book()).json()
    assert booked["cost"] == quoted


async def test_what_was_agreed_stays_whatever_the_owner_does(at_the_owners: Owner) -> None:
    await at_the_owners.charge(HOURLY)
    booked = (await at_the_owners.book()).json()
    for amount in range(400, 450, 10):
        assert (await at_the_owners.charge(HOURLY | {"amount": str(amount)})).status_code == 201
    assert (await at_the_owners.read(booked["id"]))["cost"] == booked["cost"]
    assert (await at_the_owners.quote())["gross"] == "880.00"


@pytest.mark.parametrize(
    "change",
    [
        """rule = rule || '{"amount": "1"}'""",
        "circle = 'own'",
        "valid = tstzrange(lower(valid) - interval '1 day', NULL)",
    ],
)
async def test_a_price_is_never_changed_and_the_database_sees_to_it(at_the_owners: Owner, change: str) -> None:
    await at_the_owners.charge(HOURLY)
    with pytest.raises(asyncpg.RaiseError, match="never changed"):
        await db.execute(f"UPDATE price_rule SET {change}")


async def test_control_without_its_trigger_a_price_would_be_changed(at_the_owners: Owner) -> None:
    await at_the_owners.charge(HOURLY)
    await db.execute("SET LOCAL ROLE NONE")
    await db.execute("ALTER TABLE price_rule DISABLE TRIGGER price_rule_stays")
    await db.execute("""UPDATE price_rule SET rule = rule || '{"amount": "1"}'""")
    assert (await at_the_owners.quote())["gross"] == "2.00"


async def test_who_stands_nearer_pays_their_own_price(at_the_owners: Owner) -> None:
    partner, inside = await factories.person(verified=False), at_the_owners.owner
    await at_the_owners.charge(HOURLY)
    await at_the_owners.charge(HOURLY | {"amount": "200"}, circle="verified_smes")
    named = str(partner.actor.organization_id)
    assert (await at_the_owners.charge(HOURLY | {"amount": "100"}, partner_id=named)).status_code == 201
    stranger = await factories.person(verified=False)
    found = [await at_the_owners.quote(who) for who in (at_the_owners.sme, partner, stranger, inside)]
    assert [cost and cost["gross"] for cost in found] == ["400.00", "200.00", "600.00", None]
    assert (await at_the_owners.book()).json()["cost"]["gross"] == "400.00"


async def test_the_price_of_a_resource_comes_before_that_of_its_owner(at_the_owners: Owner) -> None:
    await at_the_owners.charge(HOURLY | {"amount": "50"}, "/prices")
    assert (await at_the_owners.quote())["gross"] == "100.00"
    await at_the_owners.charge(HOURLY)
    assert (await at_the_owners.quote())["gross"] == "600.00"
    [own, of_all] = (
        await at_the_owners.client.get(
            f"/api/v1/resources/{at_the_owners.resource}/prices", headers=at_the_owners.owner.bearer
        )
    ).json()
    assert (own["resource_id"], of_all["resource_id"]) == (str(at_the_owners.resource), None)
    gone = await at_the_owners.client.delete(f"/api/v1/prices/{own['id']}", headers=at_the_owners.owner.bearer)
    assert gone.status_code == 204
    assert (await at_the_owners.quote())["gross"] == "100.00"


async def test_a_price_that_is_planned_waits_and_is_not_overlapped(at_the_owners: Owner) -> None:
    await at_the_owners.charge(HOURLY)
    planned = await at_the_owners.charge(HOURLY | {"amount": "500"}, valid_from=at(0, days=30))
    assert planned.status_code == 201, planned.text
    assert (await at_the_owners.quote())["gross"] == "600.00"
    refused = await at_the_owners.charge(HOURLY | {"amount": "400"})
    assert refused.status_code == 409, refused.text
    assert "planned" in refused.json()["detail"]
    past = await at_the_owners.charge(HOURLY, valid_from="2020-01-01T00:00:00Z")
    assert (past.status_code, past.json()["field"]) == (400, "valid_from")


async def test_who_expects_another_total_is_told_before_anything_is_taken(at_the_owners: Owner) -> None:
    await at_the_owners.charge(HOURLY)
    shown = (await at_the_owners.quote())["gross"]
    await at_the_owners.charge(HOURLY | {"amount": "310"})
    refused = await at_the_owners.book(expected_total=shown)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "price-changed")
    now = refused.json()["cost"]["gross"]
    assert now == "620.00"
    assert await db.fetchval("SELECT count(*) FROM claim") == 0
    assert (await at_the_owners.book(expected_total=now)).status_code == 201


async def test_control_without_the_question_the_new_price_would_be_taken_unsaid(
    at_the_owners: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.bookings.lifecycle.book.refuse_unless_costs", lambda expected, cost: None)
    await at_the_owners.charge(HOURLY)
    assert (await at_the_owners.book(expected_total="1")).status_code == 201


async def test_a_move_is_counted_by_the_rule_it_was_booked_by_as_long_as_that_stands(at_the_owners: Owner) -> None:
    kept = (await at_the_owners.charge(HOURLY)).json()
    booked = (await at_the_owners.book()).json()
    nearer = {"rule": HOURLY | {"amount": "1"}, "partner_id": str(at_the_owners.sme.actor.organization_id)}
    prices = f"/api/v1/resources/{at_the_owners.resource}/prices"
    await at_the_owners.client.post(prices, json=nearer, headers=at_the_owners.owner.bearer)
    path, who = f"/api/v1/bookings/{booked['id']}", at_the_owners.sme.bearer | ANY
    longer = (await at_the_owners.client.patch(path, json={"ends_at": at(12)}, headers=who)).json()
    assert (longer["cost"]["gross"], longer["price_rule_id"]) == ("900.00", kept["id"])
    only_words = (await at_the_owners.client.patch(path, json={"purpose": "a test"}, headers=who)).json()
    assert only_words["cost"] == longer["cost"]
    await at_the_owners.client.delete(f"/api/v1/prices/{kept['id']}", headers=at_the_owners.owner.bearer)
    later = (await at_the_owners.client.patch(path, json={"ends_at": at(13)}, headers=who)).json()
    assert later["cost"]["gross"] == "4.00"


async def test_every_occurrence_of_a_series_has_its_cost(at_the_owners: Owner) -> None:
    evening = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "opens": "10:00", "closes": "12:00"}
    await at_the_owners.charge(HOURLY | {"bands": [evening | {"amount": "100"}]})
    wanted = {
        "resource_id": str(at_the_owners.resource), "starts_at": at(9), "ends_at": at(11), "rule": "FREQ=DAILY;COUNT=3",
    }  # fmt: skip
    made = await at_the_owners.client.post("/api/v1/series", json=wanted, headers=at_the_owners.sme.bearer)
    assert made.status_code == 201, made.text
    assert [one["cost"]["gross"] for one in made.json()["bookings"]] == ["400.00"] * 3


async def test_a_price_per_hour_is_a_price(client: httpx.AsyncClient) -> None:
    there = await Owner(client).begin()
    await db.execute("UPDATE resource SET price_per_hour = 120.5, currency = 'CNY'")
    booked = (await there.book()).json()
    assert (booked["cost"]["gross"], booked["price_rule_id"]) == ("241.00", None)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"amount": "-1"}, "amount"),
        ({"unit": "half_day"}, "half_day"),
        ({"grace_minutes": 5}, "step_minutes"),
        ({"unit": "sample", "step_minutes": 30}, "charged by time"),
        ({"floor": "10", "ceiling": "5"}, "floor"),
        ({"amount": "0.0000001"}, "decimals"),
        ({"currency": "yuan"}, "currency"),
    ],
)
async def test_a_rule_that_cannot_hold_is_refused_with_the_reason(
    at_the_owners: Owner, rule: dict[str, Any], why: str
) -> None:
    refused = await at_the_owners.charge(HOURLY | rule)
    assert refused.status_code == 400
    assert why in refused.text


async def test_prices_are_set_by_managers_of_the_resource_only(at_the_owners: Owner) -> None:
    path = f"/api/v1/resources/{at_the_owners.resource}/prices"
    foreign = await at_the_owners.client.post(path, json={"rule": HOURLY}, headers=at_the_owners.sme.bearer)
    assert foreign.status_code == 404
