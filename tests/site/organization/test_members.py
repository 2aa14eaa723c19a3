"""The pages of the people of an organization: invited, let in, given rights and removed."""

import httpx

from server.core import db
from tests import factories
from tests.accounts.letters import letters
from tests.site.visiting import seated, visiting

MEMBERS = "/organization/members"


async def test_an_invitation_from_the_page_to_the_new_member(client: httpx.AsyncClient) -> None:
    admin = await factories.person(locale="en")
    guest = await seated(client, await factories.account("guest@example.com", locale="en"))
    reader = await visiting(client, admin)
    await reader.open(MEMBERS)
    await reader.send(f"{MEMBERS}/invite", email="nonsense", role="booker")
    assert (reader.status, reader.errors) == (422, ["email"])
    assert 'value="nonsense"' in reader.text
    await reader.send(f"{MEMBERS}/invite", email=admin.actor.email, role="booker")
    assert (reader.status, reader.errors) == (409, ["email"])
    await reader.send(f"{MEMBERS}/invite", email="guest@example.com", role="booker", monthly_hours="40")
    assert reader.path == f"{MEMBERS}?done=invited"
    first = str((await letters("invitation"))[-1]["link"])
    await reader.send(f"{MEMBERS}/invite", email="guest@example.com", role="booker", monthly_hours="40")
    link = str((await letters("invitation"))[-1]["link"])
    assert link != first
    await guest.open("/" + first.split("/", 3)[3])
    assert guest.status == 404
    await guest.open("/" + link.split("/", 3)[3])
    await guest.send("")
    assert guest.path == "/account?done=joined"
    sql = "SELECT monthly_minutes FROM member m JOIN account a ON a.id = m.account_id WHERE a.email = $1"
    assert await db.fetchval(sql, "guest@example.com") == 2400


async def test_an_invitation_is_taken_back(client: httpx.AsyncClient) -> None:
    admin = await factories.person(locale="en")
    reader = await visiting(client, admin)
    await reader.open(MEMBERS)
    await reader.send(f"{MEMBERS}/invite", email="guest@example.com", role="admin")
    id = await db.fetchval("SELECT id FROM invitation WHERE email = 'guest@example.com'")
    await reader.send(f"{MEMBERS}/invitations/{id}/take-back")
    assert (reader.path, "guest@example.com" in reader.text) == (f"{MEMBERS}?done=taken-back", False)


async def test_rights_are_given_and_the_last_admin_stays(client: httpx.AsyncClient) -> None:
    admin = await factories.person(locale="en")
    mate = await factories.person(admin.actor.organization_id, role="booker")
    resource = await factories.resource(admin)
    reader = await visiting(client, admin)
    await reader.open(f"{MEMBERS}/{mate.actor.member_id}")
    await reader.send(f"{MEMBERS}/{mate.actor.member_id}/rights", role="booker", monthly_hours="1000")
    assert (reader.status, reader.errors) == (422, ["monthly_hours"])
    fields = {"role": "manager", "monthly_hours": "5", "resource_ids": str(resource)}
    await reader.send(f"{MEMBERS}/{mate.actor.member_id}/rights", **fields)
    assert reader.path == f"{MEMBERS}?done=rights"
    row = await db.fetchrow("SELECT role, named_only, monthly_minutes FROM member WHERE id = $1", mate.actor.member_id)
    assert row is not None
    assert tuple(row) == ("manager", True, None)
    await reader.open(f"{MEMBERS}/{admin.actor.member_id}")
    await reader.send(f"{MEMBERS}/{admin.actor.member_id}/rights", role="booker")
    assert (reader.status, "There must be an administrator" in reader.text) == (409, True)


async def test_who_leaves_hands_over_or_cancels(client: httpx.AsyncClient) -> None:
    admin, owner = await factories.person(locale="en"), await factories.person(kind="university")
    mate = await factories.person(admin.actor.organization_id, role="booker")
    resource = await factories.resource(owner)
    start = await db.fetchval("SELECT date_trunc('hour', now()) + interval '2 days'")
    booking = await factories.booking(resource, mate, start)
    reader = await visiting(client, admin)
    path = f"{MEMBERS}/{mate.actor.member_id}"
    await reader.open(path)
    await reader.send(f"{path}/remove", bookings="hand_over", to="")
    assert (reader.status, reader.errors) == (422, ["to"])
    await reader.send(f"{path}/remove", bookings="hand_over", to=str(admin.actor.member_id))
    assert reader.path == f"{MEMBERS}?done=removed"
    assert await db.fetchval("SELECT member_id FROM booking WHERE id = $1", booking) == admin.actor.member_id


async def test_another_organization_is_not_there(client: httpx.AsyncClient) -> None:
    admin, other = await factories.person(locale="en"), await factories.person()
    reader = await visiting(client, admin)
    await reader.open(f"{MEMBERS}/{other.actor.member_id}")
    assert reader.status == 404


async def test_somebody_asks_to_join_and_is_let_in(client: httpx.AsyncClient) -> None:
    admin = await factories.person(locale="en")
    await db.execute("UPDATE account SET email = 'boss@works.test' WHERE id = $1", admin.actor.account_id)
    reader = await visiting(client, admin)
    await reader.open(MEMBERS)
    await reader.send(f"{MEMBERS}/domains", domain="gmail.com")
    assert (reader.status, reader.errors) == (400, ["domain"])
    await reader.send(f"{MEMBERS}/domains", domain="works.test")
    assert reader.path == f"{MEMBERS}?done=domain"
    mate = await seated(client, await factories.account("mate@works.test", locale="en"))
    await mate.open("/organization/new")
    await mate.send("/organization/join")
    assert mate.path == "/organization/new?done=asked"
    await reader.open(MEMBERS)
    id = await db.fetchval("SELECT id FROM join_request")
    await reader.send(f"{MEMBERS}/requests/{id}/accept")
    assert (reader.path, "mate@works.test" in reader.text) == (f"{MEMBERS}?done=let-in", True)
