"""A booking is handed to a colleague: the time and the UID stay, the person is another."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.core import db
from tests import factories
from tests.organizations.scene import Speaker

SOON = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=3)


@pytest.fixture
async def booker(client: httpx.AsyncClient) -> Speaker:
    return Speaker(client, await factories.person(role="booker"))


async def colleague(of: Speaker, role: str = "booker") -> Speaker:
    return Speaker(of.client, await factories.person(of.organization_id, role=role))


async def owed(booking_id: Any) -> list[tuple[str, str, str]]:
    sql = "SELECT kind, recipient, facts FROM notice WHERE booking_id = $1 ORDER BY position"
    return [
        (row["kind"], row["recipient"], json.loads(row["facts"])["status"]) for row in await db.fetch(sql, booking_id)
    ]


async def booked(by: Speaker, **rules: Any) -> Any:
    resource = await factories.resource(await factories.person(), **rules)
    wanted = {"starts_at": SOON.isoformat(), "ends_at": (SOON + timedelta(hours=1)).isoformat()}
    attendees = [{"email": "third@sme.example", "name": "Third"}]
    return await by.send(
        "POST", "/bookings", 201, json={"resource_id": str(resource), "attendees": attendees, **wanted}
    )


async def test_the_old_one_is_uninvited_and_the_new_one_invited(booker: Speaker) -> None:
    heir, booking = await colleague(booker), await booked(booker)
    await db.execute("DELETE FROM notice")
    path, given = f"/bookings/{booking['id']}/hand-over", {"member_id": str(heir.member_id)}
    after = await booker.send("POST", path, 200, json=given)
    assert (after["uid"], after["booker_email"]) == (booking["uid"], heir.person.actor.email)
    assert after["sequence"] == booking["sequence"] + 1
    assert sorted(await owed(booking_id_of(booking))) == sorted(
        [
            ("confirmed", heir.person.actor.email, "confirmed"),
            ("changed", "third@sme.example", "confirmed"),
            ("handed_over", booker.person.actor.email, "cancelled"),
        ]
    )
    entries = await heir.send("GET", f"/bookings/{booking['id']}/history", 200)
    assert entries[-1]["verb"] == "handed_over"
    assert entries[-1]["became"]["member_id"] == str(heir.member_id)
    assert (await heir.send("POST", path, 200, json=given))["version"] == after["version"]  # again changes nothing


def booking_id_of(booking: Any) -> Any:
    return UUID(booking["id"])


async def test_a_request_is_handed_over_in_both_calendars(booker: Speaker) -> None:
    heir, booking = await colleague(booker), await booked(booker, approval="request")
    await db.execute("DELETE FROM notice")
    await booker.send("POST", f"/bookings/{booking['id']}/hand-over", 200, json={"member_id": str(heir.member_id)})
    assert [(kind, to) for kind, to, _ in await owed(booking_id_of(booking))] == [
        ("passed_on", booker.person.actor.email), ("requested", heir.person.actor.email),
    ]  # fmt: skip


async def test_only_within_the_organization_and_by_its_people(booker: Speaker) -> None:
    heir, peer, outsider = (
        await colleague(booker),
        await colleague(booker),
        Speaker(booker.client, await factories.person()),
    )
    booking = await booked(booker)
    path = f"/bookings/{booking['id']}/hand-over"
    await booker.send("POST", path, 404, json={"member_id": str(outsider.member_id)})
    await outsider.send("POST", path, 404, json={"member_id": str(outsider.member_id)})
    await peer.send("POST", path, 403, json={"member_id": str(heir.member_id)})
    owner = await db.fetchrow("SELECT owner_id FROM resource WHERE id = $1::uuid", booking["resource_id"])
    assert owner is not None
    runs = Speaker(booker.client, await factories.person(owner["owner_id"]))
    await runs.send("POST", path, 403, json={"member_id": str(heir.member_id)})
    await (await colleague(booker, "manager")).send("POST", path, 200, json={"member_id": str(heir.member_id)})


async def test_the_rules_are_asked_about_the_new_person(booker: Speaker) -> None:
    heir = await colleague(booker)
    quota = {"per": "member", "period": "week", "bookings": 1}
    booking = await booked(booker, quotas=[quota])
    resource = booking["resource_id"]
    day = SOON.replace(hour=6)
    other = {"resource_id": resource, "starts_at": day.isoformat(), "ends_at": (day + timedelta(hours=1)).isoformat()}
    await heir.send("POST", "/bookings", 201, json=other)
    problem = await booker.send(
        "POST", f"/bookings/{booking['id']}/hand-over", 422, json={"member_id": str(heir.member_id)}
    )
    assert problem["rule"] == "quotas"
