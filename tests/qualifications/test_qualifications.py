"""What one must have to book, how one gets it, and how it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.bookings.attendance.release_unused import complete_over
from server.bookings.rules import rules
from server.core import db
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at
from worker import periodic


class School:
    """An owner whose resource demands a qualification, with a training that grants it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, **defined: Any) -> "School":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person(role="booker")
        self.resource = await factories.resource(self.owner)
        self.training = await factories.resource(self.owner, kind="training_base", units=30)
        given = {"name": "电镜上机培训", "how_to_get": "mail sem@example.com", **defined}
        given["training_resource_id"] = str(self.training)
        made = await self.send("POST", "qualifications", self.owner, given)
        assert made.status_code == 201, made.text
        self.qualification = made.json()
        attached = await self.send("PUT", f"{self.path}/resources/{self.resource}", self.owner)
        assert attached.status_code == 204, attached.text
        return self

    @property
    def path(self) -> str:
        return f"qualifications/{self.qualification['id']}"

    async def send(self, method: str, path: str, by: factories.Person | None, json: Any = None) -> httpx.Response:
        headers = by.bearer if by else {}
        return await self.client.request(method, f"/api/v1/{path}", json=json, headers=headers)

    async def get(self, path: str, by: factories.Person | None = None, **params: str) -> Any:
        headers = by.bearer if by else {}
        return (await self.client.get(f"/api/v1/{path}", params=params, headers=headers)).json()

    async def grant(self, to: factories.Person | None = None, **more: Any) -> Any:
        body = {"email": (to or self.sme).actor.email, **more}
        granted = await self.send("POST", f"{self.path}/grants", self.owner, body)
        assert granted.status_code == 201, granted.text
        return granted.json()

    async def book(self, **changes: Any) -> httpx.Response:
        return await book(self.client, self.sme, self.resource, **changes)

    async def availability(self, by: factories.Person | None) -> Any:
        window = {"from": at(8), "to": at(18)}
        return await self.get(f"resources/{self.resource}/availability", by, **window)


@pytest.fixture
async def school(client: httpx.AsyncClient) -> School:
    return await School(client).begin()


async def test_without_it_booking_is_refused_with_how_to_get_it(school: School) -> None:
    refused = await school.book()
    problem = refused.json()
    assert (refused.status_code, problem["rule"], problem["limit"]) == (422, "qualification", "电镜上机培训")
    assert "mail sem@example.com" in problem["remedy"]
    assert problem["training_resource_id"] == str(school.training)
    await school.grant()
    assert (await school.book()).status_code == 201


async def test_without_the_rule_anybody_would_book(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr(rules, "RULES", tuple(rule for rule in rules.RULES if rule.__name__ != "qualified"))
    assert (await school.book()).status_code == 201


async def test_no_door_is_open_to_the_unqualified(school: School) -> None:
    body = {"resource_id": str(school.resource), "starts_at": at(9), "ends_at": at(11)}
    held = await school.send("POST", "holds", school.sme, body)
    assert held.json()["rule"] == "qualification"
    group = await school.send("POST", "bookings", school.sme, {"items": [body, {**body, "starts_at": at(10)}]})
    assert group.json()["rule"] == "qualification"


async def test_availability_offers_the_unqualified_nothing_and_says_why(school: School) -> None:
    lacking = await school.availability(school.sme)
    assert lacking["free"] == []
    assert [need["name"] for need in lacking["needs"]] == ["电镜上机培训"]
    assert lacking["needs"][0]["training_resource_id"] == str(school.training)
    await school.grant()
    has = await school.availability(school.sme)
    assert (len(has["free"]), has["needs"]) == (1, [])
    stranger = await school.availability(None)
    assert (len(stranger["free"]), len(stranger["needs"])) == (1, 1)


async def test_it_must_hold_until_the_end_of_the_booking(school: School) -> None:
    await school.grant(expires_at=at(10))
    refused = await school.book()
    assert refused.json()["rule"] == "qualification"
    assert "renew" in refused.json()["remedy"]
    assert (await school.book(starts_at=at(9), ends_at=at(10))).status_code == 201
    shown = await school.availability(school.sme)
    assert [(one["starts_at"], one["ends_at"]) for one in shown["free"]] == [(at(8), at(9))]
    assert [datetime.fromisoformat(need["until"]) for need in shown["needs"]] == [datetime.fromisoformat(at(10))]


async def test_what_is_revoked_or_has_expired_counts_no_longer(school: School) -> None:
    granted = await school.grant()
    for _ in range(2):
        revoked = await school.send("DELETE", f"{school.path}/grants/{granted['id']}", school.owner)
        assert revoked.status_code == 204
    assert (await school.book()).status_code == 422
    await school.grant()
    await db.execute('UPDATE "grant" SET expires_at = now() WHERE revoked_at IS NULL')
    assert (await school.book()).status_code == 422


async def test_a_grant_is_a_persons_whoever_they_act_for_and_no_one_elses(school: School) -> None:
    await school.grant()
    colleague = await factories.person(school.sme.actor.organization_id)
    assert (await book(school.client, colleague, school.resource)).status_code == 422


async def test_detached_it_is_demanded_no_longer(school: School) -> None:
    path = f"{school.path}/resources/{school.resource}"
    assert (await school.send("DELETE", path, school.owner)).status_code == 204
    assert (await school.book()).status_code == 201


async def test_search_finds_what_one_is_qualified_for(school: School) -> None:
    owner = str(school.owner.actor.organization_id)
    exactly = {"free_from": at(9), "free_to": at(10)}

    async def found(by: factories.Person, **params: str) -> set[str]:
        return {one["id"] for one in (await school.get("resources", by, owner=owner, **params))["items"]}

    everything, open_to_all = {str(school.resource), str(school.training)}, {str(school.training)}
    assert await found(school.sme) == everything
    assert await found(school.sme, qualified="true") == open_to_all
    assert await found(school.sme, **exactly) == open_to_all
    assert await found(school.sme, qualified="true", **exactly) == open_to_all
    await school.grant()
    assert await found(school.sme, qualified="true") == everything
    assert await found(school.sme, qualified="true", **exactly) == everything
    unknown = await school.send("GET", "resources?qualified=true", None)
    assert unknown.status_code == 401


async def test_attending_a_training_grants_what_it_teaches(client: httpx.AsyncClient) -> None:
    school = await School(client).begin(valid_days=365)
    begun = datetime.now(UTC) - timedelta(minutes=30)
    session = await factories.booking(school.training, school.sme, begun, 60)
    assert (await school.book()).status_code == 422
    await school.send("POST", f"bookings/{session}/check-in", school.sme)
    assert (await school.book()).status_code == 201
    (grant,) = (await school.get("grants", school.sme))["items"]
    assert (grant["by_training"], grant["name"]) == (True, "电镜上机培训")
    ends = datetime.fromisoformat(grant["expires_at"])
    assert timedelta(days=364) < ends - datetime.now(UTC) <= timedelta(days=365)
    await db.execute("UPDATE booking SET starts_at = now() - interval '2 days', ends_at = now() WHERE id = $1", session)
    assert await complete_over() == 1
    assert len((await school.get("grants", school.sme))["items"]) == 1


async def test_a_training_without_check_in_grants_when_it_is_over_and_a_missed_one_does_not(school: School) -> None:
    begun = datetime.now(UTC) - timedelta(hours=2)
    await factories.booking(school.training, school.sme, begun, 60)
    assert await complete_over() == 1
    assert (await school.book()).status_code == 201
    demanding = '{"check_in_required": true}'
    await db.execute("UPDATE resource SET rules = $1 WHERE id = $2", demanding, school.training)
    absent = await factories.person()
    await factories.booking(school.training, absent, begun - timedelta(hours=3), 60)
    assert await complete_over() == 1
    assert (await school.get("grants", absent))["items"] == []


async def test_people_are_reminded_once_of_what_expires(school: School) -> None:
    granted = await school.grant(expires_at=(datetime.now(UTC) + timedelta(days=40)).isoformat())
    assert await periodic.sweep() == 0
    await db.execute("UPDATE \"grant\" SET expires_at = now() + interval '29 days'")
    assert await periodic.sweep() == 1
    assert await periodic.sweep() == 0
    (notice,) = await db.fetch("SELECT kind, recipient, booking_id, facts ->> 'purpose' AS name FROM notice")
    assert tuple(notice) == ("expiring", school.sme.actor.email, notice["booking_id"], "电镜上机培训")
    assert str(notice["booking_id"]) == granted["id"]


async def test_who_has_renewed_is_not_reminded(school: School) -> None:
    await school.grant(expires_at=(datetime.now(UTC) + timedelta(days=10)).isoformat())
    await school.grant()
    assert await periodic.sweep() == 0


async def test_rights(school: School) -> None:
    staff = await factories.person(school.owner.actor.organization_id, role="booker")
    other = await factories.person(kind="university")
    body, path = {"name": "x"}, school.path
    for person, denied in ((staff, 403), (other, 404), (school.sme, 403)):
        assert (await school.send("PATCH", path, person, body)).status_code == denied
        assert (await school.send("GET", f"{path}/grants", person)).status_code == denied
        assert (await school.send("POST", f"{path}/grants", person, {"email": "a@example.com"})).status_code == denied
        assert (await school.send("PUT", f"{path}/resources/{school.resource}", person)).status_code == denied
        assert (await school.send("DELETE", f"{path}/resources/{school.resource}", person)).status_code == denied
    theirs = await factories.resource(other)
    assert (await school.send("PUT", f"{path}/resources/{theirs}", school.owner)).status_code == 404
    taught = {"name": "x", "training_resource_id": str(theirs)}
    assert (await school.send("POST", "qualifications", school.owner, taught)).status_code == 404
    assert (await school.send("GET", "qualifications", staff)).status_code == 403
    assert (await school.send("GET", "qualifications", other)).json() == []


async def test_everyone_may_read_what_a_listed_resource_demands(school: School) -> None:
    (need,) = await school.get(f"resources/{school.resource}/qualifications")
    assert (need["name"], need["how_to_get"]) == ("电镜上机培训", "mail sem@example.com")
    await db.execute("UPDATE resource SET listed = false WHERE id = $1", school.resource)
    hidden = await school.send("GET", f"resources/{school.resource}/qualifications", school.sme)
    assert hidden.status_code == 404


async def test_a_qualification_is_changed_in_parts(school: School) -> None:
    changed = await school.send("PATCH", school.path, school.owner, {"valid_days": 30, "training_resource_id": None})
    assert changed.json() == school.qualification | {
        "valid_days": 30, "training_resource_id": None, "resource_ids": [str(school.resource)],
    }  # fmt: skip
    assert await school.get("qualifications", school.owner) == [changed.json()]


async def test_nobody_is_granted_who_has_no_account_or_for_the_past(school: School) -> None:
    unknown = await school.send("POST", f"{school.path}/grants", school.owner, {"email": "no@example.com"})
    assert unknown.status_code == 404
    past = {"email": school.sme.actor.email, "expires_at": "2020-01-01T00:00:00Z"}
    assert (await school.send("POST", f"{school.path}/grants", school.owner, past)).status_code == 400
