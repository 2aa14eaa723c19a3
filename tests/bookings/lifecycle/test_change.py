"""Moving, editing, cancelling, approving, declining."""

from typing import Any

import httpx
import pytest

from server.core import db
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at

ANY = {"If-Match": "*"}


class Scene:
    """An owner, an SME and a booking between them."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, rules: dict[str, Any] | None = None, **wanted: Any) -> "Scene":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person()
        self.resource = await factories.resource(self.owner, **(rules or {}))
        self.booking = (await book(self.client, self.sme, self.resource, **wanted)).json()
        await db.execute("DELETE FROM notice")
        return self

    async def patch(self, by: factories.Person | None = None, headers: dict[str, str] = ANY, **change: Any) -> Any:
        who = (by or self.sme).bearer | headers
        return await self.client.patch(f"/api/v1/bookings/{self.booking['id']}", json=change, headers=who)

    async def post(self, verb: str, by: factories.Person, **body: Any) -> Any:
        return await self.client.post(f"/api/v1/bookings/{self.booking['id']}/{verb}", json=body, headers=by.bearer)

    async def owed(self) -> list[tuple[str, str, int, str]]:
        sql = """
        SELECT kind, recipient, (facts ->> 'sequence')::int, facts ->> 'status' FROM notice ORDER BY position
        """
        return [tuple(row) for row in await db.fetch(sql)]


@pytest.fixture
def scene(client: httpx.AsyncClient) -> Scene:
    return Scene(client)


async def test_a_move_takes_the_new_time_and_frees_the_old(scene: Scene) -> None:
    await scene.begin()
    moved = (await scene.patch(starts_at=at(13), ends_at=at(15))).json()
    assert (moved["starts_at"], moved["sequence"], moved["version"]) == (at(13), 1, 2)
    assert moved["uid"] == scene.booking["uid"]
    assert moved["revised_at"] > scene.booking["revised_at"]
    assert await scene.owed() == [
        ("moved", scene.sme.actor.email, 1, "confirmed"),
        ("owner_moved", scene.owner.actor.email, 1, "confirmed"),
    ]
    assert (await book(scene.client, scene.sme, scene.resource)).status_code == 201


async def test_a_move_may_overlap_its_own_old_time(scene: Scene) -> None:
    await scene.begin()
    assert (await scene.patch(starts_at=at(10), ends_at=at(12))).status_code == 200


async def test_a_move_to_a_taken_time_leaves_everything_as_it_was(scene: Scene) -> None:
    await scene.begin()
    await book(scene.client, scene.sme, scene.resource, starts_at=at(13), ends_at=at(15))
    lost = await scene.patch(starts_at=at(14), ends_at=at(16))
    assert lost.status_code == 409
    assert len(lost.json()["alternatives"]) == 3
    read = await scene.client.get(f"/api/v1/bookings/{scene.booking['id']}", headers=scene.sme.bearer)
    assert read.json() == scene.booking


async def test_words_alone_change_no_sequence_but_the_stamp(scene: Scene) -> None:
    await scene.begin()
    edited = (await scene.patch(purpose="other words")).json()
    assert (edited["sequence"], edited["version"]) == (0, 2)
    assert edited["revised_at"] > scene.booking["revised_at"]
    assert await scene.owed() == [("changed", scene.sme.actor.email, 0, "confirmed")]


async def test_a_change_that_changes_nothing_tells_nobody(scene: Scene) -> None:
    await scene.begin()
    same = await scene.patch(starts_at=at(9), ends_at=at(11), purpose="")
    assert same.json() == scene.booking
    assert await scene.owed() == []


async def test_guests_who_leave_are_uninvited_and_new_ones_invited(scene: Scene) -> None:
    await scene.begin(attendees=[{"email": "ada@example.com"}, {"email": "bo@example.com"}])
    await scene.patch(attendees=[{"email": "BO@example.com"}, {"email": "cy@example.com"}])
    assert sorted(await scene.owed()) == [
        ("cancelled", "ada@example.com", 0, "cancelled"),
        ("changed", "BO@example.com", 0, "confirmed"),
        ("changed", scene.sme.actor.email, 0, "confirmed"),
        ("confirmed", "cy@example.com", 0, "confirmed"),
    ]


async def test_a_change_needs_the_version_that_was_read(scene: Scene) -> None:
    await scene.begin()
    assert (await scene.patch(headers={}, purpose="x")).status_code == 428
    assert (await scene.patch(headers={"If-Match": '"1"'}, purpose="x")).status_code == 200
    stale = await scene.patch(headers={"If-Match": '"1"'}, purpose="y")
    assert stale.status_code == 412
    assert stale.json()["etag"] == '"2"'


async def test_cancelling_frees_the_time_and_is_told_once(scene: Scene) -> None:
    await scene.begin()
    for _ in range(2):
        cancelled = await scene.post("cancel", scene.sme, reason="试样未到")
        assert (cancelled.json()["status"], cancelled.json()["sequence"]) == ("cancelled", 1)
    assert await scene.owed() == [
        ("cancelled", scene.sme.actor.email, 1, "cancelled"),
        ("owner_cancelled", scene.owner.actor.email, 1, "cancelled"),
    ]
    assert (await book(scene.client, scene.sme, scene.resource)).status_code == 201


async def test_what_was_cancelled_cannot_be_moved_or_approved(scene: Scene) -> None:
    await scene.begin()
    await scene.post("cancel", scene.owner)
    for answer in (await scene.patch(starts_at=at(8)), await scene.post("approve", scene.owner)):
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/wrong-state")


async def test_approval_confirms_and_invites(scene: Scene) -> None:
    await scene.begin({"approval": "request"}, attendees=[{"email": "ada@example.com"}])
    assert (await scene.post("approve", scene.sme)).status_code == 403
    for _ in range(2):
        approved = (await scene.post("approve", scene.owner)).json()
        assert (approved["status"], approved["sequence"]) == ("confirmed", 1)
    kinds = [(kind, who) for kind, who, _, _ in await scene.owed()]
    assert kinds == [("confirmed", scene.sme.actor.email), ("confirmed", "ada@example.com")]


async def test_declining_frees_the_time_and_says_why(scene: Scene) -> None:
    await scene.begin({"approval": "request"}, attendees=[{"email": "ada@example.com"}])
    declined = (await scene.post("decline", scene.owner, reason="设备维修")).json()
    assert (declined["status"], declined["reason"]) == ("declined", "设备维修")
    assert await scene.owed() == [("declined", scene.sme.actor.email, 1, "declined")]
    assert (await book(scene.client, scene.sme, scene.resource)).status_code == 201


async def test_a_request_withdrawn_is_told_as_one(scene: Scene) -> None:
    await scene.begin({"approval": "request"}, attendees=[{"email": "ada@example.com"}])
    await scene.post("cancel", scene.sme)
    assert [kind for kind, *_ in await scene.owed()] == ["withdrawn", "owner_withdrawn"]


async def test_a_guests_move_of_what_needs_approval_asks_again(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    await scene.post("approve", scene.owner)
    moved = (await scene.patch(starts_at=at(13), ends_at=at(15))).json()
    assert moved["status"] == "requested"
    by_owner = (await scene.post("approve", scene.owner)).json()
    assert by_owner["status"] == "confirmed"
    moved = (await scene.patch(by=scene.owner, starts_at=at(16), ends_at=at(18))).json()
    assert moved["status"] == "confirmed"
    kinds = [kind for kind, who, _, _ in await scene.owed() if who == scene.sme.actor.email]
    assert kinds == ["confirmed", "unsettled", "moved", "moved"]


async def test_declining_a_moved_booking_takes_it_out_of_calendars(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    await scene.post("approve", scene.owner)
    await scene.patch(starts_at=at(13), ends_at=at(15))
    await scene.post("decline", scene.owner)
    kind, _, sequence, status = (await scene.owed())[-1]
    assert (kind, sequence, status) == ("cancelled", 3, "declined")


async def test_colleagues_may_look_and_only_managers_change(scene: Scene) -> None:
    await scene.begin()
    colleague = await factories.person(scene.sme.actor.organization_id, role="booker")
    chief = await factories.person(scene.sme.actor.organization_id, role="manager")
    path = f"/api/v1/bookings/{scene.booking['id']}"
    assert (await scene.client.get(path, headers=colleague.bearer)).status_code == 200
    assert (await scene.post("cancel", colleague)).status_code == 403
    assert (await scene.post("cancel", chief)).status_code == 200


async def test_a_mere_booker_of_the_owner_sees_no_guests(scene: Scene) -> None:
    await scene.begin()
    clerk = await factories.person(scene.owner.actor.organization_id, role="booker")
    path = f"/api/v1/bookings/{scene.booking['id']}"
    assert (await scene.client.get(path, headers=clerk.bearer)).status_code == 404


async def test_what_is_over_cannot_be_cancelled(scene: Scene) -> None:
    await scene.begin()
    await db.execute("UPDATE booking SET starts_at = now() - interval '3 h', ends_at = now() - interval '1 h'")
    assert (await scene.post("cancel", scene.sme)).status_code == 409
