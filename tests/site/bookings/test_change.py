"""What can be done on the page of a booking and in the inbox, as a browser without JavaScript does it."""

import re
from datetime import UTC, datetime, timedelta

import httpx

from server.bookings.attendance import check_in
from server.core import db
from server.core.ids import new_id
from tests import factories
from tests.site.book.test_resource import THEN
from tests.site.visiting import signed_in


async def test_purpose_guests_and_units_are_changed_and_the_time_stays(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, units=4)
    id = await factories.booking(resource, guest, THEN)
    reader = await signed_in(client, guest)
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/edit", purpose="50% more", attendees="Ann <ann@example.com>", numbers="3")
    assert "Changed. Everyone" in reader.text
    row = await db.fetchrow("SELECT purpose, starts_at FROM booking WHERE id = $1", id)
    assert row is not None
    assert (row["purpose"], row["starts_at"]) == ("50% more", THEN)
    assert await db.fetchval("SELECT unit FROM claim WHERE booking_id = $1 AND released_at IS NULL", id) == 3
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/edit", purpose="x", attendees="nobody", numbers="first")
    assert (reader.status, sorted(reader.errors)) == (422, ["attendees", "numbers"])


async def test_a_change_on_an_old_page_is_refused(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    id = await factories.booking(await factories.resource(owner), guest, THEN)
    reader = await signed_in(client, guest)
    old = await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/edit", purpose="First", attendees="")
    reader.text = old
    await reader.send(f"/bookings/{id}/edit", purpose="Second", attendees="")
    assert (reader.status, "It has changed since you read it." in reader.text) == (412, True)
    assert await db.fetchval("SELECT purpose FROM booking WHERE id = $1", id) == "First"


async def test_the_owner_proposes_and_the_guest_accepts(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, approval="request")
    id = await factories.booking(resource, guest, THEN, status="requested")
    reader = await signed_in(client, owner)
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/propose", start="15:00", end="16:00", message="Maintenance")
    assert "You proposed" in reader.text
    reader = await signed_in(client, guest)
    assert "Maintenance" in await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/accept-proposal")
    assert "Accepted. The booking has its new time" in reader.text
    assert await db.fetchval("SELECT starts_at FROM booking WHERE id = $1", id) == THEN + timedelta(hours=3)


async def test_a_proposal_is_refused_and_the_booking_stays(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    id = await factories.booking(await factories.resource(owner), guest, THEN)
    reader = await signed_in(client, owner)
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/propose", start="15:00", end="16:00")
    reader = await signed_in(client, guest)
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/refuse-proposal", reason="No")
    assert "Refused. The booking stays" in reader.text
    assert await db.fetchval("SELECT starts_at FROM booking WHERE id = $1", id) == THEN


async def test_who_comes_checks_in_stays_longer_and_checks_out(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, time_zone="UTC", step_minutes=1)
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    id = await factories.booking(resource, guest, start, 15)
    reader = await signed_in(client, guest)
    assert check_in.code_of(id) in await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/check-in")
    assert "Checked in." in reader.text
    await reader.send(f"/bookings/{id}/extend", until="noon")
    assert (reader.status, reader.errors) == (422, ["until"])
    await reader.send(f"/bookings/{id}/check-out")
    assert "Checked out." in reader.text
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1", id) == "completed"


async def test_too_early_to_check_in_is_said(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    id = await factories.booking(await factories.resource(owner), guest, THEN)
    reader = await signed_in(client, guest)
    assert "You can check in from" in await reader.open(f"/bookings/{id}")
    assert f'action="/bookings/{id}/check-in"' not in reader.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', reader.text)
    assert token
    await reader.open(f"/bookings/{id}/check-in", "POST", {"csrf_token": token[1]})
    assert (reader.status, "The earliest is" in reader.text) == (422, True)


async def test_a_booking_is_handed_over_to_a_colleague(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person(role="booker")
    heir = await factories.person(guest.actor.organization_id, role="booker")
    resource = await factories.resource(owner)
    id = await factories.booking(resource, guest, THEN)
    reader = await signed_in(client, guest)
    text = await reader.open(f"/bookings/{id}")
    assert f"{heir.actor.name} ({heir.actor.email})" in text
    assert guest.actor.email not in text.partition('id="hand-over"')[2].partition("</form>")[0]
    await reader.send(f"/bookings/{id}/hand-over", to="")
    assert (reader.status, reader.errors) == (422, ["to"])
    await reader.send(f"/bookings/{id}/hand-over", to=str(owner.actor.member_id))
    assert (reader.status, reader.errors) == (422, ["to"])
    await reader.send(f"/bookings/{id}/hand-over", to=str(heir.actor.member_id), because="On holiday")
    assert "Handed over." in reader.text
    assert "On holiday" in reader.text
    assert await db.fetchval("SELECT member_id FROM booking WHERE id = $1", id) == heir.actor.member_id
    told = await db.fetch("SELECT kind, recipient FROM notice WHERE booking_id = $1 ORDER BY position", id)
    assert {tuple(row) for row in told} == {("handed_over", guest.actor.email), ("confirmed", heir.actor.email)}
    # It is the heir's now: another booker has no form, and neither has the owner.
    for other in (reader, await signed_in(client, owner)):
        assert 'id="hand-over"' not in await other.open(f"/bookings/{id}")


async def test_why_a_colleague_cannot_take_it_over_is_said(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    heir = await factories.person(guest.actor.organization_id, role="booker")
    await db.execute("UPDATE member SET monthly_minutes = 30 WHERE id = $1", heir.actor.member_id)
    id = await factories.booking(await factories.resource(owner), guest, THEN)
    reader = await signed_in(client, guest)
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/hand-over", to=str(heir.actor.member_id))
    assert (reader.status, reader.errors) == (422, ["to"])
    assert "Your colleague cannot take it over: What your organization lets you book" in reader.text
    assert await db.fetchval("SELECT member_id FROM booking WHERE id = $1", id) == guest.actor.member_id


async def test_a_strike_is_appealed_and_forgiven(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    id = await factories.booking(resource, guest, THEN - timedelta(days=9), status="no_show")
    sql = """
    INSERT INTO strike (id, owner_id, member_id, resource_id, booking_id, kind, at)
    VALUES (gen_random_uuid(), $1, $2, $3, $4, 'no_show', now())
    """
    await db.execute(sql, owner.actor.organization_id, guest.actor.member_id, resource, id)
    reader = await signed_in(client, guest)
    await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/appeal", text="")
    assert (reader.status, reader.errors) == (422, ["text"])
    await reader.send(f"/bookings/{id}/appeal", text="The train stood still")
    reader = await signed_in(client, owner)
    assert "The train stood still" in await reader.open(f"/bookings/{id}")
    await reader.send(f"/bookings/{id}/forgive")
    assert "The owner has forgiven it." in reader.text
    stranger = await signed_in(client, await factories.person())
    await stranger.open(f"/bookings/{id}")
    assert stranger.status == 404


async def test_many_requests_are_decided_at_once_and_what_is_refused_is_said(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, approval="request")
    used = await factories.booking(resource, guest, THEN - timedelta(days=30), status="completed")
    ids = [await factories.booking(resource, guest, THEN + timedelta(hours=n), status="requested") for n in (4, 0, 2)]
    reader = await signed_in(client, owner)
    await reader.open("/inbox")
    found = [one for one in re.findall(r'href="/bookings/([\w-]+)"', reader.text) if one != str(used)]
    assert found == [str(ids[1]), str(ids[2]), str(ids[0])]
    assert "Their last use:" in reader.text
    assert reader.text.count("checked") == 0
    assert (await reader.open("/inbox?all=1")).count('form="many" checked') == 3
    await reader.open("/inbox")
    page = reader.text
    await reader.open("/inbox", "POST", {"csrf_token": token(page), "decide": "approve"} | {"id": [str(ids[0])]})
    assert "Approved. The guest is told." in reader.text
    marked = {"id": [str(one) for one in ids], "csrf_token": token(page), "decide": "decline", "reason": "Repair"}
    await reader.open("/inbox", "POST", marked)
    assert (reader.status, "2 were decided; these were not:" in reader.text) == (409, True)
    rows = {
        row["id"]: row["status"] for row in await db.fetch("SELECT id, status FROM booking WHERE id = ANY($1)", ids)
    }
    assert [rows[id] for id in ids] == ["confirmed", "declined", "declined"]


def token(page: str) -> str:
    found = re.search(r'csrf_token" value="(\w+)', page)
    assert found
    return found[1]


async def test_what_foreign_calendars_say_stands_beside_a_request(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, approval="request")
    id = await factories.booking(resource, guest, THEN, status="requested")
    await busy(owner, resource, THEN)
    reader = await signed_in(client, owner)
    assert "Your other calendar is busy then:" in await reader.open("/inbox")
    assert "Your other calendar is busy then:" in await reader.open(f"/bookings/{id}")
    reader = await signed_in(client, guest)
    assert "Your other calendar" not in await reader.open(f"/bookings/{id}")


async def busy(owner: factories.Person, resource: object, start: datetime) -> None:
    """Let a foreign calendar of the owner be busy for an hour."""
    sql = "INSERT INTO foreign_calendar (id, resource_id, member_id, name, url) VALUES ($1, $2, $3, 'Own', '')"
    calendar = new_id()
    await db.execute(sql, calendar, resource, owner.actor.member_id)
    sql = "INSERT INTO foreign_busy (id, resource_id, calendar_id, during) VALUES ($1, $2, $3, tstzrange($4, $5))"
    await db.execute(sql, new_id(), resource, calendar, start, start + timedelta(hours=1))


async def test_the_program_decides_nothing_by_a_get(client: httpx.AsyncClient) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    id = await factories.booking(await factories.resource(owner), guest, THEN)
    reader = await signed_in(client, guest)
    for path in ("edit", "propose", "accept-proposal", "refuse-proposal", "check-in", "check-out", "extend", "appeal"):
        await reader.open(f"/bookings/{id}/{path}")
        assert reader.status in (404, 405)
    assert await db.fetchval("SELECT version FROM booking WHERE id = $1", id) == 1
