"""Rules that real owners apply, each written as configuration, with a booking that it lets through and one it refuses.

Taken from public price lists and regulations; the place stands with each. Only what concerns time is here, not money.
"""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from server.core import db
from tests import clock, factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at, monday_weeks_ahead

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
WEEK = [*WORKDAYS, "sat", "sun"]


def weekly(opens: str, closes: str, days: list[str] = WEEK) -> dict[str, Any]:
    return {"days": days, "opens": opens, "closes": closes}


class Owner:
    """An owner with one resource under its rules, and a guest."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def says(self, units: int = 1, **rules: Any) -> "Owner":
        self.owner = await factories.person(kind="university")
        self.guest = await factories.person()
        self.resource = await factories.resource(self.owner, units=units, **rules)
        return self

    async def answers(
        self, start: float, end: float, *, day: int = 7, person: factories.Person | None = None, **more: Any
    ) -> httpx.Response:
        """To a booking between two local hours of a day."""
        times = {"starts_at": at(0, int(start * 60), days=day), "ends_at": at(0, int(end * 60), days=day)}
        return await book(self.client, person or self.guest, self.resource, **times, **more)

    async def offered(self, start: str, end: str) -> list[tuple[str, str]]:
        path = f"/api/v1/resources/{self.resource}/availability"
        answer = await self.client.get(path, params={"from": start, "to": end}, headers=self.guest.bearer)
        return [(free["starts_at"], free["ends_at"]) for free in answer.json()["free"]]

    async def accepts(self, start: float, end: float, **more: Any) -> dict[str, Any]:
        answer = await self.answers(start, end, **more)
        assert answer.status_code == 201, answer.text
        booking: dict[str, Any] = answer.json()
        return booking

    async def refuses(self, rule: str, start: float, end: float, **more: Any) -> dict[str, Any]:
        answer = await self.answers(start, end, **more)
        assert answer.status_code == 422, answer.text
        problem: dict[str, Any] = answer.json()
        assert problem["rule"] == rule, problem
        assert problem["remedy"]
        assert {"limit", "actual"} <= problem.keys() or rule == "opening_hours"
        return problem


@pytest.fixture
def owner(client: httpx.AsyncClient) -> Owner:
    return Owner(client)


async def named_partner(owner: Owner, person: factories.Person) -> None:
    body = {"organization_id": str(person.actor.organization_id)}
    answer = await owner.client.post("/api/v1/partners", json=body, headers=owner.owner.bearer)
    assert answer.status_code == 201, answer.text


async def test_3_half_days_are_the_unit(owner: Owner) -> None:
    await owner.says(blocks=[weekly("08:00", "12:00"), weekly("13:00", "17:00")])
    await owner.accepts(8, 12)
    problem = await owner.refuses("blocks", 9, 12, day=8)
    assert {"starts_at": at(8, days=8), "ends_at": at(12, days=8)} in problem["open"]
    await owner.refuses("blocks", 8, 17, day=8)


async def test_3_a_week_is_one_slot(owner: Owner) -> None:
    """浙大 centrifuge: one-week slots."""
    monday = monday_weeks_ahead(2)
    await owner.says(blocks=[weekly("00:00", "00:00")], min_minutes=10080, max_minutes=10080)
    await owner.accepts(0, 7 * 24, day=monday)
    await owner.refuses("min_minutes", 0, 5 * 24, day=monday + 7)


async def test_3_week_slots_start_on_mondays(owner: Owner) -> None:
    """浙大 centrifuge: a slot is a week from Monday on; two of them follow each other."""
    monday = monday_weeks_ahead(2)
    await owner.says(blocks=[weekly("00:00", "00:00", ["mon"]) | {"days_long": 7}])
    problem = await owner.refuses("blocks", 0, 7 * 24, day=monday + 1)
    assert {"starts_at": at(0, days=monday), "ends_at": at(0, days=monday + 7)} in problem["open"]
    assert await owner.offered(at(0, days=monday - 3), at(0, days=monday + 16)) == [
        (at(0, days=monday), at(0, days=monday + 14))
    ]
    await owner.accepts(0, 7 * 24, day=monday)
    await owner.accepts(0, 14 * 24, day=monday + 7)


async def test_4_half_hours_are_the_step(owner: Owner) -> None:
    """阳明交大, 长庚."""
    await owner.says(step_minutes=30, min_minutes=60)
    await owner.accepts(9, 10.5)
    problem = await owner.refuses("step_minutes", 13.25, 14.5)
    assert problem["earliest"] == at(13, 30)


async def test_5_at_least_two_hours_and_longer_needs_approval(owner: Owner) -> None:
    """厦大 CT; Louisville: steps of two hours, longer by approval."""
    await owner.says(step_minutes=120, min_minutes=120, approval_above_minutes=240)
    await owner.refuses("step_minutes", 8, 9)
    assert (await owner.accepts(8, 12))["status"] == "confirmed"
    assert (await owner.accepts(12, 18))["status"] == "requested"


async def test_5_a_block_of_eight_hours(owner: Owner) -> None:
    """Edinburgh."""
    await owner.says(step_minutes=60, min_minutes=480, max_minutes=480)
    await owner.accepts(8, 16)
    await owner.refuses("min_minutes", 16, 20)
    await owner.refuses("max_minutes", 8, 20, day=8)


async def test_6_twelve_hours_a_day_at_most(owner: Owner) -> None:
    """A cap per day, as of time."""
    await owner.says(quotas=[{"period": "day", "minutes": 720}])
    await owner.accepts(0, 8)
    problem = await owner.refuses("quotas", 9, 14)
    assert (problem["limit"], problem["actual"], problem["earliest"]) == (720, 780, at(0, days=8))
    await owner.accepts(9, 13)
    await owner.accepts(9, 14, day=8)


async def test_7_evenings_are_sold_in_blocks_past_midnight(owner: Owner) -> None:
    """HUST: 17:30–20:30, 20:30–24:00, 24:00–07:00; OMU: half days 9–21 and 21–9."""
    await owner.says(blocks=[weekly("17:30", "20:30"), weekly("20:30", "00:00"), weekly("00:00", "07:00")])
    await owner.accepts(17.5, 31)
    await owner.refuses("blocks", 18, 24, day=9)
    await owner.refuses("blocks", 9, 12, day=9)
    await owner.says(blocks=[weekly("09:00", "21:00"), weekly("21:00", "09:00")])
    await owner.accepts(21, 33)
    await owner.refuses("blocks", 0, 9, day=9)


async def test_7_the_next_evening_block_needs_the_one_before_it(owner: Owner) -> None:
    """HUST: of 17:30–20:30, 20:30–24:00 and 24:00–07:00 the second needs the first taken, the third the second."""
    late = [weekly("20:30", "00:00"), weekly("00:00", "07:00")]
    await owner.says(blocks=[weekly("17:30", "20:30"), *({**one, "needs_previous": True} for one in late)])
    ends = ((20, 30), (24, 0), (31, 0))
    assert await owner.offered(at(12), at(12, days=8)) == [(at(17, 30), at(*end)) for end in ends]
    problem = await owner.refuses("needs_previous", 20.5, 24)
    assert problem["open"] == [{"starts_at": at(17, 30), "ends_at": at(24)}]
    await owner.refuses("needs_previous", 24, 31)
    await owner.accepts(17.5, 20.5)
    assert await owner.offered(at(12), at(12, days=8)) == [(at(20, 30), at(*end)) for end in ends[1:]]
    assert await owner.offered(at(20, 30), at(12, days=8)) == [(at(20, 30), at(*end)) for end in ends[1:]]
    await owner.refuses("needs_previous", 24, 31)
    await owner.accepts(20.5, 24, person=await factories.person())  # the first is taken, whoever has it
    await owner.accepts(24, 31)
    await owner.accepts(17.5, 31, day=8)


async def test_9_lead_times(owner: Owner) -> None:
    """上科大: three days for oneself, one month for the liquid-handling robot."""
    await owner.says(lead_minutes=30 * 1440)
    problem = await owner.refuses("lead_minutes", 9, 10)
    assert problem["earliest"] > at(0, days=29)
    await owner.accepts(9, 10, day=31)


async def test_9_outsiders_look_two_weeks_ahead_and_the_owners_group_a_month(owner: Owner) -> None:
    """CUHK BME."""
    await owner.says(horizon_days=14, for_audience={"own": {"horizon_days": 31}})
    await owner.refuses("horizon_days", 9, 10, day=20)
    await owner.accepts(9, 10, day=20, person=owner.owner)
    await owner.accepts(9, 10, day=10)


async def test_10_seven_days_and_four_slots_a_day(owner: Owner) -> None:
    """A lab's rules; counted per group, not per person."""
    await owner.says(units=9, horizon_days=7, quotas=[{"period": "day", "bookings": 4}])
    colleague = await factories.person(owner.guest.actor.organization_id, role="booker")
    for number in range(4):
        await owner.accepts(9 + number, 10 + number, day=3, person=colleague if number % 2 else owner.guest)
    problem = await owner.refuses("quotas", 15, 16, day=3, person=colleague)
    assert (problem["limit"], problem["actual"], problem["per"]) == (4, 5, "organization")
    await owner.accepts(15, 16, day=3, person=await factories.person())
    await owner.refuses("horizon_days", 9, 10, day=9)


async def test_10_three_peak_sessions_a_week(owner: Owner) -> None:
    """Singapore SIMBA."""
    peak = [weekly("09:00", "18:00", WORKDAYS)]
    await owner.says(quotas=[{"period": "week", "bookings": 3, "per": "member", "during": peak}])
    monday = monday_weeks_ahead(2)
    for day in range(3):
        await owner.accepts(9, 11, day=monday + day)
    await owner.refuses("quotas", 17, 19, day=monday + 3)
    await owner.accepts(18, 19, day=monday + 3)
    await owner.accepts(9, 11, day=monday + 7)


async def test_10_one_night_a_week(owner: Owner) -> None:
    """Oxford NMR."""
    nights = [weekly("22:00", "06:00")]
    await owner.says(quotas=[{"period": "week", "bookings": 1, "during": nights}])
    monday = monday_weeks_ahead(2)
    await owner.accepts(20, 30, day=monday)
    await owner.refuses("quotas", 20, 30, day=monday + 2)
    await owner.accepts(12, 20, day=monday + 2)


async def test_10_two_bookings_at_a_time_on_all_instruments(owner: Owner) -> None:
    quotas = [{"bookings": 2, "across": "owner"}]
    await owner.says(quotas=quotas)
    second = await factories.resource(owner.owner, quotas=quotas)
    await owner.accepts(9, 10)
    first = await book(owner.client, owner.guest, second)
    assert first.status_code == 201
    problem = await owner.refuses("quotas", 12, 13)
    assert (problem["limit"], problem["actual"], problem["across"]) == (2, 3, "owner")
    path = f"/api/v1/bookings/{first.json()['id']}/cancel"
    assert (await owner.client.post(path, headers=owner.guest.bearer)).status_code == 200
    await owner.accepts(12, 13)


@pytest.mark.parametrize("minutes", [24 * 60, 3 * 1440, 14 * 1440])
async def test_11_until_when_one_may_cancel(owner: Owner, minutes: int) -> None:
    """24 hours (石油大学, HUST), 3 days for cryogenic systems (NTU), 14 days for test tracks (CETRAN)."""
    await owner.says(cancel_minutes=minutes)
    late, early = await owner.accepts(9, 10, day=30), await owner.accepts(10, 11, day=30)
    await clock.stop_at(datetime.fromisoformat(at(9, 1, days=30)) - timedelta(minutes=minutes))
    assert await cancelled(owner, early["id"], owner.guest) == 200
    answer = await owner.client.post(f"/api/v1/bookings/{late['id']}/cancel", headers=owner.guest.bearer)
    assert answer.status_code == 422
    assert (answer.json()["rule"], answer.json()["limit"]) == ("cancel_minutes", minutes)
    assert "ask the owner" in answer.json()["remedy"]
    moving = {"starts_at": at(9, days=40), "ends_at": at(10, days=40)}
    path, headers = f"/api/v1/bookings/{late['id']}", owner.guest.bearer | {"If-Match": "*"}
    moved = await owner.client.patch(path, json=moving, headers=headers)
    assert (moved.status_code, moved.json()["rule"]) == (422, "cancel_minutes")
    words = await owner.client.patch(path, json={"purpose": "ok"}, headers=headers)
    assert words.status_code == 200, "words may change"
    assert await cancelled(owner, late["id"], owner.owner) == 200


async def cancelled(owner: Owner, id: str, person: factories.Person) -> int:
    return (await owner.client.post(f"/api/v1/bookings/{id}/cancel", headers=person.bearer)).status_code


async def test_14_novices_come_on_weekdays_from_9_to_18(owner: Owner) -> None:
    """Singapore: until they are autonomous, which the owner says by naming their organization a partner."""
    await owner.says(
        bookable_hours=[weekly("09:00", "18:00", WORKDAYS)], for_audience={"partners": {"bookable_hours": None}}
    )
    monday = monday_weeks_ahead(2)
    await owner.accepts(9, 18, day=monday)
    problem = await owner.refuses("bookable_hours", 18, 20, day=monday)
    assert problem["limit"] == [weekly("09:00", "18:00", WORKDAYS)]
    await owner.refuses("bookable_hours", 9, 12, day=monday + 5)
    autonomous = await factories.person()
    await named_partner(owner, autonomous)
    await owner.accepts(18, 20, day=monday, person=autonomous)


async def test_15_the_first_time_needs_approval(owner: Owner) -> None:
    await owner.says(approval_first_time=True)
    first = await owner.accepts(9, 10)
    assert first["status"] == "requested"
    path = f"/api/v1/bookings/{first['id']}/approve"
    assert (await owner.client.post(path, headers=owner.owner.bearer)).status_code == 200
    assert (await owner.accepts(10, 11))["status"] == "confirmed"
    colleague = await factories.person(owner.guest.actor.organization_id)
    assert (await owner.accepts(11, 12, person=colleague))["status"] == "requested"


async def test_15_outside_office_hours_needs_approval(owner: Owner) -> None:
    await owner.says(approval_outside=[weekly("09:00", "17:00", WORKDAYS)])
    monday = monday_weeks_ahead(2)
    assert (await owner.accepts(9, 17, day=monday))["status"] == "confirmed"
    assert (await owner.accepts(17, 19, day=monday))["status"] == "requested"
    assert (await owner.accepts(9, 17, day=monday + 5))["status"] == "requested"
    assert (await owner.accepts(20, 21, day=monday, person=owner.owner))["status"] == "confirmed"


async def test_15_outsiders_are_approved_and_partners_are_not(owner: Owner) -> None:
    await owner.says(approval="request", for_audience={"partners": {"approval": "instant"}})
    assert (await owner.accepts(9, 10))["status"] == "requested"
    await named_partner(owner, owner.guest)
    assert (await owner.accepts(10, 11))["status"] == "confirmed"


async def test_17_own_users_first_and_outsiders_when_it_is_idle(owner: Owner) -> None:
    """上科大, Würzburg: outsiders only in the evening; the rest of the day is theirs from 09:00 of that day on."""
    evenings = {"bookable_hours": [weekly("17:00", "22:00")]}
    await owner.says(for_audience={"everyone": evenings, "verified_smes": evenings})
    await owner.refuses("bookable_hours", 14, 17)
    await owner.accepts(17, 22)
    own = await factories.person(owner.owner.actor.organization_id, role="booker")
    await owner.accepts(14, 17, person=own)


async def test_17_priority_hours_are_released_on_the_same_day(owner: Owner) -> None:
    """Priority for some on weekdays 14–17, released to others at 09:00 the same day (a lab's rules)."""
    await owner.says(bookable_hours=[weekly("00:00", "00:01")], released_at="09:00")
    await clock.stop_at(datetime.fromisoformat(at(8, 59)))
    problem = await owner.refuses("bookable_hours", 14, 17)
    assert "09:00" in problem["remedy"]
    await clock.stop_at(datetime.fromisoformat(at(9)))
    await owner.accepts(14, 17)
    await owner.refuses("bookable_hours", 14, 17, day=8)


async def test_17_only_partners_or_only_verified_smes(owner: Owner) -> None:
    stranger = await factories.person(kind="large_enterprise")
    await owner.says(audience="verified_smes")
    await owner.accepts(9, 10)
    assert (await owner.refuses("audience", 10, 11, person=stranger))["actual"] == "everyone"
    await owner.refuses("audience", 10, 11, person=await factories.person(verified=False))
    await owner.says(audience="own")
    await owner.refuses("audience", 9, 10)
    await owner.accepts(9, 10, person=owner.owner)


async def test_20_no_more_than_some_units_at_once(owner: Owner) -> None:
    """Eight channels of one device, at most half of them for one booking."""
    await owner.says(units=8, max_units=4)
    await owner.accepts(9, 10, units=4)
    assert (await owner.refuses("max_units", 11, 12, units=5))["limit"] == 4
    await owner.accepts(9, 10, units=4)


async def test_terms_are_accepted_once_for_each_version(owner: Owner) -> None:
    await owner.says(units=9)
    path = f"/api/v1/resources/{owner.resource}/terms"
    assert (await owner.client.get(path)).status_code == 404
    for text in ("第一版", "第二版"):
        made = await owner.client.post(path, json={"text": text}, headers=owner.owner.bearer)
        assert made.status_code == 201, made.text
    assert [one["version"] for one in (await owner.client.get(path)).json()] == [2, 1]
    problem = await owner.refuses("terms", 9, 10)
    assert (problem["limit"], "accept_terms: 2" in problem["remedy"]) == (2, True)
    await owner.refuses("terms", 9, 10, accept_terms=1)
    await owner.accepts(9, 10, accept_terms=2)
    await owner.accepts(10, 11)
    await owner.accepts(11, 12, person=owner.owner)
    await owner.refuses("terms", 9, 10, person=await factories.person())
    kept = await db.fetch("SELECT version, member_id FROM terms_acceptance")
    assert [tuple(row) for row in kept] == [(2, owner.guest.actor.member_id)]
