"""Site, instrument and expert together: read, cancelled and shifted as one; found when all are free."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.bookings.capacity.occupancy import Occupancy, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.groups.together import Timing, Together, cuts, free_together, longest
from server.bookings.lifecycle import move
from server.bookings.rules import daily, quotas
from server.bookings.rules.blocks import blocks_in, on_grid
from server.bookings.rules.context import Counted
from server.bookings.rules.rules import refuse_unless_allowed
from server.core import db
from server.core.errors import RuleRefused
from server.core.ids import new_id
from server.core.spans import Span
from server.resources.opening.week import WEEK_DAYS
from server.resources.rules.schemas import DEFAULTS, Block, laid_over
from server.search.find_together import common_times
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.bookings.rules.test_rules_agree import situations
from tests.times import at

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)


class Trio:
    """A site of one owner, an instrument and an expert of another, booked together."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "Trio":
        self.base, self.lab, self.sme = [
            await factories.person(kind=kind) for kind in ("large_enterprise", "university", "sme")
        ]
        self.site = await factories.resource(self.base, kind="test_site")
        self.sem = await factories.resource(self.lab)
        self.expert = await factories.resource(self.lab, kind="expert_service")
        items = [self.item(self.site, 9, 12), self.item(self.sem, 9, 11), self.item(self.expert, 10, 12)]
        answer = await self.send("POST", "/bookings", {"items": items})
        assert answer.status_code == 201, answer.text
        self.id = answer.json()["group_id"]
        await db.execute("DELETE FROM notice")
        return self

    def item(self, resource: UUID, start: int, end: int) -> dict[str, str]:
        return {"resource_id": str(resource), "starts_at": at(start), "ends_at": at(end)}

    async def send(
        self, method: str, path: str, body: Any = None, by: factories.Person | None = None
    ) -> httpx.Response:
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=(by or self.sme).bearer)

    async def parts(self, by: factories.Person | None = None) -> list[tuple[str, str]]:
        items = (await self.send("GET", f"/groups/{self.id}", by=by)).json()["items"]
        return [(one["starts_at"], one["status"]) for one in items]


@pytest.fixture
async def trio(client: httpx.AsyncClient) -> Trio:
    return await Trio(client).begin()


async def test_each_side_reads_the_parts_that_concern_it(trio: Trio) -> None:
    assert len(await trio.parts()) == 3
    assert len(await trio.parts(trio.lab)) == 2
    assert len(await trio.parts(trio.base)) == 1
    assert (await trio.send("GET", f"/groups/{trio.id}", by=await factories.person())).status_code == 404
    assert (await trio.send("GET", f"/groups/{uuid4()}")).status_code == 404


async def test_a_group_is_cancelled_as_one_and_each_part_is_told(trio: Trio) -> None:
    for _ in range(2):
        answer = await trio.send("POST", f"/groups/{trio.id}/cancel", {"reason": "项目推迟"})
        assert answer.status_code == 200, answer.text
        assert [one["status"] for one in answer.json()["items"]] == ["cancelled"] * 3
    told = await db.fetch("SELECT kind, count(*) FROM notice GROUP BY kind ORDER BY kind")
    assert [tuple(row) for row in told] == [("cancelled", 3), ("owner_cancelled", 3)]
    assert (await trio.send("PATCH", f"/groups/{trio.id}", {"shift_minutes": 60})).status_code == 409


async def test_one_part_is_cancelled_or_moved_by_its_own_address_and_the_others_stay(trio: Trio) -> None:
    first, second, _ = (await trio.send("GET", f"/groups/{trio.id}")).json()["items"]
    assert (await trio.send("POST", f"/bookings/{first['id']}/cancel", {})).status_code == 200
    headers = trio.sme.bearer | {"If-Match": "*"}
    change = {"starts_at": at(13), "ends_at": at(15)}
    moved = await trio.client.patch(f"/api/v1/bookings/{second['id']}", json=change, headers=headers)
    assert moved.status_code == 200
    assert [part[1] for part in await trio.parts()] == ["cancelled", "confirmed", "confirmed"]
    shifted = await trio.send("PATCH", f"/groups/{trio.id}", {"shift_minutes": 60})
    assert shifted.status_code == 200, shifted.text
    assert [part[0] for part in await trio.parts()] == [at(9), at(14), at(11)], "what is cancelled stays"


@pytest.mark.parametrize("minutes", [60, -60, 7 * 1440, -45])
async def test_a_group_is_shifted_as_one(trio: Trio, minutes: int) -> None:
    answer = await trio.send("PATCH", f"/groups/{trio.id}", {"shift_minutes": minutes})
    assert answer.status_code == 200, answer.text
    shift = timedelta(minutes=minutes)
    right = [datetime.fromisoformat(at(hour)) + shift for hour in (9, 9, 10)]
    assert [datetime.fromisoformat(start) for start, _ in await trio.parts()] == right


async def test_a_shift_over_a_change_of_the_clock_is_in_real_time(client: httpx.AsyncClient) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    year = datetime.now(berlin).year + 1
    sundays = [day for n in range(25, 32) if (day := datetime(year, 3, n, tzinfo=berlin)).weekday() == 6]
    start = sundays[-1] - timedelta(days=1) + timedelta(hours=10)
    sme, owner = await factories.person(), await factories.person(kind="university")
    items = [
        {"resource_id": str(await factories.resource(owner, time_zone="Europe/Berlin", horizon_days=1000)),
         "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat()}
        for _ in range(2)
    ]  # fmt: skip
    made = (await client.post("/api/v1/bookings", json={"items": items}, headers=sme.bearer)).json()
    path = f"/api/v1/groups/{made['group_id']}"
    shifted = (await client.patch(path, json={"shift_minutes": 1440}, headers=sme.bearer)).json()
    assert {(one["starts_at"][11:], one["ends_at"][11:]) for one in shifted["items"]} == {
        ("11:00:00+02:00", "13:00:00+02:00")
    }


async def test_a_group_whose_parts_follow_each_other_closely_shifts_over_itself(trio: Trio) -> None:
    items = [trio.item(trio.site, hour, hour + 1) for hour in (15, 14, 16)]
    made = (await trio.send("POST", "/bookings", {"items": items})).json()
    for minutes in (60, -60):
        answer = await trio.send("PATCH", f"/groups/{made['group_id']}", {"shift_minutes": minutes})
        assert answer.status_code == 200, answer.text


async def test_when_one_part_cannot_move_none_does(trio: Trio) -> None:
    await book(trio.client, trio.sme, trio.expert, starts_at=at(12), ends_at=at(13))
    lost = await trio.send("PATCH", f"/groups/{trio.id}", {"shift_minutes": 60})
    assert lost.status_code == 409
    stuck = (await trio.send("GET", f"/groups/{trio.id}")).json()["items"][2]
    assert lost.json()["booking_id"] == stuck["id"]
    assert [start for start, _ in await trio.parts()] == [at(9), at(9), at(10)]
    assert await db.fetchval("SELECT count(*) FROM notice WHERE kind LIKE '%moved'") == 0


async def test_only_who_booked_a_group_changes_it_as_one(trio: Trio) -> None:
    assert (await trio.send("POST", f"/groups/{trio.id}/cancel", {}, trio.lab)).status_code == 403
    assert (await trio.send("PATCH", f"/groups/{trio.id}", {"shift_minutes": 60}, trio.base)).status_code == 403
    colleague = await factories.person(trio.sme.actor.organization_id, role="booker")
    assert (await trio.send("POST", f"/groups/{trio.id}/cancel", {}, colleague)).status_code == 403
    assert [status for _, status in await trio.parts()] == ["confirmed"] * 3
    assert (await trio.send("PATCH", f"/groups/{trio.id}", {"shift_minutes": 99999999})).status_code == 400


async def test_times_when_all_are_free_are_found_and_accepted(trio: Trio) -> None:
    query: dict[str, Any] = {"from": at(8), "to": at(14), "minutes": 60}
    named = query | {"resources": f"{trio.site},{trio.sem},{trio.expert}"}
    found = (await trio.client.get("/api/v1/availability", params=named)).json()["items"]
    assert [(one["starts_at"], one["ends_at"]) for one in found] == [(at(8), at(9)), (at(12), at(14))]
    items = [
        {"resource_id": id, "starts_at": one["starts_at"], "ends_at": one["ends_at"]}
        for one in found
        for id in one["resources"]
    ]
    assert (await trio.send("POST", "/bookings", {"items": items})).status_code == 201
    assert (await trio.client.get("/api/v1/availability", params=named)).json()["items"] == []


async def test_any_of_a_kind_will_do(trio: Trio) -> None:
    other = await factories.resource(trio.lab, kind="expert_service", step_minutes=60)
    query: dict[str, Any] = {"from": at(8), "to": at(14), "minutes": 60, "kinds": "expert_service"}
    found = (await trio.client.get("/api/v1/availability", params=query | {"resources": str(trio.sem)})).json()["items"]
    spans = [(one["starts_at"], one["ends_at"]) for one in found]
    assert spans == [(at(8), at(9)), (at(11), at(14)), (at(12), at(14))]
    assert found[1]["resources"] == [str(trio.sem), str(other)], "the first expert is busy until 12"
    assert found[2]["resources"] == [str(trio.sem), str(trio.expert)], "and then starts at every quarter"


@pytest.mark.parametrize(
    "wrong",
    [{}, {"resources": "x"}, {"kinds": "spaceship"}, {"resources": ",".join(str(new_id()) for _ in range(11))}],
)
async def test_a_question_about_nothing_or_too_much_is_refused(
    client: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    query = {"from": at(8), "to": at(14), "minutes": "60"}
    assert (await client.get("/api/v1/availability", params=query | wrong)).status_code == 400


async def test_what_one_may_not_see_is_not_found(client: httpx.AsyncClient) -> None:
    query = {"from": at(8), "to": at(14), "minutes": "60", "resources": str(new_id())}
    assert (await client.get("/api/v1/availability", params=query)).status_code == 404


async def test_without_the_outer_transaction_half_a_group_moves(trio: Trio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: that none moves is owed to the refusal, which undoes those that moved before."""
    await book(trio.client, trio.sme, trio.site, starts_at=at(12), ends_at=at(13))
    moving = move.move

    async def give_up(*args: Any) -> Any:
        try:
            return await moving(*args)
        except Exception:
            return None

    monkeypatch.setattr(move, "move", give_up)
    await trio.send("PATCH", f"/groups/{trio.id}", {"shift_minutes": 60})
    assert {start for start, _ in await trio.parts()} == {at(9), at(10), at(11)}, "all but the site"


Hours = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=6)
QUARTERS = frozenset([Timing("UTC", 15)])


def quarters(first: int, count: int) -> Span:
    return Span(MIDNIGHT + timedelta(minutes=15 * first), MIDNIGHT + timedelta(minutes=15 * (first + count)))


@given(Hours, Hours, st.integers(0, 50), st.integers(1, 6))
def test_a_time_is_free_together_exactly_when_it_is_free_on_each(
    ones: list[tuple[int, int]], others: list[tuple[int, int]], start: int, length: int
) -> None:
    a, b = new_id(), new_id()
    free_a = [Together(*quarters(*one), (a,), timings=QUARTERS) for one in ones]
    free_b = [Together(*quarters(*one), (b,), timings=QUARTERS) for one in others]
    wanted = quarters(start, length)
    found = free_together(longest(free_a), free_b, timedelta(minutes=15))
    both = any(one.span.holds(wanted) for one in free_a) and any(one.span.holds(wanted) for one in free_b)
    assert any(one.span.holds(wanted) for one in found) == both


def minutes(start: int, end: int) -> Span:
    return Span(MIDNIGHT + timedelta(minutes=start), MIDNIGHT + timedelta(minutes=end))


def cut(span: Span, *timings: Timing, shortest: int = 15, **limits: Any) -> Span | None:
    one = Together(*span, (), timings=frozenset(timings), **limits)
    return next((found.span for found in cuts([one], timedelta(minutes=shortest))), None)


def test_starts_and_ends_are_on_the_grid_of_each() -> None:
    assert cut(minutes(10, 200), Timing("UTC", 15), Timing("Asia/Shanghai", 20)) == minutes(60, 180)
    assert cut(minutes(10, 50), Timing("UTC", 60)) is None


def test_a_grid_goes_with_blocks_where_they_meet() -> None:
    mornings = Timing("UTC", 15, (Block(WEEK_DAYS, "08:00", "10:00"), Block(WEEK_DAYS, "10:00", "12:00")))
    assert cut(minutes(0, 1440), mornings, Timing("UTC", 60)) == minutes(480, 720)
    assert cut(minutes(0, 1440), mornings, Timing("UTC", 240)) == minutes(480, 720)
    assert cut(minutes(0, 1440), mornings, Timing("UTC", 420)) is None, "starts at 7:00 and 14:00 are no blocks"
    assert cut(minutes(500, 720), mornings, Timing("UTC", 60)) == minutes(600, 720)


def test_there_is_a_length_that_all_allow() -> None:
    grids = Timing("UTC", 15), Timing("UTC", 50)
    assert cut(minutes(0, 400), *grids, shortest=60, max_minutes=120) is None, "they meet every 150 minutes"
    assert cut(minutes(0, 400), *grids, shortest=60, max_minutes=150) == minutes(0, 300)
    assert cut(minutes(0, 400), *grids, shortest=60, min_minutes=301) is None


def test_grids_that_never_meet_have_no_time_together() -> None:
    """Nepal is three quarters of an hour beside full hours: its hours never are those of Shanghai."""
    assert cut(minutes(0, 1440), Timing("Asia/Shanghai", 60), Timing("Asia/Kathmandu", 60)) is None
    assert cut(minutes(0, 1440), Timing("Asia/Shanghai", 60), Timing("Asia/Kathmandu", 15)) is not None


@settings(max_examples=200, deadline=None)
@given(st.lists(situations(), min_size=2, max_size=3), st.booleans(), st.integers(1, 2), st.sampled_from([15, 60, 150]))
def test_what_is_found_for_several_a_group_is_accepted_for(
    drawn: list[tuple[ResourceSnapshot, Occupancy]], same_owner: bool, units: int, minutes: int
) -> None:
    """Over everything that test_rules_agree.py draws: steps, blocks, quotas, circles, overrides, holidays."""
    if same_owner:
        (first, seen), *_ = drawn
        drawn = [(replace(a, owner_id=first.owner_id), replace(b, guest=seen.guest)) for a, b in drawn]
    for one in common_times([[choice] for choice in drawn], minutes, units):
        for span in lengths(one, minutes):
            book_all(drawn, span, units)


def lengths(one: Together, minutes: int) -> list[Span]:
    """The shortest and the longest time from its start."""
    least = timedelta(minutes=max(minutes, one.min_minutes))
    most = one.span.length if one.max_minutes is None else timedelta(minutes=one.max_minutes)
    ends = [end for end in steps(one) if least <= end - one.starts_at <= most]
    assert ends, "there is a time to be booked from its start"
    return [Span(one.starts_at, ends[0]), Span(one.starts_at, ends[-1])]


def steps(one: Together) -> list[datetime]:
    """Where a time may end, minute by minute."""
    found = {one.starts_at + timedelta(minutes=n) for n in range(1, one.span.length // timedelta(minutes=1) + 1)}
    for timing in one.timings:
        zone = ZoneInfo(timing.time_zone)
        if timing.blocks:
            found &= {block.ends_at for block in blocks_in(timing.blocks, zone, one.span)}
        else:
            found = {end for end in found if on_grid(end, zone, timing.step)}
    return sorted(found)


def book_all(drawn: list[tuple[ResourceSnapshot, Occupancy]], span: Span, units: int) -> None:
    """Ask the rules as a group does: each part knows the parts before it."""
    booked: list[tuple[UUID, Counted]] = []
    for resource, seen in drawn:
        before = tuple(one for owner, one in booked if owner == resource.owner_id)
        guest = replace(seen.guest, booked=seen.guest.booked + before)
        refuse_unless_allowed(rule_context(resource, replace(seen, guest=guest), span, units, 0))
        assert seen.has_room(resource, span, units)
        booked.append((resource.owner_id, Counted(span.starts_at, span.ends_at, units, here=False, mine=True)))


def test_the_property_would_notice_if_a_quota_of_the_owner_counted_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: one more booking is left with this owner, and two are wanted."""
    quota = {"quotas": [{"bookings": 1, "period": "day", "across": "owner"}]}
    owner, now = uuid4(), MIDNIGHT
    drawn = [
        (
            ResourceSnapshot(
                id=new_id(), owner_id=owner, owner_name="", name="", name_en="", place="", time_zone="UTC", units=1,
                week=((0, 7 * 1440),), rules=laid_over(DEFAULTS, quota), now=now,
            ),
            Occupancy(Span(now, now + timedelta(days=1)), [], {}),
        )
        for _ in range(2)
    ]  # fmt: skip
    choices = [[one] for one in drawn]
    assert common_times(choices, 60, 1) == []
    counting = quotas.left
    monkeypatch.setattr(daily, "left", lambda rules, guest, *more: counting(rules, replace(guest, beside=0), *more))
    (found,) = common_times(choices, 60, 1)
    with pytest.raises(RuleRefused):
        book_all(drawn, found.span, 1)


async def test_each_has_its_own_blocks_steps_and_days(trio: Trio) -> None:
    """What the base grid would offer is refused; what is found is accepted."""
    halves = [{"days": [*WEEK_DAYS], "opens": "08:00", "closes": "12:00"}]
    site = await factories.resource(trio.base, kind="test_site", blocks=halves, step_minutes=15)
    sem = await factories.resource(trio.lab, step_minutes=15, max_minutes=240)
    day = datetime.fromisoformat(at(0)).date()
    sql = "INSERT INTO rule_override (resource_id, id, first_day, last_day, rules) VALUES ($1, $2, $3, $3, $4)"
    await db.execute(sql, sem, new_id(), day, '{"step_minutes": 240}')
    query = {"from": at(0), "to": at(24), "minutes": "60", "resources": f"{site},{sem}"}
    (found,) = (await trio.client.get("/api/v1/availability", params=query, headers=trio.sme.bearer)).json()["items"]
    assert (found["starts_at"], found["ends_at"], found["max_minutes"]) == (at(8), at(12), 240)
    items = [
        {"resource_id": id, "starts_at": found["starts_at"], "ends_at": found["ends_at"]} for id in found["resources"]
    ]
    assert (await trio.send("POST", "/bookings", {"items": items})).status_code == 201


async def test_who_asks_for_a_unit_by_number_chooses_first_in_a_group(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(), await factories.person(kind="sme")
    resource = await factories.resource(owner, units=3)
    times = {"resource_id": str(resource), "starts_at": at(9), "ends_at": at(11)}
    items = [times | {"units": 2}, times | {"unit_numbers": [1]}]
    booked = await client.post("/api/v1/bookings", json={"items": items}, headers=sme.bearer)
    assert booked.status_code == 201, booked.text
    assert [one["unit_numbers"] for one in booked.json()["items"]] == [[2, 3], [1]]
