"""Who has to check in, by when and from when on, is asked of the rules of that day and that circle, as booking is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.bookings.attendance import release_unused
from server.core import db
from server.resources.override_rules import NewOverride, override
from tests import clock, factories

START = datetime(2027, 3, 1, 2, tzinfo=UTC)  # 10:00 in Shanghai
DEMAND = {"check_in_required": True, "release_after_minutes": 15}


async def begun(rules: dict[str, Any], of_the_day: dict[str, Any] | None = None, *, partner: bool = False) -> Any:
    """A booking of two hours, 20 minutes after its start."""
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, **rules)
    await clock.stop_at(START - timedelta(days=1))
    if partner:
        sql = "INSERT INTO partner (id, owner_id, organization_id) VALUES (gen_random_uuid(), $1, $2)"
        await db.execute(sql, owner.actor.organization_id, guest.actor.organization_id)
    if of_the_day is not None:
        day = START.date()
        await override(resource, NewOverride(first_day=day, last_day=day, rules=of_the_day), owner.actor)
    booking = await factories.booking(resource, guest, START, 120)
    await clock.put_to(START + timedelta(minutes=20))
    return booking


@pytest.mark.parametrize(
    ("rules", "of_the_day", "partner", "missed"),
    [
        (DEMAND, None, False, True),
        ({}, DEMAND, False, True),
        (DEMAND, {"check_in_required": False}, False, False),
        (DEMAND, {"release_after_minutes": 30}, False, False),
        (DEMAND, {"release_after_minutes": None}, False, False),
        ({"for_audience": {"verified_smes": DEMAND}}, None, False, True),
        ({"for_audience": {"verified_smes": DEMAND}}, None, True, False),
        ({"for_audience": {"partners": DEMAND}}, None, True, True),
        (DEMAND | {"for_audience": {"partners": {"check_in_required": False}}}, None, True, False),
    ],
)
async def test_no_shows_are_released_by_the_rules_of_their_day_and_circle(
    rolled_back: None, rules: dict[str, Any], of_the_day: dict[str, Any] | None, partner: bool, missed: bool
) -> None:
    booking = await begun(rules, of_the_day, partner=partner)
    assert await release_unused.release_unused() == missed
    status = await db.fetchval("SELECT status FROM booking WHERE id = $1", booking)
    assert status == ("no_show" if missed else "confirmed")


async def test_what_is_over_was_missed_by_the_same_rules(rolled_back: None) -> None:
    booking = await begun({}, {"check_in_required": True})
    await clock.put_to(START + timedelta(hours=3))
    await release_unused.complete_over()
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", booking) == "no_show"


async def test_one_may_check_in_as_early_as_the_day_allows(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    await clock.stop_at(START - timedelta(hours=1))
    day = START.date()
    rules = {"check_in_from_minutes": 60}
    await override(resource, NewOverride(first_day=day, last_day=day, rules=rules), owner.actor)
    booking = await factories.booking(resource, guest, START, 120)
    answer = await client.post(f"/api/v1/bookings/{booking}/check-in", headers=guest.bearer)
    assert answer.status_code == 200, answer.text
