"""Free and busy time, read by parsers that are not ours."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import recurring_ical_events
from icalendar import Calendar

from server.calendars.free_busy import FreeBusy, Hours, document
from server.core import db
from server.core.spans import Minutes, Span, merged
from server.resources.opening.opening_hours import open_spans
from tests import factories
from tests.calendars.test_feeds import HOUR, MONDAY, World, read, subscribe, world

__all__ = ["world"]
STAMP = datetime(2026, 11, 24, tzinfo=UTC)


def free_busy_of(content: bytes) -> list[tuple[datetime, datetime]]:
    (component,) = Calendar.from_ical(content).walk("VFREEBUSY")
    given = component.get("FREEBUSY", [])
    periods = given if isinstance(given, list) else [given]
    return [(period.start, period.end) for period in periods]


def available(content: bytes, window: Span) -> list[Span]:
    """Expand VAVAILABILITY with a library that knows events."""
    text = content.replace(b"AVAILABLE", b"VEVENT")
    text = text.replace(b"BEGIN:VAVAILABILITY\r\n", b"X-BEGIN:1\r\n").replace(b"END:VAVAILABILITY\r\n", b"")
    head, _, rest = text.partition(b"X-BEGIN:1\r\n")
    events: Any = Calendar.from_ical(head + rest[rest.index(b"BEGIN:VEVENT") :])
    found = recurring_ical_events.of(events).between(window.starts_at, window.ends_at)
    return [Span(*pair) for pair in merged((one.start.astimezone(UTC), one.end.astimezone(UTC)) for one in found)]


async def test_taken_time_is_told_merged_in_utc(client: httpx.AsyncClient, world: World) -> None:
    await factories.booking(world.resource_id, world.sme, MONDAY, purpose="secret")
    await factories.booking(world.resource_id, world.other, MONDAY + HOUR)
    path = await subscribe(client, world.other, scope="resource", resource_id=world.resource_id)
    answer = await read(client, path.replace(".ics", ".ifb"))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert free_busy_of(answer.content) == [(MONDAY, MONDAY + 2 * HOUR)]
    assert b"VEVENT" not in answer.content
    for secret in ("secret", "公司", "person"):
        assert secret not in answer.text


async def test_the_same_free_busy_answers_304_and_head(client: httpx.AsyncClient, world: World) -> None:
    path = (await subscribe(client, world.sme, scope="organization")).replace(".ics", ".ifb")
    first = await read(client, path)
    again = await read(client, path, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert (await read(client, path)).content == first.content
    assert (await client.head(path)).headers["etag"] == first.headers["etag"]
    await factories.booking(world.resource_id, world.sme, MONDAY)
    assert (await read(client, path, if_none_match=first.headers["etag"])).status_code == 200
    assert (await client.get("/feeds/unknown.ifb")).status_code == 404
    assert (await client.get(path.replace(".ifb", ".txt"))).status_code == 404


async def test_opening_hours_stand_beside_with_exceptions_and_holidays(client: httpx.AsyncClient, world: World) -> None:
    resource_id = await factories.resource(world.owner, hours=factories.WORKING_HOURS)
    await db.execute("UPDATE resource SET country = 'CN' WHERE id = $1", resource_id)
    day = (MONDAY + timedelta(days=1)).date()
    exception = "INSERT INTO opening_exception (resource_id, day, hours) VALUES ($1, $2, '{[600,660)}')"
    await db.execute(exception, resource_id, day)
    path = await subscribe(client, world.other, scope="resource", resource_id=resource_id)
    answer = await read(client, path.replace(".ics", ".ifb"))
    shown = available(answer.content, Span(MONDAY - HOUR, MONDAY + timedelta(days=2)))
    # Monday 9 to 17 as every week, Tuesday 10 to 11
    assert shown[:2] == [Span(MONDAY, MONDAY + 8 * HOUR), Span(MONDAY + 25 * HOUR, MONDAY + 26 * HOUR)]


ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
)
NIGHTS: Minutes = ((0, 120), (540, 1020), (4 * 1440 + 1320, 5 * 1440 + 360), (6 * 1440 + 1320, 7 * 1440))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("week", [NIGHTS, ((0, 7 * 1440),), ()], ids=["nights", "always", "never"])
def test_hours_expand_to_what_booking_takes_for_open(zone: str, week: Minutes) -> None:
    exceptions: dict[date, Minutes] = {date(2027, 1, 2): ((60, 180), (1320, 1440)), date(2027, 1, 4): ()}
    window = Span(datetime(2026, 12, 7, tzinfo=UTC), datetime(2027, 2, 20, tzinfo=UTC))
    hours = Hours(uuid4(), zone, week, exceptions)
    written = document(FreeBusy(window, STAMP, [], hours), "x", "a@example.com", "example.com")
    inside = Span(window.starts_at + timedelta(days=1), window.ends_at - timedelta(days=1))
    expected = [Span(*pair) for pair in open_spans(week, exceptions, zone, window)]
    shown = available(written, window) if week or exceptions else []
    assert [span for span in shown if inside.holds(span)] == [span for span in expected if inside.holds(span)]
