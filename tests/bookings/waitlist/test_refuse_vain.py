"""Nobody waits in vain: what can never be met is refused when it is wished for, with the reason."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from server.bookings.waitlist import wait
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at, monday_weeks_ahead

MORNINGS = [(day * 1440 + 8 * 60, day * 1440 + 12 * 60) for day in range(5)]
SUNDAY = monday_weeks_ahead(2) + 6
MONDAY = monday_weeks_ahead(2)


async def wish(
    client: httpx.AsyncClient, resource: Any, guest: factories.Person, day: int = MONDAY, **more: Any
) -> httpx.Response:
    body = {"resource_id": str(resource), "from": at(9, days=day), "to": at(11, days=day), "minutes": 120} | more
    return await client.post("/api/v1/waitlist", json=body, headers=guest.bearer)


async def taken(client: httpx.AsyncClient, **rules: Any) -> tuple[Any, factories.Person]:
    """A resource whose Monday morning is taken, and a guest who wants it."""
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner, **rules)
    made = await book(client, owner, resource, starts_at=at(8, days=MONDAY), ends_at=at(12, days=MONDAY))
    assert made.status_code == 201, made.text
    return resource, await factories.person()


@pytest.mark.parametrize(
    ("rules", "wished", "rule"),
    [
        ({"max_minutes": 240}, {"to": at(17, days=MONDAY), "minutes": 300}, "max_minutes"),
        ({"hours": MORNINGS}, {"day": SUNDAY}, "opening_hours"),
        ({"hours": MORNINGS, "max_minutes": 480}, {"to": at(17, days=MONDAY), "minutes": 300}, "opening_hours"),
        ({"audience": "own"}, {}, "audience"),
        ({"max_units": 1, "units": 2}, {"units": 2}, "max_units"),
        ({"quotas": [{"bookings": 0}]}, {}, "quotas"),
        ({"lead_minutes": 60 * 24 * 60}, {}, "lead_minutes"),
    ],
)
async def test_what_can_never_be_met_is_refused_with_the_reason(
    client: httpx.AsyncClient, rules: dict[str, Any], wished: dict[str, Any], rule: str
) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner, **rules)
    await factories.booking(
        resource, owner, datetime.fromisoformat(at(8, days=MONDAY)), 240, units=rules.get("units", 1)
    )
    answer = await wish(client, resource, await factories.person(), **wished)
    assert (answer.status_code, answer.json().get("rule")) == (422, rule), answer.text


async def test_what_is_free_is_to_be_booked(client: httpx.AsyncClient) -> None:
    resource, guest = await taken(client)
    afternoon: dict[str, Any] = {"from": at(13, days=MONDAY), "to": at(15, days=MONDAY)}
    answer = await wish(client, resource, guest, **afternoon)
    assert (answer.status_code, answer.json()["rule"]) == (422, "waiting_free")


async def test_the_same_wish_is_kept_once(client: httpx.AsyncClient) -> None:
    resource, guest = await taken(client)
    assert (await wish(client, resource, guest)).status_code == 201
    again = await wish(client, resource, guest)
    assert (again.status_code, again.json()["rule"]) == (422, "waiting_twice")
    assert (await wish(client, resource, guest, minutes=60)).status_code == 201
    assert (await wish(client, resource, await factories.person())).status_code == 201


async def test_what_may_still_come_is_waited_for(client: httpx.AsyncClient) -> None:
    """A day beyond the horizon comes near, a quota is freed by a cancellation, a qualification can be had."""
    resource, guest = await taken(client, quotas=[{"period": "week", "bookings": 1}])
    mine = await book(client, guest, resource, starts_at=at(13, days=MONDAY), ends_at=at(14, days=MONDAY))
    assert mine.status_code == 201
    assert (await wish(client, resource, guest)).status_code == 201
    far, other = await factories.resource(await factories.person(), horizon_days=2), await factories.person()
    assert (await wish(client, far, other)).status_code == 201


async def test_control_without_the_refusal_one_would_wait_for_ever(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: Any) -> None: ...

    resource, guest = await taken(client, max_minutes=240)
    monkeypatch.setattr(wait, "refuse_vain", nothing)
    answer = await wish(client, resource, guest, to=at(17, days=MONDAY), minutes=300)
    assert answer.status_code == 201
