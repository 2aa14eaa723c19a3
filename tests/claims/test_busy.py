"""Busy time of foreign calendars takes what nothing else has, unit by unit, and gives way to its owner."""

from datetime import UTC, datetime, timedelta

import pytest

from server.claims.busy import keep_busy, yield_busy
from server.core import db
from server.core.spans import Span
from tests import factories
from tests.claims.conftest import Calendars, at, busy


async def test_what_calendars_say_is_taken_once_of_the_units_that_they_speak_of(calendars: Calendars) -> None:
    await calendars.say(1, 3)
    await calendars.say(2, 4, unit=2)
    await keep_busy(calendars.resource)
    assert await busy(calendars.resource) == [(1, 1, 3), (2, 1, 4)]
    await keep_busy(calendars.resource)
    assert await busy(calendars.resource) == [(1, 1, 3), (2, 1, 4)]


async def test_what_is_said_no_more_is_given_back_and_what_is_new_is_taken(calendars: Calendars) -> None:
    first = await calendars.say(1, 3, unit=1)
    await calendars.say(6, 7, unit=2)
    await keep_busy(calendars.resource)
    (kept,) = await db.fetch("SELECT id FROM claim WHERE resource_id = $1 AND unit = 2", calendars.resource)
    await calendars.unsay(first)
    await calendars.say(4, 5, unit=1)
    await keep_busy(calendars.resource)
    assert await busy(calendars.resource) == [(1, 4, 5), (2, 6, 7)]
    sql = "SELECT id FROM claim WHERE resource_id = $1 AND unit = 2 AND released_at IS NULL"
    assert await db.fetchval(sql, calendars.resource) == kept["id"]  # what stays is not taken anew


async def test_it_takes_only_what_nothing_else_has(calendars: Calendars) -> None:
    await factories.claim(calendars.resource, at(2), at(3), unit=1)
    await calendars.say(1, 4)
    await keep_busy(calendars.resource)
    assert await busy(calendars.resource) == [(1, 1, 2), (1, 3, 4), (2, 1, 4)]


async def test_a_hold_that_is_over_is_not_in_its_way(calendars: Calendars) -> None:
    over = datetime.now(UTC) - timedelta(minutes=1)
    await factories.claim(calendars.resource, at(1), at(2), reason="hold", expires_at=over)
    await calendars.say(1, 2, unit=1)
    await keep_busy(calendars.resource)
    assert await busy(calendars.resource) == [(1, 1, 2)]


async def test_that_of_a_whole_is_that_of_its_parts_and_of_no_others(calendars: Calendars) -> None:
    part, other = await calendars.part(), await calendars.made()
    await calendars.say(1, 2)
    await keep_busy(calendars.resource)
    assert (await busy(part), await busy(other)) == ([(1, 1, 2)], [])


async def test_it_gives_way_where_it_is_asked_to_and_its_parts_do_too(calendars: Calendars) -> None:
    part, other = await calendars.part(), await calendars.made()
    await calendars.say(1, 2)
    await calendars.say(3, 4)
    await calendars.say(1, 2, of=other)
    for one in (calendars.resource, other):
        await keep_busy(one)
    await yield_busy(calendars.resource, Span(at(0), at(2)))
    assert await busy(calendars.resource) == [(1, 3, 4), (2, 3, 4)]
    assert await busy(part) == [(1, 3, 4)]
    assert await busy(other) == [(1, 1, 2)]
    await keep_busy(calendars.resource)
    assert await busy(calendars.resource) == [(1, 1, 2), (1, 3, 4), (2, 1, 2), (2, 3, 4)]


async def test_control_without_giving_back_it_would_hold_what_nobody_says(
    calendars: Calendars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.claims.busy.RELEASE", "SELECT $1::uuid, $2::uuid[]")
    first = await calendars.say(1, 3)
    await keep_busy(calendars.resource)
    await calendars.unsay(first)
    await keep_busy(calendars.resource)
    assert await busy(calendars.resource) == [(1, 1, 3), (2, 1, 3)]  # the harm
