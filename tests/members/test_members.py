"""People come in by invitation or by asking, are what an admin says, and leave without leaving bookings behind."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from server.access.person import Person
from server.bookings.rules import rules
from server.bookings.rules.allowance import left
from server.bookings.rules.context import GuestContext
from server.core import db
from server.members.ask_to_join import joinable_by
from server.members.invite import PURPOSE
from tests import factories
from tests.organizations.scene import Speaker, letters, operator, secret

SOON = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=3)


@pytest.fixture
async def admin(client: httpx.AsyncClient) -> Speaker:
    return Speaker(client, await factories.person())


async def colleague(of: Speaker, role: str = "booker") -> Speaker:
    return Speaker(of.client, await factories.person(of.organization_id, role=role))


async def stranger(client: httpx.AsyncClient, email: str = "") -> Speaker:
    person = await factories.person()
    if email:
        await db.execute("UPDATE account SET email = $2 WHERE id = $1", person.actor.account_id, email)
    return Speaker(client, person)


async def invited(admin: Speaker, email: str, **rights: Any) -> str:
    made = await admin.send("POST", "/invitations", 201, json={"email": email, "role": "booker", **rights})
    return str(made["id"])


# Coming in.
async def test_an_invitation_is_a_letter_whose_link_works_once(client: httpx.AsyncClient, admin: Speaker) -> None:
    guest = await stranger(client, "guest@sme.example")
    id = await invited(admin, "Guest@sme.example", monthly_minutes=600)
    assert [to for to, _ in await letters("invitation")] == ["guest@sme.example"]
    token = {"token": secret(PURPOSE, id)}
    joined = await guest.send("POST", "/invitations/accept", 200, json=token)
    assert (joined["organization_id"], joined["role"]) == (str(admin.organization_id), "booker")
    await guest.send("POST", "/invitations/accept", 404, json=token)
    listed = await admin.send("GET", "/members", 200)
    assert [one["monthly_minutes"] for one in listed["items"] if one["id"] == joined["member_id"]] == [600]
    assert await admin.send("GET", "/invitations", 200) == []


async def test_a_link_that_was_passed_on_lets_nobody_in(client: httpx.AsyncClient, admin: Speaker) -> None:
    id = await invited(admin, "guest@sme.example")
    other = await stranger(client, "other@sme.example")
    await other.send("POST", "/invitations/accept", 403, json={"token": secret(PURPOSE, id)})
    guest = await stranger(client, "guest@sme.example")
    await guest.send("POST", "/invitations/accept", 200, json={"token": secret(PURPOSE, id)})


@pytest.mark.parametrize("how", ["taken back", "over", "replaced", "made up"])
async def test_an_invitation_that_does_not_stand_lets_nobody_in(
    client: httpx.AsyncClient, admin: Speaker, how: str
) -> None:
    id, guest = await invited(admin, "guest@sme.example"), await stranger(client, "guest@sme.example")
    token = secret(PURPOSE, id)
    if how == "taken back":
        await admin.send("DELETE", f"/invitations/{id}", 204)
    elif how == "over":
        await db.execute("UPDATE invitation SET expires_at = now() WHERE id = $1", UUID(id))
    elif how == "replaced":
        await invited(admin, "guest@sme.example")
    else:
        token = secret("verify", id)
    await guest.send("POST", "/invitations/accept", 404, json={"token": token})


async def test_nobody_names_resources_of_others(client: httpx.AsyncClient, admin: Speaker) -> None:
    foreign = await factories.resource(await factories.person())
    rights = {"role": "manager", "resource_ids": [str(foreign)]}
    await admin.send("POST", "/invitations", 404, json={"email": "a@b.example", **rights})
    someone = await colleague(admin)
    await admin.send("PUT", f"/members/{someone.member_id}/rights", 404, json=rights)


async def test_people_with_an_address_of_the_domain_may_ask(client: httpx.AsyncClient, admin: Speaker) -> None:
    await db.execute("UPDATE account SET email = 'boss@works.example' WHERE id = $1", admin.person.actor.account_id)
    await admin.send("POST", "/mail-domains", 400, json={"domain": "rival.example"})
    await admin.send("POST", "/mail-domains", 400, json={"domain": "163.com"})
    await admin.send("POST", "/mail-domains", 201, json={"domain": "Works.example"})
    worker, other = await stranger(client, "new@works.example"), await stranger(client, "new@rival.example")
    wanted = {"organization_id": str(admin.organization_id)}
    assert await other.send("GET", "/organizations/joinable", 200) == []
    await other.send("POST", "/join-requests", 404, json=wanted)
    assert [one["organization_id"] for one in await worker.send("GET", "/organizations/joinable", 200)] == [
        str(admin.organization_id)
    ]
    asked = await worker.send("POST", "/join-requests", 201, json=wanted)
    assert (await worker.send("POST", "/join-requests", 201, json=wanted))["id"] == asked["id"]
    assert [to for to, _ in await letters("join_requested")] == ["boss@works.example"]
    assert [one["email"] for one in await admin.send("GET", "/join-requests", 200)] == ["new@works.example"]
    await (await colleague(admin)).send("POST", f"/join-requests/{asked['id']}/accept", 403, json={"role": "booker"})
    await other.send("POST", f"/join-requests/{asked['id']}/accept", 404, json={"role": "booker"})
    await admin.send("POST", f"/join-requests/{asked['id']}/accept", 200, json={"role": "booker"})
    await admin.send("POST", f"/join-requests/{asked['id']}/refuse", 409)
    assert [to for to, _ in await letters("join_accepted")] == ["new@works.example"]


async def test_a_domain_without_a_proven_address_opens_nothing(client: httpx.AsyncClient) -> None:
    unproven = Person(uuid4(), "new@works.example", "New", "en", False, None, verified=False)
    assert await joinable_by(unproven) == []


# What a member is.
async def test_an_organization_keeps_an_admin(admin: Speaker) -> None:
    other = await colleague(admin)
    path = f"/members/{admin.member_id}"
    await admin.send("PUT", f"{path}/rights", 409, json={"role": "booker"})
    await admin.send("POST", f"{path}/remove", 409, json={"bookings": "cancel"})
    await other.send("PUT", f"/members/{other.member_id}/rights", 403, json={"role": "admin"})
    await admin.send("PUT", f"/members/{other.member_id}/rights", 200, json={"role": "admin"})
    await admin.send("POST", f"{path}/remove", 200, json={"bookings": "cancel"})
    await admin.send("GET", "/me", 401)


async def test_rights_hold_from_the_next_request_on(admin: Speaker) -> None:
    manager = await colleague(admin, "manager")
    await manager.send("GET", "/partners", 200)
    await admin.send("PUT", f"/members/{manager.member_id}/rights", 200, json={"role": "booker"})
    await manager.send("GET", "/partners", 403)


async def named_manager(admin: Speaker) -> tuple[Speaker, UUID, UUID]:
    """A manager of one resource of two."""
    ours, other = await factories.resource(admin.person), await factories.resource(admin.person)
    manager = await colleague(admin, "manager")
    rights = {"role": "manager", "resource_ids": [str(ours)]}
    await admin.send("PUT", f"/members/{manager.member_id}/rights", 200, json=rights)
    return manager, ours, other


async def test_a_manager_of_named_resources_runs_no_others(client: httpx.AsyncClient, admin: Speaker) -> None:
    manager, ours, other = await named_manager(admin)
    guest = await factories.person()
    here = await factories.booking(ours, guest, SOON, status="requested")
    there = await factories.booking(other, guest, SOON, status="requested")
    seen = await manager.send("GET", "/bookings", 200)
    assert [one["id"] for one in seen["items"]] == [str(here)]
    await manager.send("GET", f"/bookings/{there}", 404)
    await manager.send("POST", f"/bookings/{there}/approve", 404)
    await manager.send("POST", f"/bookings/{here}/approve", 200)
    closure = {"starts_at": (SOON + timedelta(days=1)).isoformat(), "ends_at": (SOON + timedelta(days=2)).isoformat()}
    await manager.send("POST", f"/resources/{ours}/closures", 201, json=closure)
    await manager.send("POST", f"/resources/{other}/closures", 404, json=closure)
    await manager.send(
        "PUT",
        f"/resources/{other}/opening-hours",
        404,
        json={"weekly": []},
    )
    any_version = {**manager.person.bearer, "If-Match": "*"}
    for id, status in ((ours, 200), (other, 404)):
        answer = await client.patch(f"/api/v1/resources/{id}", headers=any_version, json={"name": "新名"})
        assert answer.status_code == status
    for id, status in ((ours, 201), (other, 403)):
        feed = {"scope": "resource", "resource_id": str(id), "view": "owner"}
        await manager.send("POST", "/feeds", status, json=feed)


async def test_a_manager_of_named_resources_decides_nothing_for_all(admin: Speaker) -> None:
    manager, _, _ = await named_manager(admin)
    await manager.send("PATCH", "/organization/rules", 403, json={"rules": {}})
    await manager.send("GET", "/partners", 403)
    await manager.send("POST", "/qualifications", 403, json={"name": "x"})
    await manager.send("POST", "/resources", 403, json={"name": "x", "kind": "equipment", "time_zone": "Asia/Shanghai"})


async def test_only_those_who_run_a_resource_hear_of_its_bookings(admin: Speaker) -> None:
    manager, ours, other = await named_manager(admin)
    guest = Speaker(admin.client, await factories.person())
    told = "SELECT count(*) FROM notice WHERE recipient = $1"
    for id, count in ((other, 0), (ours, 1)):
        wanted = {
            "resource_id": str(id),
            "starts_at": SOON.isoformat(),
            "ends_at": (SOON + timedelta(hours=1)).isoformat(),
        }
        await guest.send("POST", "/bookings", 201, json=wanted)
        assert await db.fetchval(told, manager.person.actor.email) == count


async def test_an_owners_feed_ends_with_the_right_to_the_resource(client: httpx.AsyncClient, admin: Speaker) -> None:
    manager, ours, _ = await named_manager(admin)
    feed = {"scope": "resource", "resource_id": str(ours), "view": "owner"}
    url = (await manager.send("POST", "/feeds", 201, json=feed))["url"]
    path = "/feeds/" + url.rpartition("/")[2]
    assert (await client.get(path)).status_code == 200
    await admin.send("PUT", f"/members/{manager.member_id}/rights", 200, json={"role": "manager", "resource_ids": []})
    assert (await client.get(path)).status_code == 404


# What a booker may book in a month.
def at(start: datetime, minutes: int = 60) -> dict[str, str]:
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=minutes)).isoformat()}


async def capped(admin: Speaker, minutes: int) -> Speaker:
    booker = await colleague(admin)
    rights = {"role": "booker", "monthly_minutes": minutes}
    await admin.send("PUT", f"/members/{booker.member_id}/rights", 200, json=rights)
    return booker


async def test_a_booker_books_no_more_in_a_month_than_they_are_let(admin: Speaker) -> None:
    booker = await capped(admin, 90)
    one, another = (
        await factories.resource(await factories.person()),
        await factories.resource(await factories.person()),
    )
    day = (SOON.replace(day=1) + timedelta(days=40)).replace(day=10)  # within the next month, whatever day it is
    await booker.send("POST", "/bookings", 201, json={"resource_id": str(one), **at(day)})
    problem = await booker.send("POST", "/bookings", 422, json={"resource_id": str(another), **at(day + timedelta(1))})
    assert (problem["rule"], problem["limit"], problem["actual"]) == ("monthly_minutes", 90, 120)
    assert "ask an admin" in problem["remedy"]
    await booker.send("POST", "/bookings", 201, json={"resource_id": str(another), **at(day + timedelta(1), 30)})
    later = (day + timedelta(days=31)).replace(day=2)
    assert problem["earliest"][:10] == later.replace(day=1).date().isoformat()
    moved = {"resource_id": str(another), **at(later)}
    await booker.send("POST", "/bookings", 201, json=moved)


async def test_availability_agrees_with_the_monthly_limit(admin: Speaker) -> None:
    booker = await capped(admin, 60)
    resource = await factories.resource(await factories.person())
    day = (SOON.replace(day=1) + timedelta(days=40)).replace(day=10)
    query = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}
    path = f"/resources/{resource}/availability"
    assert (await booker.send("GET", path, 200, params=query))["free"][0]["max_minutes"] == 60
    await booker.send("POST", "/bookings", 201, json={"resource_id": str(resource), **at(day)})
    assert (await booker.send("GET", path, 200, params=query))["free"] == []
    exactly = {"free_from": at(day + timedelta(1))["starts_at"], "free_to": at(day + timedelta(1))["ends_at"]}
    found = await booker.send("GET", "/resources", 200, params=exactly)
    assert str(resource) not in [one["id"] for one in found["items"]]
    assert str(resource) in [one["id"] for one in (await admin.send("GET", "/resources", 200, params=exactly))["items"]]


async def test_without_the_rule_the_limit_would_mean_nothing(admin: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    booker = await capped(admin, 30)
    resource = await factories.resource(await factories.person())
    wanted = {"resource_id": str(resource), **at(SOON)}
    await booker.send("POST", "/bookings", 422, json=wanted)
    monkeypatch.setattr(rules, "RULES", tuple(one for one in rules.RULES if one.__name__ != "within_allowance"))
    await booker.send("POST", "/bookings", 201, json=wanted)


def test_without_a_limit_nothing_is_left_to_count() -> None:
    assert left(GuestContext(), SOON.date(), UTC) is None  # type: ignore[arg-type]


# Leaving.
async def test_who_leaves_hands_over_what_is_ahead(admin: Speaker) -> None:
    booker, heir = await colleague(admin), await colleague(admin)
    resource = await factories.resource(await factories.person())
    mine = await factories.booking(resource, booker.person, SOON)
    past = await factories.booking(resource, booker.person, SOON - timedelta(days=30), status="completed")
    removal = {"bookings": "hand_over", "to": str(heir.member_id)}
    await heir.send("POST", f"/members/{booker.member_id}/remove", 403, json=removal)
    done = await admin.send("POST", f"/members/{booker.member_id}/remove", 200, json=removal)
    assert done["bookings"] == [str(mine)]
    assert await db.fetchval("SELECT member_id FROM booking WHERE id = $1", mine) == heir.member_id
    assert await db.fetchval("SELECT member_id FROM booking WHERE id = $1", past) == booker.member_id
    await booker.send("GET", "/me", 401)
    assert [to for to, _ in await letters("member_removed")] == [booker.person.actor.email]


async def test_or_what_is_ahead_is_cancelled_and_its_time_given_back(admin: Speaker) -> None:
    booker = await colleague(admin)
    resource = await factories.resource(await factories.person())
    mine = await factories.booking(resource, booker.person, SOON)
    await booker.send("POST", f"/members/{booker.member_id}/remove", 200, json={"bookings": "cancel"})
    assert (await admin.send("GET", f"/bookings/{mine}", 200))["status"] == "cancelled"
    await admin.send("POST", "/bookings", 201, json={"resource_id": str(resource), **at(SOON)})


async def test_what_cannot_be_cancelled_keeps_the_member(admin: Speaker) -> None:
    booker = await colleague(admin)
    resource = await factories.resource(await factories.person(), cancel_minutes=60 * 24 * 30)
    mine = await factories.booking(resource, booker.person, SOON)
    await db.execute("UPDATE booking SET confirmed_at = now() WHERE id = $1", mine)
    gone = f"/members/{booker.member_id}/remove"
    problem = await admin.send("POST", gone, 422, json={"bookings": "cancel"})
    assert problem["booking_id"] == str(mine)
    await booker.send("GET", "/me", 200)
    await admin.send("POST", gone, 200, json={"bookings": "hand_over", "to": str(admin.member_id)})


async def test_who_comes_back_is_the_same_member(client: httpx.AsyncClient, admin: Speaker) -> None:
    booker = await colleague(admin)
    await admin.send("POST", f"/members/{booker.member_id}/remove", 200, json={"bookings": "cancel"})
    id = await invited(admin, booker.person.actor.email)
    other = Speaker(client, await factories.person())
    await db.execute("UPDATE member SET account_id = $2 WHERE id = $1", other.member_id, booker.person.actor.account_id)
    joined = await other.send("POST", "/invitations/accept", 200, json={"token": secret(PURPOSE, id)})
    assert joined["member_id"] == str(booker.member_id)
    await booker.send("GET", "/me", 401)  # its tokens do not come back


# Suspension.
async def test_a_suspended_organization_reads_and_cancels_only(client: httpx.AsyncClient, admin: Speaker) -> None:
    runs, owner = await operator(client), await factories.person()
    resource = await factories.resource(owner)
    mine = await factories.booking(resource, admin.person, SOON)
    suspend = {"reason": "complaints"}
    await runs.send("POST", f"/operator/organizations/{admin.organization_id}/suspend", 200, json=suspend)
    problem = await admin.send(
        "POST", "/bookings", 403, json={"resource_id": str(resource), **at(SOON + timedelta(hours=4))}
    )
    assert problem["type"].endswith("/organization-suspended")
    await admin.send("POST", "/invitations", 403, json={"email": "a@b.example", "role": "booker"})
    await admin.send("GET", f"/bookings/{mine}", 200)
    await admin.send("POST", f"/bookings/{mine}/cancel", 200)


async def test_what_a_suspended_organization_owns_is_not_offered(client: httpx.AsyncClient, admin: Speaker) -> None:
    runs, owner = await operator(client), await factories.person(name="暂停大学")
    resource = await factories.resource(owner)
    path = f"/operator/organizations/{owner.actor.organization_id}"
    booking = {"resource_id": str(resource), **at(SOON)}
    window = {"from": SOON.isoformat(), "to": (SOON + timedelta(days=1)).isoformat()}
    await runs.send("POST", f"{path}/suspend", 200, json={"reason": "complaints"})
    for answer in (
        await admin.send("POST", "/bookings", 422, json=booking),
        await admin.send("POST", "/holds", 422, json=booking),
        await admin.send("GET", f"/resources/{resource}/availability", 422, params=window),
    ):
        assert answer["type"].endswith("/not-offered")
    assert (await admin.send("GET", "/resources?q=暂停大学", 200))["items"] == []
    exactly = {"q": "暂停大学", "free_from": SOON.isoformat(), "free_to": (SOON + timedelta(hours=1)).isoformat()}
    assert (await admin.send("GET", "/resources", 200, params=exactly))["items"] == []
    await runs.send("POST", f"{path}/reinstate", 200, json={"reason": "settled"})
    await admin.send("POST", "/bookings", 201, json=booking)
