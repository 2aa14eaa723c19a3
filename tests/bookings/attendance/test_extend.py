"""Extending a booking that is in use: only into time that is free right after it, and by the rules."""

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from server.bookings.attendance import extend
from server.core import db
from tests import factories
from tests.bookings.attendance.test_attendance import Visit


class Stay(Visit):
    """A visit of two hours that has begun, on a resource with one unit unless told otherwise."""

    async def begin(self, ago: int = 16, minutes: int = 120, units: int = 1, **rules: Any) -> "Stay":
        total = rules.pop("total", 1)
        await super().begin(ago, minutes, units, **rules)
        await db.execute("UPDATE resource SET units = $2 WHERE id = $1", self.resource, total)
        assert (await self.post("check-in")).status_code == 200
        return self

    async def until(self, minutes: int, by: factories.Person | None = None) -> httpx.Response:
        """Extend by so many minutes."""
        return await self.post("extend", by, ends_at=(self.ends_at + timedelta(minutes=minutes)).isoformat())

    async def next(self, minutes: int, unit: int = 1) -> None:
        """Somebody comes so many minutes after its end."""
        starts_at = self.ends_at + timedelta(minutes=minutes)
        id = await factories.booking(self.resource, await factories.person(), starts_at, 60, status="confirmed")
        await db.execute("UPDATE claim SET unit = $2 WHERE booking_id = $1", id, unit)


@pytest.fixture
def stay(client: httpx.AsyncClient) -> Stay:
    return Stay(client)


async def test_what_is_in_use_ends_later_and_calendars_learn_of_it(stay: Stay) -> None:
    await stay.begin()
    extended = await stay.until(60)
    assert extended.status_code == 200, extended.text
    booking = extended.json()
    assert datetime.fromisoformat(booking["ends_at"]) == stay.ends_at + timedelta(minutes=60)
    assert (booking["status"], booking["sequence"]) == ("in_use", 1)
    assert await stay.claims() == [(1, stay.starts_at, stay.ends_at + timedelta(minutes=60))]
    assert {kind for kind, _ in await stay.owed()} == {"moved", "owner_moved"}
    assert (await stay.history())[-1] == ("extended", stay.sme.actor.name)
    assert (await stay.until(60)).json()["version"] == booking["version"]  # a second time changes nothing
    assert (await stay.post("check-out")).status_code == 200


async def test_nobody_who_comes_next_is_driven_out(stay: Stay) -> None:
    await stay.begin(buffer_after_minutes=15)
    await stay.next(60)
    refused = (await stay.until(60)).json()
    assert refused["status"] == 409
    assert [clash["kind"] for clash in refused["clashes"]] == ["booking"]
    assert datetime.fromisoformat(refused["latest"]) == stay.ends_at + timedelta(minutes=45)
    assert (await stay.post("extend", ends_at=refused["latest"])).status_code == 200
    assert "latest" not in (await stay.until(60)).json()


async def test_it_stays_on_its_unit(stay: Stay) -> None:
    await stay.begin(total=2)
    await stay.next(0, unit=2)
    assert (await stay.until(30)).json()["unit_numbers"] == [1]
    await stay.next(30)
    assert (await stay.until(60)).status_code == 409  # the guest sits there: another unit does not help


@pytest.mark.parametrize(
    ("rules", "rule"),
    [
        ({"max_minutes": 150}, "max_minutes"),
        ({"step_minutes": 60}, "step_minutes"),
        ({"quotas": [{"period": "day", "minutes": 150}]}, "quotas"),
        ({"approval_above_minutes": 150}, "approval"),
    ],
)
async def test_it_keeps_to_the_rules(stay: Stay, rules: dict[str, Any], rule: str) -> None:
    await stay.begin()
    await db.execute("UPDATE resource SET rules = $2 WHERE id = $1", stay.resource, _json(rules))
    refused = await stay.until(45)
    assert (refused.status_code, refused.json()["rule"]) == (422, rule), refused.text
    assert refused.json()["remedy"]
    assert (await stay.read())["sequence"] == 0


async def test_how_long_ahead_one_books_is_no_matter_and_the_owner_needs_no_approval(stay: Stay) -> None:
    await stay.begin()
    await db.execute("UPDATE resource SET rules = $2 WHERE id = $1", stay.resource, _json({"lead_minutes": 1440}))
    assert (await stay.until(30)).status_code == 200
    rules = _json({"approval_above_minutes": 120})
    await db.execute("UPDATE resource SET rules = $2 WHERE id = $1", stay.resource, rules)
    assert (await stay.until(60, stay.owner)).status_code == 200


async def test_only_what_is_in_use_is_extended_and_only_by_those_who_may(stay: Stay) -> None:
    await stay.begin()
    assert (await stay.until(-30)).status_code == 400
    stranger = await factories.person()
    assert (await stay.until(30, stranger)).status_code == 404
    colleague = await factories.person(stay.sme.actor.organization_id, role="booker")
    assert (await stay.until(30, colleague)).status_code == 403
    await db.execute("UPDATE booking SET status = 'confirmed' WHERE id = $1", stay.id)
    assert (await stay.until(30)).status_code == 409


async def test_without_the_rules_it_would_stay_as_long_as_it_likes(stay: Stay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    await stay.begin()
    await db.execute("UPDATE resource SET rules = $2 WHERE id = $1", stay.resource, _json({"max_minutes": 150}))
    monkeypatch.setattr(extend, "RULES", ())
    assert (await stay.until(600)).status_code == 200  # the harm


def _json(rules: dict[str, Any]) -> str:

    return json.dumps(rules)
