"""The lengths that bookings really have: whole steps of the grid, and a day is a day when clocks change."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from server.bookings.rules import lengths
from server.core.spans import Span
from server.resources.rules.schemas import Rules, wrong_with
from tests import clock, factories
from tests.times import BERLIN, SHANGHAI, at

SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
DAYS: dict[str, Any] = {"step_minutes": 1440, "min_minutes": 1440, "max_minutes": 1440}
LONG: dict[str, Any] = {"step_minutes": 180, "min_minutes": 60, "max_minutes": 840}


def midnight(day: date, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2027, 4, 2), 24)])
async def test_a_day_of_23_or_25_hours_is_booked_as_a_day(client: httpx.AsyncClient, day: date, hours: int) -> None:
    await clock.stop_at(midnight(day) - timedelta(days=10))
    resource = await factories.resource(await factories.person(), time_zone="Europe/Berlin", **DAYS)
    guest = await factories.person()
    start, end = midnight(day), midnight(day + timedelta(days=1))
    window = {"from": start.isoformat(), "to": end.isoformat()}
    (free,) = (await client.get(f"/api/v1/resources/{resource}/availability", params=window)).json()["free"]
    assert (free["starts_at"], free["ends_at"]) == (start.isoformat(), end.isoformat())
    assert free["min_minutes"] <= hours * 60 <= free["max_minutes"]
    body = {"resource_id": str(resource), "starts_at": start.isoformat(), "ends_at": end.isoformat()}
    made = await client.post("/api/v1/bookings", json=body, headers=guest.bearer)
    assert made.status_code == 201, made.text


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
async def test_around_a_change_of_clocks_availability_offers_only_what_can_be(
    client: httpx.AsyncClient, day: date
) -> None:
    """Every time of midnights whose length lies within what the window says is taken; every other is refused."""
    await clock.stop_at(midnight(day) - timedelta(days=10))
    resource = await factories.resource(await factories.person(), time_zone="Europe/Berlin", **DAYS)
    guest = await factories.person()
    first = day - timedelta(days=2)
    window = {"from": midnight(first).isoformat(), "to": midnight(first + timedelta(days=5)).isoformat()}
    (free,) = (await client.get(f"/api/v1/resources/{resource}/availability", params=window)).json()["free"]
    for number in range(4):
        for nights in (1, 2):
            bounds = [midnight(first + timedelta(days=number + more)) for more in (0, nights)]
            minutes = (bounds[1].timestamp() - bounds[0].timestamp()) / 60
            body = {"resource_id": str(resource), "starts_at": bounds[0].isoformat(), "ends_at": bounds[1].isoformat()}
            held = await client.post("/api/v1/holds", json=body, headers=guest.bearer)
            assert (held.status_code == 201) is (free["min_minutes"] <= minutes <= free["max_minutes"])
            if held.status_code == 201:
                await client.delete(f"/api/v1/holds/{held.json()['id']}", headers=guest.bearer)


async def test_steps_of_three_hours_make_three_to_twelve_of_one_to_fourteen(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(), await factories.person()
    resource = await factories.resource(owner, **LONG)
    window = {"from": at(0), "to": at(0, days=8)}
    address = f"/api/v1/resources/{resource}/availability"
    (free,) = (await client.get(address, params=window)).json()["free"]
    assert (free["min_minutes"], free["max_minutes"]) == (180, 720)
    for minutes, fits in ((100, True), (720, True), (721, False), (840, False)):
        told = (await client.get(address, params=window | {"minutes": minutes})).json()["free"]
        assert bool(told) is fits, minutes
        params: dict[str, Any] = window | {"minutes": minutes, "owner": str(owner.actor.organization_id)}
        assert bool((await client.get("/api/v1/resources", params=params)).json()["items"]) is fits, minutes
        together: dict[str, Any] = window | {"minutes": minutes, "resources": str(resource)}
        found = (await client.get("/api/v1/availability", params=together)).json()["items"]
        assert [(one["min_minutes"], one["max_minutes"]) for one in found] == ([(180, 720)] if fits else []), minutes
    body = {"resource_id": str(resource), "starts_at": at(0), "ends_at": at(14)}
    refused = (await client.post("/api/v1/bookings", json=body, headers=guest.bearer)).json()
    assert (refused["rule"], refused["limit"]) == ("step_minutes", 180)
    body["ends_at"] = at(15)
    refused = (await client.post("/api/v1/bookings", json=body, headers=guest.bearer)).json()
    assert (refused["rule"], refused["limit"]) == ("max_minutes", 720)


async def test_who_waits_for_less_than_a_step_is_offered_a_step(client: httpx.AsyncClient) -> None:
    guest, other = await factories.person(), await factories.person()
    resource = await factories.resource(await factories.person(), **LONG)
    taken = {"resource_id": str(resource), "starts_at": at(0), "ends_at": at(12)}
    booked = (await client.post("/api/v1/bookings", json=taken, headers=other.bearer)).json()
    wish = {"resource_id": str(resource), "from": at(0), "to": at(6), "minutes": 100}
    joined = await client.post("/api/v1/waitlist", json=wish, headers=guest.bearer)
    assert joined.status_code == 201, joined.text
    await client.post(f"/api/v1/bookings/{booked['id']}/cancel", headers=other.bearer)
    offer = (await client.get("/api/v1/waitlist", headers=guest.bearer)).json()[0]["offer"]
    assert (offer["starts_at"], offer["ends_at"]) == (at(0), at(3))


def test_control_counted_in_minutes_that_pass_the_day_would_be_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    day, rules = Span(midnight(SPRING), midnight(SPRING + timedelta(days=1))), Rules(**DAYS)
    utc = Span(*(one.astimezone(ZoneInfo("UTC")) for one in day))
    assert lengths.counted(utc, BERLIN, rules) == 1440
    monkeypatch.setattr(lengths, "_counts_steps", lambda _: False)
    assert lengths.counted(utc, BERLIN, rules) == 1380


def test_rules_that_leave_no_length_are_refused() -> None:
    assert "no whole step" in (wrong_with({"step_minutes": 180, "min_minutes": 200, "max_minutes": 300}) or "")
    assert "no whole step" in (wrong_with({"step_minutes": 180, "max_minutes": 60}) or "")
    assert wrong_with(LONG) is None
    assert wrong_with(DAYS) is None


def test_the_clock_of_shanghai_needs_no_counting() -> None:
    start = datetime(2027, 3, 28, tzinfo=SHANGHAI)
    assert lengths.counted(Span(start, start + timedelta(days=1)), SHANGHAI, Rules(**DAYS)) == 1440
