"""The owner's calendars and closures, as a browser without JavaScript uses them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.closures import close_over
from server.core import db
from server.core.ids import new_id
from tests import factories
from tests.factories import Person
from tests.site.visiting import signed_in

THEN = (datetime.now(UTC) + timedelta(days=9)).replace(hour=4, minute=0, second=0, microsecond=0)  # 12:00 in Shanghai
DAY = THEN.date().isoformat()
TIME = {"date": DAY, "start": "12:00", "end": "13:00"}

NAMED = "INSERT INTO member_resource (id, member_id, resource_id) VALUES ($1, $2, $3)"


async def owned(**rules: Any) -> tuple[Person, Person, UUID]:
    owner, guest = await factories.person(kind="university", locale="en"), await factories.person()
    return owner, guest, await factories.resource(owner, **rules)


def cell(page: str, resource: UUID, day: str) -> str:
    """What the timeline says of a day without its bars, and the bars after it."""
    found = re.search(rf'<a href="/manage/resources/{resource}/calendar\?day={day}#d{day}">(.*?)</a>', page)
    assert found is not None
    return found[1]


async def test_the_timeline_says_how_long_each_day_is_free_and_shows_what_takes_the_rest(
    client: httpx.AsyncClient,
) -> None:
    owner, guest, resource = await owned()
    await factories.booking(resource, guest, THEN, 120)
    await factories.booking(resource, guest, THEN + timedelta(hours=4), 90, status="requested")
    reader = await signed_in(client, owner)
    shown = cell(await reader.open(f"/manage/calendar?day={DAY}"), resource, DAY)
    assert "20 h 30 min free, 1 request" in shown
    assert 'class="booking s24 e28"' in shown
    assert 'class="request s32 e35"' in shown
    assert 'class="open s0 e48"' in shown


async def test_of_several_units_one_that_is_taken_leaves_the_day_free(client: httpx.AsyncClient) -> None:
    owner, guest, resource = await owned(units=2)
    await factories.booking(resource, guest, THEN, 60)
    await factories.booking(resource, guest, THEN + timedelta(hours=2), 60, units=2)
    reader = await signed_in(client, owner)
    shown = cell(await reader.open(f"/manage/calendar?day={DAY}"), resource, DAY)
    assert "23 hours free" in shown
    assert 'class="booking some s24 e26"' in shown
    assert 'class="full s28 e30"' in shown


async def test_units_that_are_all_closed_are_shown_as_closed_and_not_as_booked(client: httpx.AsyncClient) -> None:
    owner, _, resource = await owned(units=2)
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/closures"
    await reader.open(path)
    await reader.send(path, **TIME)
    shown = cell(await reader.open(f"/manage/calendar?day={DAY}"), resource, DAY)
    assert "23 hours free" in shown
    assert shown.index('class="closure s24 e26"') > shown.index('class="full s24 e26"')


async def test_the_timeline_is_of_one_s_own_resources_only_and_is_cut_into_pages(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, _, resource = await owned(name="Aaa 100%")
    other = await factories.resource(owner, name="Bbb")
    foreign = await factories.resource(await factories.person(kind="university"))
    reader = await signed_in(client, owner)
    page = await reader.open("/manage/calendar")
    assert str(resource) in page
    assert str(other) in page
    assert str(foreign) not in page
    assert str(other) not in await reader.open("/manage/calendar?q=100%25")
    assert "None of your resources" in await reader.open("/manage/calendar?q=_aa")
    monkeypatch.setattr("server.site.manage.fleet.PAGE", 1)
    assert str(other) not in await reader.open("/manage/calendar")
    assert str(other) in await reader.open("/manage/calendar?after=1")
    await reader.open("/manage/calendar?day=9999-99-99&after=x&rows=-1")
    assert reader.status == 200


async def test_bookers_and_strangers_see_no_page_of_an_owner(client: httpx.AsyncClient) -> None:
    owner, guest, resource = await owned()
    booker = await factories.person(owner.actor.organization_id, role="booker")
    pages = ("calendar", "closures", "hours", "rules", "days", "terms")
    for person, status in ((guest, 404), (booker, 403)):
        reader = await signed_in(client, person)
        for name in pages:
            await reader.open(f"/manage/resources/{resource}/{name}")
            assert (name, reader.status) == (name, status)
    limited = await factories.person(owner.actor.organization_id, role="manager")
    other = await factories.resource(owner)
    await db.execute("UPDATE member SET named_only = true WHERE id = $1", limited.actor.member_id)
    await db.execute(NAMED, new_id(), limited.actor.member_id, other)
    reader = await signed_in(client, limited)
    assert str(resource) not in await reader.open("/manage/calendar")
    for name in pages:
        await reader.open(f"/manage/resources/{resource}/{name}")
        assert (name, reader.status) == (name, 404)


async def test_the_calendar_says_who_comes_for_what_and_a_request_is_decided_there(client: httpx.AsyncClient) -> None:
    owner, guest, resource = await owned()
    first = await factories.booking(resource, guest, THEN, status="requested", purpose="Fracture <b>")
    second = await factories.booking(resource, guest, THEN + timedelta(hours=2), status="requested")
    reader = await signed_in(client, owner)
    page = await reader.open(f"/manage/resources/{resource}/calendar?day={DAY}")
    assert f"{guest.actor.organization_name} · {guest.actor.name}" in page
    assert "Fracture &lt;b&gt;" in page
    await reader.send(f"/manage/bookings/{first}/approve")
    assert "Approved. The guest is told." in reader.text
    await reader.send(f"/manage/bookings/{second}/decline", reason="No time")
    assert "Declined." in reader.text
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", first) == "confirmed"
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", second) == "declined"
    await reader.open(f"/manage/bookings/{first}/eat", "POST", {})
    assert reader.status in (403, 404)


async def test_a_guest_is_checked_in_and_out_on_the_day(client: httpx.AsyncClient) -> None:
    owner, guest, resource = await owned()
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    booking = await factories.booking(resource, guest, now, 180)
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{resource}/calendar")
    await reader.send(f"/manage/bookings/{booking}/check-in")
    assert "Checked in." in reader.text
    await reader.send(f"/manage/bookings/{booking}/check-out")
    assert "Checked out." in reader.text
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", booking) == "completed"


async def test_what_is_too_early_is_refused_in_words_on_the_calendar(client: httpx.AsyncClient) -> None:
    owner, guest, resource = await owned()
    booking = await factories.booking(resource, guest, THEN)
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{resource}/calendar?day={DAY}")
    token = re.findall(r'csrf_token" value="(\w+)', reader.text)[0]
    await reader.open(f"/manage/bookings/{booking}/check-in", "POST", {"csrf_token": token})
    assert reader.status == 422
    assert 'id="errors"' in reader.text
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", booking) == "confirmed"


async def test_free_time_is_closed_at_once_and_opened_again(client: httpx.AsyncClient) -> None:
    owner, _, resource = await owned()
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{resource}/calendar?day={DAY}")
    await reader.send(f"/manage/resources/{resource}/closures", **TIME, reason="Filament")
    assert "Closed. Nobody can book this time." in reader.text
    assert "Filament" in reader.text
    closure = await db.fetchval("SELECT id FROM closure WHERE resource_id = $1", resource)
    await reader.send(f"/manage/resources/{resource}/closures/{closure}/reopen")
    assert "Open again." in reader.text
    assert reader.path.startswith(f"/manage/resources/{resource}/calendar?day={DAY}")
    assert await db.fetchval("SELECT lifted_at IS NOT NULL FROM closure WHERE id = $1", closure)


async def test_bookings_in_the_way_are_shown_before_they_are_cancelled(client: httpx.AsyncClient) -> None:
    owner, guest, resource = await owned()
    booking = await factories.booking(resource, guest, THEN, purpose="Ageing test")
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{resource}/closures")
    await reader.send(f"/manage/resources/{resource}/closures", **TIME, reason="Repair")
    assert "1 booking stands in the way" in reader.text
    assert "Ageing test" in reader.text
    assert await db.fetchval("SELECT count(*) FROM closure WHERE resource_id = $1", resource) == 0
    await reader.send(f"/manage/resources/{resource}/closures", sure="1")
    assert "Closed." in reader.text
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", booking) == "cancelled"


@pytest.mark.parametrize("guarded", [True, False])
async def test_who_booked_after_the_preview_is_not_cancelled_unseen(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    owner, guest, resource = await owned()
    seen = await factories.booking(resource, guest, THEN, 30)
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{resource}/closures")
    await reader.send(f"/manage/resources/{resource}/closures", **TIME)
    late = await factories.booking(resource, guest, THEN + timedelta(minutes=30), 30)
    if not guarded:
        monkeypatch.setattr(close_over, "refuse_unless_listed", lambda *_: None)
    await reader.send(f"/manage/resources/{resource}/closures", sure="1")
    states = [await db.fetchval("SELECT status FROM booking WHERE id = $1", id) for id in (seen, late)]
    assert states == (["confirmed", "confirmed"] if guarded else ["cancelled", "cancelled"])
    assert reader.status == (409 if guarded else 200)


async def test_a_closure_comes_again_after_its_times_were_shown_and_all_are_opened_together(
    client: httpx.AsyncClient,
) -> None:
    owner, _, resource = await owned()
    reader = await signed_in(client, owner)
    await reader.open(f"/manage/resources/{resource}/closures")
    until = (THEN + timedelta(days=15)).date().isoformat()
    await reader.send(f"/manage/resources/{resource}/closures", **TIME, repeat="weekly", repeat_until=until)
    assert "3 times are closed:" in reader.text
    await reader.send(f"/manage/resources/{resource}/closures", sure="1")
    await reader.open(f"/manage/resources/{resource}/closures")
    assert "Open all 3 again" in reader.text
    group = await db.fetchval("SELECT group_id FROM closure WHERE resource_id = $1 LIMIT 1", resource)
    await reader.send(f"/manage/resources/{resource}/closures/{group}/reopen")
    assert "Nothing is closed." in reader.text


async def test_what_is_wrong_with_a_closure_is_said_at_its_field(client: httpx.AsyncClient) -> None:
    owner, _, resource = await owned()
    reader = await signed_in(client, owner)
    wrong: list[tuple[dict[str, str], str]] = [
        ({"date": ""}, "date"),
        ({"end": "11:00"}, "end"),
        ({"reason": "x" * 201}, "reason"),
        ({"repeat": "daily"}, "repeat_until"),
        ({"repeat": "weekly", "repeat_until": "2020-01-01"}, "repeat"),
    ]
    for entered, field in wrong:
        await reader.open(f"/manage/resources/{resource}/closures")
        await reader.send(f"/manage/resources/{resource}/closures", **(TIME | entered))
        assert (reader.status, reader.errors) == (422, [field])
