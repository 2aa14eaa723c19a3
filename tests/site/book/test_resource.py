"""The pages from the resource to the booking and back, as a browser without JavaScript uses them."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
import pytest

from server.core import db
from tests import factories
from tests.site.reader import Reader
from tests.site.visiting import signed_in

THEN = (datetime.now(UTC) + timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)
TIME = {"date": THEN.date().isoformat(), "start": "12:00", "end": "13:00"}  # in Shanghai


async def booked(reader: Reader, resource: object, **more: str) -> str:
    """Go through the three steps; return the path of the booking."""
    await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **TIME)
    hold = reader.path
    assert hold.startswith("/holds/")
    await reader.send(
        hold, purpose="Fracture <b>surfaces</b>", attendees="Ann <ann@example.com>\nbob@example.com", **more
    )
    await reader.send(f"{hold}/book")
    return reader.path.partition("?")[0]


async def test_a_time_is_booked_in_three_steps_and_cancelled(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    reader = await signed_in(client, guest)
    path = await booked(reader, resource)
    assert "Booked. The invitation for your calendar" in reader.text
    assert "Fracture &lt;b&gt;surfaces&lt;/b&gt;" in reader.text
    assert "ann@example.com, bob@example.com" in reader.text
    assert path in await reader.open("/bookings")
    await reader.open(path)
    await reader.send(f"{path}/cancel", reason="Sample broke")
    assert "Sample broke" in reader.text
    assert await db.fetchval("SELECT status FROM booking WHERE resource_id = $1", resource) == "cancelled"
    assert path in await reader.open("/bookings?part=cancelled")
    assert path not in await reader.open("/bookings")


async def test_who_is_not_signed_in_comes_back_to_the_same_time(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    await factories.password(guest.actor.account_id)
    reader = Reader(client)
    await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **TIME)
    assert reader.path.startswith("/sign-in?next=")
    await reader.send("/sign-in", email=guest.actor.email, password=factories.PASSWORD)
    assert reader.path.startswith(f"/resources/{resource}?from=")
    assert 'value="12:00"' in reader.text


async def test_the_loser_keeps_the_page_and_is_offered_the_nearest_times(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    reader = await signed_in(client, guest)
    await reader.open(f"/resources/{resource}")
    await factories.booking(resource, owner, THEN)
    await reader.send(f"/resources/{resource}/hold", **TIME)
    assert reader.status == 409
    assert "Someone else has just taken this time." in reader.text
    offers = reader.text.split('class="offers"')[1].split("</ul>")[0]
    assert offers.count("<form") == 3
    action = re.search(r'action="([^"]+)"', offers)
    assert action is not None
    await reader.send(action[1])
    assert reader.path.startswith("/holds/")


async def test_who_goes_back_to_the_form_of_what_is_booked_is_led_to_the_booking(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    reader = await signed_in(client, guest)
    path = await booked(reader, await factories.resource(owner))
    hold = await db.fetchval("SELECT id FROM hold WHERE member_id = $1", guest.actor.member_id)
    await reader.open(f"/holds/{hold}")
    assert reader.path == path
    token = re.search(r'name="csrf_token" value="([^"]+)"', reader.text)
    assert token
    await reader.open(f"/holds/{hold}", "POST", {"csrf_token": token[1], "purpose": "Again"})
    assert reader.path == path


@pytest.mark.parametrize("taken", [False, True])
async def test_a_form_that_took_too_long_is_not_lost(client: httpx.AsyncClient, taken: bool) -> None:
    """The time is held anew where it is free; where it is not, others are offered, and what was said is kept."""
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    reader = await signed_in(client, guest)
    await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **TIME)
    hold = reader.path
    await db.execute("UPDATE claim SET released_at = now() WHERE resource_id = $1", resource)
    await db.execute("UPDATE hold SET expires_at = now(), ended_at = now() WHERE resource_id = $1", resource)
    if taken:
        await factories.booking(resource, owner, THEN)
    await reader.send(hold, purpose="Long thought of")
    assert "Long thought of" in reader.text
    if taken:
        assert (reader.status, "Someone else has just taken this time." in reader.text) == (409, True)
    else:
        anew = re.search(r'action="(/holds/[^"]+)"', reader.text)
        assert (reader.status, anew and anew[1] != hold) == (200, True)
    await reader.open(hold)
    assert reader.path.startswith(f"/resources/{resource}?from=")
    assert "This time is no longer held for you" in reader.text


async def test_who_holds_too_late_loses_the_time_and_is_told(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    reader = await signed_in(client, guest)
    await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **TIME)
    hold = reader.path
    await reader.send(hold, purpose="Kept")
    await db.execute("UPDATE claim SET released_at = now() WHERE resource_id = $1", resource)
    await db.execute("UPDATE hold SET expires_at = now(), ended_at = now() WHERE resource_id = $1", resource)
    await factories.booking(resource, owner, THEN)
    await reader.send(f"{hold}/book")
    assert reader.status == 409
    assert "The nearest times that are free" in reader.text
    action = re.search(r'action="([^"]+)"', reader.text.split('class="offers"')[1])
    assert action is not None
    await reader.send(action[1])
    assert reader.status == 200
    assert ">Kept</textarea>" in reader.text


async def test_a_hold_is_made_once_and_a_booking_too(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    reader = await signed_in(client, guest)
    for _ in range(2):
        await reader.open(f"/resources/{resource}")
        await reader.send(f"/resources/{resource}/hold", **TIME)
    hold = reader.path
    await reader.send(hold)
    review = reader.text
    for _ in range(2):
        reader.text = review
        await reader.send(f"{hold}/book")
        assert reader.path.startswith("/bookings/")
    assert await db.fetchval("SELECT count(*) FROM booking WHERE resource_id = $1", resource) == 1


@pytest.mark.parametrize(
    ("entered", "field"),
    [({"end": "11:00"}, "end"), ({"date": ""}, "date"), ({"start": "noon"}, "start")],
)
async def test_a_wrong_time_is_said_at_its_field(
    client: httpx.AsyncClient, entered: dict[str, str], field: str
) -> None:
    resource = await factories.resource(await factories.person(kind="university"))
    reader = await signed_in(client, await factories.person())
    await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **(TIME | entered))
    assert (reader.status, reader.errors) == (422, [field])


async def test_what_a_rule_refuses_is_said_in_words(client: httpx.AsyncClient) -> None:
    resource = await factories.resource(await factories.person(kind="university"), min_minutes=120)
    reader = await signed_in(client, await factories.person())
    assert "A booking lasts 2 hours or longer." in await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **TIME)
    assert "Book at least 2 hours." in reader.text


async def test_wrong_addresses_of_those_who_come_along_are_said_and_nothing_is_lost(client: httpx.AsyncClient) -> None:
    resource = await factories.resource(await factories.person(kind="university"))
    reader = await signed_in(client, await factories.person())
    await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **TIME)
    await reader.send(reader.path, purpose="Kept", attendees="nobody")
    assert (reader.status, reader.errors) == (422, ["attendees"])
    assert ">Kept</textarea>" in reader.text


async def test_terms_are_accepted_before_booking(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner)
    headers = owner.bearer
    assert (
        await client.post(f"/api/v1/resources/{resource}/terms", json={"text": "Wear gloves"}, headers=headers)
    ).is_success
    reader = await signed_in(client, await factories.person())
    await reader.open(f"/resources/{resource}")
    await reader.send(f"/resources/{resource}/hold", **TIME)
    hold = reader.path
    await reader.open(reader.path, "POST", {"csrf_token": re.findall(r'csrf_token" value="(\w+)', reader.text)[0]})
    assert reader.errors == ["accept_terms"]
    await reader.send(hold, accept_terms="1")
    await reader.send(f"{hold}/book")
    assert reader.path.startswith("/bookings/")


async def test_the_owner_approves_and_declines_in_the_inbox(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, approval="request")
    ids = [
        await factories.booking(resource, guest, THEN + timedelta(hours=hours), status="requested") for hours in (0, 2)
    ]
    reader = await signed_in(client, owner)
    await reader.open(f"/bookings/{ids[0]}")
    await reader.send(f"/bookings/{ids[0]}/approve")
    await reader.open(f"/bookings/{ids[1]}")
    await reader.send(f"/bookings/{ids[1]}/decline", reason="Under repair")
    rows = await db.fetch("SELECT id, status FROM booking WHERE resource_id = $1", resource)
    states = {row["id"]: row["status"] for row in rows}
    assert [states[id] for id in ids] == ["confirmed", "declined"]
    assert "No request waits for you" in await reader.open("/inbox")


async def test_opening_a_booking_changes_nothing(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, approval="request")
    id = await factories.booking(resource, guest, THEN, status="requested")
    reader = await signed_in(client, owner)
    for path in ("", "/approve", "/decline", "/cancel", "/move"):
        await reader.open(f"/bookings/{id}{path}")
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", id) == "requested"


async def test_a_booking_moves_or_stays_where_it_was(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    id = await factories.booking(resource, guest, THEN)
    await factories.booking(resource, owner, THEN + timedelta(hours=3))
    reader = await signed_in(client, guest)
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/move", start="15:00", end="16:00")
    assert (reader.status, "The booking stays where it was" in reader.text) == (409, True)
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/move", start="14:00", end="15:00")
    assert await db.fetchval("SELECT starts_at FROM booking WHERE id = $1", id) == THEN + timedelta(hours=2)


async def test_what_is_anothers_is_not_there(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    id = await factories.booking(resource, guest, THEN)
    stranger = await signed_in(client, await factories.person())
    await stranger.open(f"/bookings/{id}")
    assert stranger.status == 404
    assert str(id) not in await stranger.open("/bookings")
    booker = await signed_in(client, await factories.person(role="booker"))
    await booker.open("/inbox")
    assert booker.status == 403


async def test_forms_without_the_token_of_the_session_change_nothing(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    id = await factories.booking(resource, guest, THEN)
    reader = await signed_in(client, guest)
    for path in (f"/resources/{resource}/hold", f"/bookings/{id}/cancel", f"/bookings/{id}/move"):
        await reader.open(path, "POST", TIME)
        assert reader.status == 403
    assert await db.fetchval("SELECT count(*) FROM hold") == 0


async def test_the_week_says_free_taken_closed_and_past_in_words(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner, hours=factories.WORKING_HOURS, holidays="open")
    monday = (datetime.now(UTC) + timedelta(days=14)).date()
    monday -= timedelta(days=monday.weekday())
    start = datetime(monday.year, monday.month, monday.day, 2, tzinfo=UTC)
    await factories.booking(resource, owner, start)
    reader = Reader(client)
    await reader.open(f"/resources/{resource}?day={monday}")
    assert reader.text.count('<td class="slot taken') == 2
    assert "<span>closed</span>" in reader.text
    assert reader.text.count('<td class="slot free') == 16 * 5 - 2
    first = re.search(r'<td class="slot free[^>]*><a href="([^"]+)"', reader.text)
    assert first is not None
    await reader.open(f"/resources/{resource}" + first[1].replace("&amp;", "&").partition("#")[0])
    assert 'aria-selected="true"' in reader.text


async def test_a_link_with_a_time_fills_in_one_unit(client: httpx.AsyncClient) -> None:
    """Browsers do not send a form whose required field is empty."""
    resource = await factories.resource(await factories.person(kind="university"), units=3)
    start, end = THEN.isoformat(), (THEN + timedelta(hours=1)).isoformat()
    reader = Reader(client)
    await reader.open(f"/resources/{resource}?" + urlencode({"from": start, "to": end}))
    assert re.search(r'name="units" type="number"\s+value="1"', reader.text)
