"""A series of whole days or of blocks goes on over a change of clocks: there it lasts as long on the wall clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.bookings.rules import lengths
from server.core.spans import Span
from server.resources.rules.schemas import Rules
from tests import clock
from tests.bookings.series.test_series import Course
from tests.times import BERLIN

SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS: dict[str, Any] = {"step_minutes": 1440, "min_minutes": 1440, "max_minutes": 1440}
NIGHTS: dict[str, Any] = {"blocks": [{"days": list(WEEK), "opens": "22:00", "closes": "06:00"}]}
SHIFTS: dict[str, Any] = {"step_minutes": 480, "min_minutes": 480}
QUARTERS: dict[str, Any] = {}


def wall(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN) + timedelta(hours=hour)


async def begin(client: httpx.AsyncClient, day: date, rules: dict[str, Any]) -> Course:
    await clock.stop_at(wall(day, 0) - timedelta(days=20))
    return await Course(client).begin(time_zone="Europe/Berlin", **rules)


def times(made: Any) -> list[tuple[str, str]]:
    return [(one["starts_at"], one["ends_at"]) for one in made["bookings"]]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize(
    ("rules", "opens", "closes"), [(DAYS, 0, 24), (NIGHTS, 22, 30), (SHIFTS, 0, 8)], ids=["days", "nights", "shifts"]
)
async def test_each_ends_when_the_clock_shows_the_same(
    client: httpx.AsyncClient, day: date, rules: dict[str, Any], opens: int, closes: int
) -> None:
    course = await begin(client, day, rules)
    first = day - timedelta(days=3)
    body = course.body(
        starts_at=wall(first, opens).isoformat(), ends_at=wall(first, closes).isoformat(), rule="FREQ=DAILY;COUNT=6"
    )
    previewed = (await course.post("/preview", **body)).json()["occurrences"]
    assert [one["ok"] for one in previewed] == [True] * 6
    made = await course.make(**body)
    expected = [
        tuple(wall(first + timedelta(days=number), hour).isoformat() for hour in (opens, closes)) for number in range(6)
    ]
    assert times(made) == expected == [(one["starts_at"], one["ends_at"]) for one in previewed]
    headers = course.sme.bearer | {"If-Match": "*"}
    later = {"starts_at": wall(first + timedelta(days=8), opens).isoformat()}
    moved = await client.patch(f"/api/v1/series/{made['id']}", json=later, headers=headers)
    assert moved.status_code == 200, moved.text
    read = (await client.get(f"/api/v1/series/{made['id']}", headers=headers)).json()
    assert {(one[0][11:16], one[1][11:16]) for one in times(read)} == {(f"{opens:02}:00", f"{closes % 24:02}:00")}


async def test_on_a_finer_grid_each_lasts_as_long(client: httpx.AsyncClient) -> None:
    """As calendar programs read a rule with an end (RFC 5545 3.8.5.3), and as long as is paid for."""
    course = await begin(client, SPRING, QUARTERS)
    first = SPRING - timedelta(days=2)
    body = {"starts_at": wall(first, 22).isoformat(), "ends_at": wall(first, 30).isoformat()}
    made = await course.make(**body, rule="FREQ=DAILY;COUNT=3")
    lasting = [datetime.fromisoformat(end) - datetime.fromisoformat(start) for start, end in times(made)]
    assert lasting == [timedelta(hours=8)] * 3


def test_control_kept_to_the_minute_the_day_of_the_change_would_end_off_the_grid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, start = Span(wall(SPRING - timedelta(days=1), 0), wall(SPRING, 0)), wall(SPRING, 0)
    bare, start = start.replace(tzinfo=None), start.astimezone(UTC)
    assert lengths.again(first, bare, start, BERLIN, Rules(**DAYS)) == wall(SPRING, 24)
    monkeypatch.setattr(lengths, "_counts_steps", lambda _: False)
    ends_at = lengths.again(first, bare, start, BERLIN, Rules(**DAYS))
    assert ends_at - wall(SPRING, 24).astimezone(UTC) == timedelta(hours=1)  # the harm
