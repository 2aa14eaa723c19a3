"""Coming and going: check-in, check-out, what nobody comes to, and what is over."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.attendance import check_in, release_unused
from server.bookings.states import FOLLOWING, Impossible
from server.core import db
from tests import factories
from tests.bookings.lifecycle.test_book import book
from worker import periodic

CLAIMS = """
SELECT unit, lower(during), upper(during) FROM claim WHERE booking_id = $1 AND released_at IS NULL ORDER BY unit
"""


def quarter(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


class Visit:
    """A booking of an SME that began `ago` minutes ago, rounded to a quarter of an hour, and lasts two hours."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, ago: int = 0, minutes: int = 120, units: int = 1, **rules: Any) -> "Visit":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person(role="booker")
        self.resource = await factories.resource(self.owner, units=3, **rules)
        self.starts_at = quarter(datetime.now(UTC) - timedelta(minutes=ago))
        self.ends_at = self.starts_at + timedelta(minutes=minutes)
        guests = [{"email": "ada@example.com"}]
        self.id = await factories.booking(
            self.resource, self.sme, self.starts_at, minutes, units=units, attendees=guests
        )
        await db.execute("UPDATE booking SET confirmed_at = created_at WHERE id = $1", self.id)
        return self

    async def post(self, verb: str, by: factories.Person | None = None, **body: Any) -> httpx.Response:
        who = (by or self.sme).bearer
        return await self.client.post(f"/api/v1/bookings/{self.id}/{verb}", json=body or None, headers=who)

    async def read(self) -> Any:
        return (await self.client.get(f"/api/v1/bookings/{self.id}", headers=self.sme.bearer)).json()

    async def history(self) -> list[tuple[str, str | None]]:
        answer = await self.client.get(f"/api/v1/bookings/{self.id}/history", headers=self.sme.bearer)
        return [(entry["verb"], entry["by"]) for entry in answer.json()]

    async def claims(self) -> list[tuple[int, datetime, datetime]]:
        return [tuple(row) for row in await db.fetch(CLAIMS, self.id)]

    async def owed(self) -> list[tuple[str, str]]:
        return [tuple(row) for row in await db.fetch("SELECT kind, recipient FROM notice ORDER BY position")]


@pytest.fixture
def visit(client: httpx.AsyncClient) -> Visit:
    return Visit(client)


async def test_who_booked_checks_in_and_out(visit: Visit) -> None:
    await visit.begin(ago=16)
    came = await visit.post("check-in")
    assert came.status_code == 200, came.text
    assert came.json()["status"] == "in_use"
    assert came.json()["sequence"] == 0
    again = await visit.post("check-in")
    assert again.json()["version"] == came.json()["version"]
    went = (await visit.post("check-out")).json()
    assert went["status"] == "completed"
    assert went["checked_in_at"] == came.json()["checked_in_at"]
    assert went["checked_out_at"]
    assert (await visit.post("check-out")).json()["version"] == went["version"]
    assert await visit.history() == [("checked_in", visit.sme.actor.name), ("checked_out", visit.sme.actor.name)]


async def test_an_early_finish_gives_the_rest_back(visit: Visit) -> None:
    await visit.begin(ago=16, units=3)
    await visit.post("check-in")
    went = (await visit.post("check-out")).json()
    end = datetime.fromisoformat(went["ends_at"])
    assert visit.starts_at < end < visit.ends_at
    assert end - datetime.now(UTC) <= timedelta(minutes=15)
    assert await visit.claims() == [(unit, visit.starts_at, end) for unit in (1, 2, 3)]
    assert went["sequence"] == 1  # DTEND is another
    assert await visit.owed() == [
        ("finished", visit.sme.actor.email),
        ("finished", "ada@example.com"),
        ("owner_finished", visit.owner.actor.email),
    ]
    other = await factories.person()
    times = {"starts_at": end.isoformat(), "ends_at": visit.ends_at.isoformat()}
    assert (await book(visit.client, other, visit.resource, units=3, **times)).status_code == 201


async def test_in_the_last_step_there_is_nothing_to_give_back(visit: Visit) -> None:
    await visit.begin(minutes=15)
    await visit.post("check-in")
    went = (await visit.post("check-out")).json()
    assert (went["status"], went["sequence"]) == ("completed", 0)
    assert datetime.fromisoformat(went["ends_at"]) == visit.ends_at
    assert await visit.owed() == []


async def test_nobody_checks_in_too_early(visit: Visit) -> None:
    await visit.begin(ago=-60)
    early = await visit.post("check-in")
    assert early.status_code == 422
    assert early.json()["rule"] == "check_in_from_minutes"
    assert early.json()["limit"] == 15
    assert datetime.fromisoformat(early.json()["earliest"]) == visit.starts_at - timedelta(minutes=15)


@pytest.mark.parametrize("status", ["requested", "cancelled", "no_show", "completed"])
async def test_only_what_is_confirmed_can_be_checked_in(visit: Visit, status: str) -> None:
    await visit.begin()
    await db.execute("UPDATE booking SET status = $1", status)
    answer = await visit.post("check-in")
    assert (answer.status_code, answer.json()["status_now"]) == (409, status)


async def test_nobody_checks_out_without_having_come(visit: Visit) -> None:
    await visit.begin()
    assert (await visit.post("check-out")).status_code == 409


async def test_what_is_in_use_is_not_decided_any_more(visit: Visit) -> None:
    await visit.begin()
    await visit.post("check-in")
    assert (await visit.post("approve", visit.owner)).status_code == 409
    assert (await visit.read())["status"] == "in_use"


async def test_the_owner_checks_in_and_staff_with_the_guests_code(visit: Visit) -> None:
    await visit.begin()
    staff = await factories.person(visit.owner.actor.organization_id, role="booker")
    assert (await visit.post("check-in", staff)).status_code == 403
    assert (await visit.post("check-in", staff, code="AAAAAAAA")).status_code == 403
    shown = await visit.client.get(f"/api/v1/bookings/{visit.id}/check-in-code", headers=visit.sme.bearer)
    code = shown.json()["code"]
    assert (await visit.post("check-in", staff, code=f"{code[:4]}-{code[4:].lower()}")).status_code == 200
    await db.execute("UPDATE booking SET status = 'confirmed'")
    assert (await visit.post("check-in", visit.owner)).status_code == 200
    assert await visit.history() == [("checked_in", staff.actor.name), ("checked_in", visit.owner.actor.name)]


async def test_a_strangers_code_opens_nothing(visit: Visit) -> None:
    await visit.begin()
    stranger = await factories.person()
    code = check_in.code_of(visit.id)
    assert (await visit.post("check-in", stranger, code=code)).status_code == 404
    assert (await visit.post("check-out", stranger)).status_code == 404
    shown = await visit.client.get(f"/api/v1/bookings/{visit.id}/check-in-code", headers=stranger.bearer)
    assert shown.status_code == 404


def test_codes_are_of_one_booking_each() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert check_in.is_code(check_in.code_of(one), one)
    assert not check_in.is_code(check_in.code_of(one), other)
    assert not check_in.is_code("", one)


async def test_what_nobody_comes_to_is_released(visit: Visit) -> None:
    await visit.begin(ago=31, check_in_required=True, release_after_minutes=15)
    assert await release_unused.release_unused() == 1
    missed = await visit.read()
    end = datetime.fromisoformat(missed["ends_at"])
    assert (missed["status"], missed["sequence"]) == ("no_show", 1)
    assert await visit.claims() == [(1, visit.starts_at, end)]
    assert end < visit.ends_at
    assert await visit.owed() == [
        ("released", visit.sme.actor.email),
        ("released", "ada@example.com"),
        ("owner_released", visit.owner.actor.email),
    ]
    assert await visit.history() == [("missed", None)]
    assert await periodic.sweep() == 0


@pytest.mark.parametrize(
    ("ago", "rules"),
    [
        (31, {}),
        (31, {"check_in_required": True}),
        (31, {"release_after_minutes": 15}),
        (16, {"check_in_required": True, "release_after_minutes": 60}),
    ],
)
async def test_nothing_is_released_before_its_time_or_unasked(visit: Visit, ago: int, rules: dict[str, Any]) -> None:
    await visit.begin(ago, **rules)
    assert await release_unused.release_unused() == 0
    assert (await visit.read())["status"] == "confirmed"


async def test_what_is_in_use_is_not_released(visit: Visit) -> None:
    await visit.begin(ago=31, check_in_required=True, release_after_minutes=15)
    await visit.post("check-in")
    assert await release_unused.release_unused() == 0


async def test_the_sweep_looks_again_under_the_lock(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who checks in between the look and the lock keeps the time. Without the second look they would lose it."""
    await visit.begin(ago=31, check_in_required=True, release_after_minutes=15)
    (due,) = await db.fetch(release_unused.UNUSED, 1)
    await visit.post("check-in")
    assert not await release_unused._release(due)
    assert (await visit.read())["status"] == "in_use"
    monkeypatch.setattr(release_unused, "IS_UNUSED", "SELECT id FROM booking WHERE id = $1")
    with pytest.raises(Impossible):  # the states would still have stopped it
        await release_unused._release(due)
    monkeypatch.setitem(FOLLOWING, "in_use", frozenset({"no_show"}))
    assert await release_unused._release(due)
    assert (await visit.read())["status"] == "no_show"


@pytest.mark.parametrize(
    ("rules", "came", "becomes"),
    [
        ({}, False, "completed"),
        ({}, True, "completed"),
        ({"check_in_required": True}, True, "completed"),
        ({"check_in_required": True}, False, "no_show"),
    ],
)
async def test_what_is_over_is_completed_or_was_missed(
    visit: Visit, rules: dict[str, Any], came: bool, becomes: str
) -> None:
    await visit.begin(**rules)
    if came:
        await visit.post("check-in")
    assert await release_unused.complete_over() == 0
    back = "starts_at = starts_at - interval '1 day', ends_at = ends_at - interval '1 day'"
    await db.execute(f"UPDATE booking SET {back}")
    assert await release_unused.complete_over() == 1
    over = await visit.read()
    assert (over["status"], over["sequence"]) == (becomes, 0)
    assert await visit.owed() == ([("missed", visit.sme.actor.email)] if becomes == "no_show" else [])
    assert await release_unused.complete_over() == 0


async def test_an_owner_may_demand_check_in_for_all_its_resources(visit: Visit) -> None:
    await visit.begin(ago=31)
    said = '{"check_in_required": true, "release_after_minutes": 15}'
    await db.execute("UPDATE organization SET rules = $1 WHERE id = $2", said, visit.owner.actor.organization_id)
    assert await release_unused.release_unused() == 1
