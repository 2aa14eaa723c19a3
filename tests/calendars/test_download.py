"""One booking as a calendar file."""

from typing import Any

import httpx
from icalendar import Calendar

from tests import factories
from tests.calendars.test_feeds import MONDAY, World, world

__all__ = ["world"]


async def test_both_sides_download_their_view_of_a_booking(client: httpx.AsyncClient, world: World) -> None:
    id = await factories.booking(world.resource_id, world.sme, MONDAY, purpose="金相")
    path = f"/api/v1/bookings/{id}/calendar"
    for person, title in ((world.sme, "电镜"), (world.owner, "电镜 · 甲公司")):
        answer = await client.get(path, headers=person.bearer)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        calendar: Any = Calendar.from_ical(answer.content)
        (event,) = calendar.walk("VEVENT")
        assert (event["SUMMARY"], event["UID"], event.start) == (title, f"{id}@rongtong.test", MONDAY)
    assert (await client.get(path, headers=world.other.bearer)).status_code == 404
