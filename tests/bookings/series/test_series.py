"""Series: booked whole or as far as possible, previewed, told in one mail."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.core import db
from server.core.recurrence import NoSuchTime
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.races.conftest import TOO_CLOSE
from tests.times import BERLIN, at, springs


class Course:
    """An owner, an SME and a resource for a series of weekly mornings."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, **given: Any) -> "Course":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person()
        self.resource = await factories.resource(self.owner, **given)
        return self

    def body(self, **changes: Any) -> dict[str, Any]:
        weekly = {"resource_id": str(self.resource), "starts_at": at(9), "ends_at": at(11)}
        return weekly | {"rule": "FREQ=WEEKLY;COUNT=4"} | changes

    async def post(self, path: str = "", by: factories.Person | None = None, key: str = "", **body: Any) -> Any:
        headers = (by or self.sme).bearer | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(f"/api/v1/series{path}", json=body, headers=headers)

    async def make(self, **changes: Any) -> Any:
        answer = await self.post(**self.body(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def owed(self) -> list[tuple[str, str, int]]:
        sql = "SELECT kind, recipient, (facts ->> 'sequence')::int FROM notice ORDER BY position"
        return [tuple(row) for row in await db.fetch(sql)]


@pytest.fixture
def course(client: httpx.AsyncClient) -> Course:
    return Course(client)


def starts(made: Any) -> list[str]:
    return [one["starts_at"] for one in made["bookings"]]


async def test_every_occurrence_is_a_booking(course: Course) -> None:
    await course.begin()
    made = await course.make(attendees=[{"email": "ada@example.com"}])
    assert starts(made) == [at(9, days=7 + 7 * week) for week in range(4)]
    assert made["skipped"] == []
    for one in made["bookings"]:
        assert one["series_id"] == made["id"]
        assert one["recurrence_id"] == one["starts_at"]
        assert one["unit_numbers"] == [1]
        read = await course.client.get(f"/api/v1/bookings/{one['id']}", headers=course.sme.bearer)
        assert read.json() == one
        history = await course.client.get(f"/api/v1/bookings/{one['id']}/history", headers=course.sme.bearer)
        assert [entry["verb"] for entry in history.json()] == ["booked"]
    for person in (course.sme, course.owner):
        read = await course.client.get(f"/api/v1/series/{made['id']}", headers=person.bearer)
        assert read.json()["bookings"] == made["bookings"]
    stranger = await factories.person()
    assert (await course.client.get(f"/api/v1/series/{made['id']}", headers=stranger.bearer)).status_code == 404


async def test_one_mail_tells_each_of_the_whole_series(course: Course) -> None:
    await course.begin()
    await course.make(rule="FREQ=WEEKLY;COUNT=52", attendees=[{"email": "ada@example.com"}])
    assert await course.owed() == [
        ("confirmed", course.sme.actor.email, 0),
        ("confirmed", "ada@example.com", 0),
        ("owner_confirmed", course.owner.actor.email, 0),
    ]


async def test_a_series_to_be_approved_is_told_once_too(course: Course) -> None:
    await course.begin(approval="request")
    made = await course.make(attendees=[{"email": "ada@example.com"}])
    assert {one["status"] for one in made["bookings"]} == {"requested"}
    assert await course.owed() == [
        ("requested", course.sme.actor.email, 0),
        ("owner_requested", course.owner.actor.email, 0),
    ]


async def test_a_clash_refuses_all_or_is_skipped(course: Course) -> None:
    await course.begin()
    await book(
        course.client, await factories.person(), course.resource, starts_at=at(10, days=21), ends_at=at(12, days=21)
    )
    refused = await course.post(**course.body())
    assert refused.status_code == 409
    assert refused.json()["occurrence"] == at(9, days=21)
    assert refused.json()["alternatives"]
    assert await db.fetchval("SELECT count(*) FROM booking WHERE series_id IS NOT NULL") == 0
    made = await course.make(on_conflict="skip")
    assert starts(made) == [at(9, days=7), at(9, days=14), at(9, days=28)]
    [skipped] = made["skipped"]
    assert skipped["starts_at"] == at(9, days=21)
    assert skipped["why"]["type"].endswith("/slot-taken")
    assert [clash["kind"] for clash in skipped["why"]["clashes"]] == ["booking"]


async def test_when_nothing_can_be_had_nothing_is_made(course: Course) -> None:
    await course.begin(horizon_days=3)
    answer = await course.post(**course.body(on_conflict="skip"))
    assert answer.status_code == 422
    assert answer.json()["rule"] == "horizon_days"
    assert await db.fetchval("SELECT count(*) FROM series") == 0


async def test_a_preview_says_of_each_what_booking_it_would_say(course: Course) -> None:
    await course.begin(hours=factories.WORKING_HOURS, horizon_days=60)
    await book(course.client, await factories.person(), course.resource)
    wanted = course.body(rule="FREQ=DAILY;COUNT=80")
    previewed = (await course.post("/preview", **wanted)).json()["occurrences"]
    assert len(previewed) == 80
    assert await db.fetchval("SELECT count(*) FROM series") == 0
    kinds = set()
    for one in previewed:
        times = {"starts_at": one["starts_at"], "ends_at": one["ends_at"]}
        answer = await book(course.client, course.sme, course.resource, **times)
        assert (answer.status_code == 201) is one["ok"], (one, answer.text)
        if not one["ok"]:
            problem = answer.json()
            kinds.add(problem["type"])
            assert one["why"].keys() == problem.keys() - {"item", "request_id"}
            assert one["why"]["type"] == problem["type"]
        else:
            await course.client.post(f"/api/v1/bookings/{answer.json()['id']}/cancel", headers=course.sme.bearer)
    made = await course.make(rule="FREQ=DAILY;COUNT=80", on_conflict="skip")
    assert starts(made) == [one["starts_at"] for one in previewed if one["ok"]]
    assert len(kinds) >= 2


async def test_occurrences_stand_in_each_others_way(course: Course) -> None:
    await course.begin()
    long = {"starts_at": at(9), "ends_at": at(10, days=8), "rule": "FREQ=DAILY;COUNT=4"}
    assert (await course.post(**course.body(**long))).status_code == 409
    made = await course.make(**long, on_conflict="skip")
    assert starts(made) == [at(9, days=7), at(9, days=9)]


async def test_units_are_chosen_as_for_single_bookings(course: Course) -> None:
    await course.begin(units=3)
    first, second = await course.make(units=2), await course.make()
    assert {tuple(one["unit_numbers"]) for one in first["bookings"]} == {(1, 2)}
    assert {tuple(one["unit_numbers"]) for one in second["bookings"]} == {(3,)}
    assert (await course.post(**course.body())).status_code == 409


async def test_others_move_between_units_to_make_room_for_an_occurrence(course: Course) -> None:
    await course.begin(units=2)
    for start, end in ((9, 10), (9, 11)):  # units 1 and 2; then the first gives way to a long one
        await book(course.client, course.sme, course.resource, starts_at=at(start), ends_at=at(end))
    await book(course.client, course.sme, course.resource, starts_at=at(11), ends_at=at(12))
    await db.execute("UPDATE claim SET unit = 3 - unit WHERE lower(during) = $1", datetime.fromisoformat(at(11)))
    made = await course.make(starts_at=at(10), ends_at=at(12), rule="FREQ=DAILY;COUNT=2")
    assert len(made["bookings"]) == 2
    assert await db.fetchval(TOO_CLOSE) == 0


async def test_excluded_starts_are_left_out(course: Course) -> None:
    await course.begin()
    made = await course.make(excluded=[at(9, days=14)])
    assert starts(made) == [at(9, days=7), at(9, days=21), at(9, days=28)]
    strange = await course.post(**course.body(excluded=[at(9, days=15)]))
    assert strange.status_code == 400
    assert strange.json()["field"] == "excluded"
    everything = [at(9, days=7 + 7 * week) for week in range(4)]
    assert (await course.post(**course.body(excluded=everything))).status_code == 400


@pytest.mark.parametrize("rule", ["FREQ=HOURLY;COUNT=2", "FREQ=WEEKLY", "", "FREQ=WEEKLY;COUNT=400"])
async def test_a_rule_that_is_none_is_refused(course: Course, rule: str) -> None:
    await course.begin()
    for path in ("", "/preview"):
        assert (await course.post(path, **course.body(rule=rule))).status_code == 400


async def test_the_same_key_makes_one_series(course: Course) -> None:
    await course.begin()
    first = await course.post(key="k", **course.body())
    again = await course.post(key="k", **course.body())
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert await db.fetchval("SELECT count(*) FROM series") == 1
    assert (await course.post(key="k", **course.body(purpose="x"))).status_code == 422


async def test_a_series_keeps_its_wall_clock_time_and_its_length(course: Course) -> None:
    await course.begin(time_zone="Europe/Berlin", horizon_days=900)
    first = datetime.combine(springs(BERLIN) - timedelta(days=14), time(9), BERLIN)
    times = {"starts_at": first.isoformat(), "ends_at": (first + timedelta(hours=2)).isoformat()}
    made = await course.make(**times)
    assert [one[11:] for one in starts(made)] == ["09:00:00+01:00"] * 2 + ["09:00:00+02:00"] * 2
    for one in made["bookings"]:
        assert datetime.fromisoformat(one["ends_at"]) - datetime.fromisoformat(one["starts_at"]) == timedelta(hours=2)


async def test_a_time_that_the_clocks_skip_is_named(course: Course) -> None:
    await course.begin(time_zone="Europe/Berlin", horizon_days=900)
    skipped = springs(BERLIN)
    days = [skipped + timedelta(weeks=week) for week in range(-2, 2)]
    times = {"starts_at": f"{days[0]}T02:30:00+01:00", "ends_at": f"{days[0]}T03:00:00+01:00"}
    refused = await course.post(**course.body(**times))
    assert refused.status_code == 422
    assert refused.json()["type"].endswith(f"/{NoSuchTime.slug()}")
    assert refused.json()["earliest"] == f"{skipped}T03:00:00+02:00"
    made = await course.make(**times, on_conflict="skip")
    assert starts(made) == [f"{days[0]}T02:30:00+01:00", f"{days[1]}T02:30:00+01:00", f"{days[3]}T02:30:00+02:00"]
    assert made["skipped"][0]["starts_at"] == f"{skipped}T02:30:00"


async def test_a_hidden_resource_takes_no_series(course: Course) -> None:
    await course.begin()
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", course.resource)
    for path in ("", "/preview"):
        assert (await course.post(path, **course.body())).status_code == 404
        assert (await course.post(path, **course.body(resource_id=str(UUID(int=1))))).status_code == 404
