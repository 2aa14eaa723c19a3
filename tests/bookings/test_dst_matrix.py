"""Twelve zones on the days around a change of clocks: bookings, series and opening hours are right."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests import factories
from tests.bookings.series.test_series import Course, starts
from tests.times import monday

ZONES = [
    "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Gaza", "Asia/Shanghai", "Europe/London",
    "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Auckland", "America/St_Johns", "Africa/Cairo", "Asia/Jerusalem",
]  # fmt: skip
STEADY = {"Asia/Shanghai", "America/Sao_Paulo", "Asia/Kathmandu"}  # no change of clocks since 2019 or longer
DAY = timedelta(days=1)
FROM = monday(5)  # from then on a year, and a month for clocks that a moon changes
UNTIL = FROM + 395 * DAY


def changes(zone: ZoneInfo) -> dict[str, tuple[datetime, datetime]]:
    """The first gap and the first overlap in that year: their bounds on the wall clock, found minute by minute."""
    found: dict[str, tuple[datetime, datetime]] = {}
    hours = [FROM + timedelta(hours=n) for n in range(int((UNTIL - FROM) / timedelta(hours=1)))]
    for low, high in pairwise(hours):
        if low.astimezone(zone).utcoffset() == high.astimezone(zone).utcoffset():
            continue
        minutes = [low + timedelta(minutes=n) for n in range(61)]
        last = max(m for m in minutes if m.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset())
        before = (last.astimezone(zone) + timedelta(minutes=1)).replace(tzinfo=None, fold=0)
        after = (last + timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None, fold=0)
        kind = "gap" if after > before else "overlap"
        found.setdefault(kind, (min(before, after), max(before, after)))
    return found


def instant(wall: datetime, zone: ZoneInfo) -> str:
    """As the API writes it."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).isoformat().replace("+00:00", "Z")


def cases() -> list[Any]:
    return [
        pytest.param(zone, kind, id=f"{zone} {kind}")
        for zone in ZONES for kind in ("gap", "overlap") if zone not in STEADY
    ]  # fmt: skip


def test_the_zones_change_their_clocks_as_we_think() -> None:
    for zone in ZONES:
        assert set(changes(ZoneInfo(zone))) == (set() if zone in STEADY else {"gap", "overlap"})


@pytest.fixture
def course(client: httpx.AsyncClient) -> Course:
    return Course(client)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("kind", ["gap", "overlap"])
async def test_a_series_over_the_day_keeps_its_wall_clock_time(course: Course, zone: str, kind: str) -> None:
    local = ZoneInfo(zone)
    await course.begin(time_zone=zone, horizon_days=900, step_minutes=1, min_minutes=1)
    low, _ = changes(local).get(kind, (datetime.combine(FROM.date() + 60 * DAY, time(2)),) * 2)
    noon = datetime.combine(low.date() - DAY, time(12))
    times = {"starts_at": instant(noon, local), "ends_at": instant(noon + timedelta(hours=2), local)}
    made = await course.make(**times, rule="FREQ=DAILY;COUNT=3")
    assert starts(made) == [instant(noon + DAY * n, local) for n in range(3)]
    for one in made["bookings"]:
        assert datetime.fromisoformat(one["ends_at"]) - datetime.fromisoformat(one["starts_at"]) == timedelta(hours=2)


@pytest.mark.parametrize(("zone", "kind"), cases())
async def test_a_series_through_the_change_itself(course: Course, zone: str, kind: str) -> None:
    local = ZoneInfo(zone)
    await course.begin(time_zone=zone, horizon_days=900, step_minutes=1, min_minutes=1)
    low, high = changes(local)[kind]
    wall = low + (high - low) / 2
    first = wall - DAY
    times = {"starts_at": instant(first, local), "ends_at": instant(first + timedelta(minutes=20), local)}
    wanted = course.body(**times, rule="FREQ=DAILY;COUNT=3")
    previewed = (await course.post("/preview", **wanted)).json()["occurrences"]
    answer = await course.post(**wanted)
    if kind == "gap":
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/no-such-time")
        assert answer.json()["earliest"].replace("+00:00", "Z") == instant(high, local)
        assert [one["ok"] for one in previewed] == [True, False, True]
        made = await course.make(**times, rule="FREQ=DAILY;COUNT=3", on_conflict="skip")
        assert starts(made) == [instant(first, local), instant(wall + DAY, local)]
        return
    assert answer.status_code == 201, answer.text
    middle = datetime.fromisoformat(starts(answer.json())[1])
    assert starts(answer.json())[1] == instant(wall, local)  # the first of the two
    second = wall.replace(tzinfo=local, fold=1).astimezone(UTC)
    assert middle < second
    again = {"starts_at": second.isoformat(), "ends_at": (second + timedelta(minutes=5)).isoformat()}
    single = {"resource_id": str(course.resource), **again}
    headers = course.sme.bearer
    assert (await course.client.post("/api/v1/bookings", json=single, headers=headers)).status_code == 201
    refused = await course.post(**course.body(**again, rule="FREQ=DAILY;COUNT=2"))
    assert refused.status_code == 400  # a series cannot start in the second of the two


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("kind", ["gap", "overlap"])
async def test_opening_hours_hold_on_the_wall_clock_of_each_day(course: Course, zone: str, kind: str) -> None:
    local = ZoneInfo(zone)
    every_day = [(day * 1440 + 9 * 60, day * 1440 + 17 * 60) for day in range(7)]
    await course.begin(time_zone=zone, horizon_days=900, hours=every_day)
    low, _ = changes(local).get(kind, (datetime.combine(FROM.date() + 60 * DAY, time(2)),) * 2)
    for day in (low.date() - DAY, low.date(), low.date() + DAY):
        opens, closes = datetime.combine(day, time(9)), datetime.combine(day, time(17))
        whole = {"starts_at": instant(opens, local), "ends_at": instant(closes, local)}
        early = {"starts_at": instant(opens - timedelta(minutes=15), local), "ends_at": instant(closes, local)}
        query = {
            "from": instant(datetime.combine(day, time(5)), local),
            "to": instant(datetime.combine(day, time(20)), local),
        }
        path = f"/api/v1/resources/{course.resource}"
        answer = await course.client.get(f"{path}/availability", params=query, headers=course.sme.bearer)
        free = answer.json()["free"]
        assert [(one["starts_at"], one["ends_at"]) for one in free] == [(whole["starts_at"], whole["ends_at"])]
        for times, status in ((early, 422), (whole, 201)):
            body = {"resource_id": str(course.resource), **times}
            answer = await course.client.post("/api/v1/bookings", json=body, headers=course.sme.bearer)
            assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("zone", "kind"), cases())
async def test_a_resource_that_is_always_open_can_be_booked_across_the_change(
    course: Course, zone: str, kind: str
) -> None:
    local = ZoneInfo(zone)
    await course.begin(time_zone=zone, horizon_days=900, step_minutes=30, hours=factories.ALWAYS)
    low, high = changes(local)[kind]
    start = (low - timedelta(hours=1)).replace(tzinfo=local).astimezone(UTC)
    end = (high + timedelta(hours=1)).replace(tzinfo=local, fold=1).astimezone(UTC)
    body = {"resource_id": str(course.resource), "starts_at": start.isoformat(), "ends_at": end.isoformat()}
    answer = await course.client.post("/api/v1/bookings", json=body, headers=course.sme.bearer)
    assert answer.status_code == 201, answer.text
    shift = high - low
    length = timedelta(hours=2) + (timedelta(0) if kind == "gap" else 2 * shift)
    assert (
        datetime.fromisoformat(answer.json()["ends_at"]) - datetime.fromisoformat(answer.json()["starts_at"]) == length
    )
