"""Missed bookings and late cancellations count, suspend, and are forgiven."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.bookings.attendance.release_unused import release_unused
from server.bookings.capacity import occupancy
from server.bookings.rules import rules
from server.bookings.rules.audience import not_suspended, suspended_until
from server.core import db
from server.resources.rules.schemas import Rules
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at

POLICY: dict[str, Any] = {"suspend_at_strikes": 3, "strikes_within_days": 90, "suspended_for_days": 30}
DEMANDED: dict[str, Any] = {"check_in_required": True, "release_after_minutes": 15}
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def days_ago(*days: int) -> list[datetime]:
    return [NOW - timedelta(days=one) for one in days]


@pytest.mark.parametrize(
    ("struck", "until"),
    [
        ([], None),
        ([1, 2], None),
        ([1, 2, 3], 29),
        ([29, 40, 50], 1),
        ([31, 40, 50], None),
        ([1, 50, 100], None),  # not within 90 days
        ([1, 2, 3, 4], 29),
        ([100, 20, 10, 5], 25),
    ],
)
def test_so_many_strikes_within_a_period_suspend_for_a_while(struck: list[int], until: int | None) -> None:
    ends = suspended_until(days_ago(*struck), Rules(**POLICY), NOW)
    assert ends == (None if until is None else NOW + timedelta(days=until))


def test_without_a_policy_nothing_suspends() -> None:
    assert suspended_until(days_ago(1, 1, 1, 1), Rules(), NOW) is None


class Court:
    """An owner with a policy, and an SME's member who has been struck."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, **rules: Any) -> "Court":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person(role="booker")
        self.resource = await factories.resource(self.owner, **(POLICY | DEMANDED | rules))
        return self

    async def miss(self, times: int = 1, by: factories.Person | None = None) -> None:
        for _ in range(times):
            begun = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
            resource = await factories.resource(self.owner, **(POLICY | DEMANDED))
            await factories.booking(resource, by or self.sme, begun, 300)
        assert await release_unused() == times

    async def get(self, path: str, by: factories.Person | None = None) -> Any:
        return (await self.client.get(f"/api/v1/{path}", headers=(by or self.sme).bearer)).json()

    async def post(self, path: str, by: factories.Person, **body: Any) -> httpx.Response:
        return await self.client.post(f"/api/v1/{path}", json=body or None, headers=by.bearer)

    async def owed(self) -> list[tuple[str, str]]:
        return [tuple(row) for row in await db.fetch("SELECT kind, recipient FROM notice ORDER BY position")]


@pytest.fixture
async def court(client: httpx.AsyncClient) -> Court:
    return await Court(client).begin()


async def test_two_strikes_are_no_matter_and_three_suspend(court: Court) -> None:
    await court.miss(2)
    assert (await book(court.client, court.sme, court.resource)).status_code == 201
    assert await db.fetchval("SELECT count(*) FROM notice WHERE kind = 'struck'") == 2
    await court.miss()
    refused = await book(court.client, court.sme, court.resource, starts_at=at(13), ends_at=at(15))
    problem = refused.json()
    assert (refused.status_code, problem["rule"], problem["limit"], problem["actual"]) == (422, "suspended", 3, 3)
    assert "appeal" in problem["remedy"]
    until = datetime.fromisoformat(problem["until"])
    assert timedelta(days=29) < until - datetime.now(UTC) <= timedelta(days=30)
    assert ("suspended", court.sme.actor.email) in await court.owed()


async def test_the_suspended_are_offered_nothing_and_told_why(court: Court) -> None:
    await court.miss(3)
    window = {"from": at(8), "to": at(18)}
    path = f"/api/v1/resources/{court.resource}/availability"
    shown = (await court.client.get(path, params=window, headers=court.sme.bearer)).json()
    assert shown["free"] == []
    assert shown["suspended_until"]
    other = (await court.client.get(path, params=window, headers=(await factories.person()).bearer)).json()
    assert (len(other["free"]), other["suspended_until"]) == (1, None)
    exactly = {"free_from": at(9), "free_to": at(10), "owner": str(court.owner.actor.organization_id)}
    found = await court.client.get("/api/v1/resources", params=exactly, headers=court.sme.bearer)
    assert found.json()["items"] == []


async def test_suspension_is_one_owners_and_one_members(court: Court) -> None:
    await court.miss(3)
    elsewhere = await factories.resource(await factories.person(kind="university"), **POLICY)
    assert (await book(court.client, court.sme, elsewhere)).status_code == 201
    colleague = await factories.person(court.sme.actor.organization_id)
    assert (await book(court.client, colleague, court.resource)).status_code == 201


async def test_an_appeal_is_heard_and_a_forgiven_strike_counts_no_longer(court: Court) -> None:
    await court.miss(3)
    strikes = (await court.get("strikes"))["items"]
    assert [one["kind"] for one in strikes] == ["no_show"] * 3
    assert (await court.get("strikes", court.owner))["items"] == strikes
    await db.execute("DELETE FROM notice")
    for _ in range(2):
        appealed = await court.post(f"strikes/{strikes[0]['id']}/appeal", court.sme, text="火车晚点")
        assert appealed.json()["appeal"] == "火车晚点", appealed.text
    for _ in range(2):
        forgiven = await court.post(f"strikes/{strikes[0]['id']}/forgive", court.owner)
        assert forgiven.json()["forgiven_at"], forgiven.text
    assert await court.owed() == [
        ("owner_appealed", court.owner.actor.email),
        ("forgiven", court.sme.actor.email),
    ]
    assert (await book(court.client, court.sme, court.resource)).status_code == 201
    late = await court.post(f"strikes/{strikes[0]['id']}/appeal", court.sme, text="again")
    assert late.status_code == 409


async def test_strikes_are_seen_by_the_member_and_the_owner_only(court: Court) -> None:
    await court.miss()
    (strike,) = (await court.get("strikes"))["items"]
    stranger = await factories.person()
    colleague = await factories.person(court.sme.actor.organization_id)
    for other in (stranger, colleague):
        assert (await court.get("strikes", other))["items"] == []
        assert (await court.post(f"strikes/{strike['id']}/appeal", other, text="x")).status_code == 404
        assert (await court.post(f"strikes/{strike['id']}/forgive", other)).status_code == 404
    assert (await court.post(f"strikes/{strike['id']}/forgive", court.sme)).status_code == 403
    assert (await court.post(f"strikes/{strike['id']}/appeal", court.owner, text="x")).status_code == 404


async def test_where_strikes_count_a_late_cancellation_is_let_through_as_one(court: Court) -> None:
    resource = await factories.resource(court.owner, cancel_minutes=60 * 24 * 30, **POLICY)
    booking = (await book(court.client, court.sme, resource)).json()
    cancelled = await court.post(f"bookings/{booking['id']}/cancel", court.sme)
    assert cancelled.json()["status"] == "cancelled", cancelled.text
    assert [one["kind"] for one in (await court.get("strikes"))["items"]] == ["late_cancellation"]
    strict = await factories.resource(court.owner, cancel_minutes=60 * 24 * 30)
    booking = (await book(court.client, court.sme, strict)).json()
    assert (await court.post(f"bookings/{booking['id']}/cancel", court.sme)).json()["rule"] == "cancel_minutes"


async def test_in_time_or_by_the_owner_it_is_no_strike(court: Court) -> None:
    resource = await factories.resource(court.owner, cancel_minutes=60, **POLICY)
    booking = (await book(court.client, court.sme, resource)).json()
    await court.post(f"bookings/{booking['id']}/cancel", court.sme)
    late = await factories.resource(court.owner, cancel_minutes=60 * 24 * 30, **POLICY)
    booking = (await book(court.client, court.sme, late)).json()
    await court.post(f"bookings/{booking['id']}/cancel", court.owner)
    assert (await court.get("strikes"))["items"] == []


async def test_owners_strike_neither_their_own_people_nor_without_a_policy(court: Court) -> None:
    await court.miss(by=court.owner)
    assert (await court.get("strikes", court.owner))["items"] == []
    lax = await factories.resource(court.owner, **DEMANDED)
    begun = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    await factories.booking(lax, court.sme, begun, 300)
    assert await release_unused() == 1
    assert (await court.get("strikes"))["items"] == []


async def test_without_the_rule_the_suspended_would_book(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control, for booking and for availability: each asks by itself."""
    await court.miss(3)
    window = {"from": at(8), "to": at(18)}
    path = f"/api/v1/resources/{court.resource}/availability"
    monkeypatch.setattr(occupancy, "suspended_until", lambda *_: None)
    offered = (await court.client.get(path, params=window, headers=court.sme.bearer)).json()
    assert offered["free"]  # what booking refuses
    assert (await book(court.client, court.sme, court.resource)).status_code == 422
    monkeypatch.setattr(rules, "RULES", tuple(rule for rule in rules.RULES if rule is not not_suspended))
    assert (await book(court.client, court.sme, court.resource)).status_code == 201  # the harm
