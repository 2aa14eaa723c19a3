"""Site, instrument and expert together: read, cancelled and shifted as one; found when all are free."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import db
from server.bookings import move
from server.bookings.together import Together, free_together, longest, on_grids
from server.ids import new_id
from server.spans import Span
from tests import factories
from tests.bookings.test_book import book
from tests.bookings.times import SHANGHAI, at

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
    assert spans == [(at(8), at(9)), (at(11), at(14))]
    assert found[1]["resources"] == [str(trio.sem), str(other)], "the first expert is busy until 12"


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
    assert len({start for start, _ in await trio.parts()} & {at(10), at(11)}) > 0


Hours = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=6)


@given(Hours, Hours, st.integers(0, 50), st.integers(1, 6))
def test_a_time_is_free_together_exactly_when_it_is_free_on_each(
    ones: list[tuple[int, int]], others: list[tuple[int, int]], start: int, length: int
) -> None:
    def quarters(first: int, count: int) -> Span:
        return Span(MIDNIGHT + timedelta(minutes=15 * first), MIDNIGHT + timedelta(minutes=15 * (first + count)))

    a, b = new_id(), new_id()
    free_a = [Together(*quarters(*one), (a,)) for one in ones]
    free_b = [Together(*quarters(*one), (b,)) for one in others]
    wanted = quarters(start, length)
    found = free_together(longest(free_a), free_b, timedelta(minutes=15))
    both = any(one.span.holds(wanted) for one in free_a) and any(one.span.holds(wanted) for one in free_b)
    assert any(one.span.holds(wanted) for one in found) == both


def test_starts_and_ends_are_on_the_grid_of_each() -> None:
    span = Span(MIDNIGHT + timedelta(minutes=10), MIDNIGHT + timedelta(minutes=200))
    cut = on_grids(span, [(ZoneInfo("UTC"), 15), (SHANGHAI, 20)])
    assert cut == Span(MIDNIGHT + timedelta(minutes=60), MIDNIGHT + timedelta(minutes=180))
    assert on_grids(Span(span.starts_at, MIDNIGHT + timedelta(minutes=50)), [(ZoneInfo("UTC"), 60)]) is None
