"""Who closes on public holidays says of which country: through every door, and never silently open."""

from typing import Any

import httpx
import pytest

from server.core import db
from server.resources import save
from server.resources.imports.import_list import import_list
from server.resources.rules.schemas import closes_without_country
from tests import factories
from tests.factories import Person

CLOSED = {"holidays": "closed"}
RESOURCE = {"kind": "equipment", "name": "炉", "time_zone": "Asia/Shanghai"}


@pytest.fixture
async def owner(client: httpx.AsyncClient) -> Person:
    return await factories.person(kind="large_enterprise")


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"rules": CLOSED}, True),
        ({"rules": CLOSED, "country": "ZZ"}, True),
        ({"rules": {"for_audience": {"own": CLOSED}}}, True),
        ({"rules": CLOSED, "country": "CN"}, False),
        ({"rules": {"holidays": "open"}}, False),
        ({}, False),
    ],
)
async def test_a_resource_that_closes_on_holidays_names_a_country(
    client: httpx.AsyncClient, owner: Person, said: dict[str, Any], refused: bool
) -> None:
    made = await client.post("/api/v1/resources", json=RESOURCE | said, headers=owner.bearer)
    assert made.status_code == (422 if refused else 201), made.text
    if refused:
        assert made.json()["type"].endswith("/country-needed")


async def test_neither_a_rule_nor_a_country_is_changed_so_that_it_would_be_open_unsaid(
    client: httpx.AsyncClient, owner: Person
) -> None:
    plain = (await client.post("/api/v1/resources", json=RESOURCE, headers=owner.bearer)).json()
    address = f"/api/v1/resources/{plain['id']}"
    changed = await client.patch(address, json={"rules": CLOSED}, headers=owner.bearer | {"If-Match": "*"})
    assert changed.status_code == 422, changed.text
    days = {"first_day": "2027-01-01", "last_day": "2027-01-02", "rules": CLOSED}
    assert (await client.post(f"{address}/rule-overrides", json=days, headers=owner.bearer)).status_code == 422
    whole = await client.patch("/api/v1/organization/rules", json=CLOSED, headers=owner.bearer)
    assert whole.status_code == 422, whole.text
    assert "炉" in whole.json()["detail"]
    both = {"rules": CLOSED, "country": "CN"}
    assert (await client.patch(address, json=both, headers=owner.bearer | {"If-Match": "*"})).status_code == 200
    gone = await client.patch(address, json={"country": ""}, headers=owner.bearer | {"If-Match": "*"})
    assert gone.status_code == 422


async def test_a_list_of_an_owner_who_closes_on_holidays_is_refused_row_by_row(
    client: httpx.AsyncClient, owner: Person
) -> None:
    await client.patch("/api/v1/organization/rules", json=CLOSED, headers=owner.bearer)
    sheet = "name,kind,time_zone,country\n炉甲,equipment,Asia/Shanghai,\n炉乙,equipment,Asia/Shanghai,CN\n".encode()
    report = await import_list(sheet, owner.actor.organization_id)
    said = {row.name: (row.outcome, [one.column for one in row.reasons]) for row in report.rows}
    assert said == {"炉甲": ("refused", ["country"]), "炉乙": ("created", [])}


async def test_control_without_the_refusal_it_is_open_on_new_year(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert closes_without_country("", CLOSED)
    monkeypatch.setattr(save, "closes_without_country", lambda *_: False)
    made = await client.post("/api/v1/resources", json=RESOURCE | {"rules": CLOSED}, headers=owner.bearer)
    assert made.status_code == 201
    assert await db.fetchval("SELECT country FROM resource WHERE id = $1::text::uuid", made.json()["id"]) == ""
