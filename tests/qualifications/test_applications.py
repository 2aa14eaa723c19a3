"""A guest applies for a qualification with a proof; its owner grants it or says why not; nobody else sees it."""

import json
from typing import Any

import httpx
import pytest

from server.core import db
from server.core.ids import new_id
from server.privacy import retention, traces
from server.qualifications import applications
from tests import factories
from tests.factories import Person
from tests.rights.world import PDF
from tests.times import at

API = "/api/v1"


class Scene:
    def __init__(self, client: httpx.AsyncClient, owner: Person, guest: Person, id: str) -> None:
        self.client, self.owner, self.guest, self.id = client, owner, guest, id

    async def ask(self, method: str, path: str, by: Person, status: int, **more: Any) -> Any:
        headers = {**by.bearer, **more.pop("headers", {})}
        answer = await self.client.request(method, f"{API}{path}", headers=headers, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer

    async def apply(self, by: Person | None = None, status: int = 201, content: bytes = PDF, **params: str) -> Any:
        path = f"/qualifications/{self.id}/applications"
        return await self.ask("POST", path, by or self.guest, status, content=content, params=params)


@pytest.fixture
async def scene(client: httpx.AsyncClient) -> Scene:
    owner = await factories.person(kind="university", role="manager")
    guest = await factories.person(role="booker", locale="en")
    made = await client.post(
        f"{API}/qualifications",
        headers=owner.bearer,
        json={"name": "Laser safety", "valid_days": 30, "takes_applications": True},
    )
    resource = await factories.resource(owner, name="Laser")
    await client.put(f"{API}/qualifications/{made.json()['id']}/resources/{resource}", headers=owner.bearer)
    return Scene(client, owner, guest, made.json()["id"])


async def letters(kind: str) -> list[tuple[str, dict[str, str]]]:
    rows = await db.fetch("SELECT recipient, facts FROM letter WHERE kind = $1 ORDER BY position", kind)
    return [(row["recipient"], json.loads(row["facts"])["facts"]) for row in rows]


async def test_a_proof_is_sent_looked_at_and_granted(scene: Scene) -> None:
    form = {"file": ("../licence 2026.pdf", PDF, "application/pdf")}
    path = f"/qualifications/{scene.id}/applications"
    made = await scene.ask("POST", path, scene.guest, 201, files=form, params={"note": "课程证书"})
    assert (made["state"], made["file_name"], made["note"]) == ("waiting", "licence 2026.pdf", "课程证书")
    ((recipient, facts),) = await letters("application_received")
    assert (recipient, facts["qualification"]) == (scene.owner.actor.email, "Laser safety")
    listed = await scene.ask("GET", path, scene.owner, 200, params={"state": "waiting"})
    assert [one["id"] for one in listed["items"]] == [made["id"]]
    assert (await scene.ask("GET", "/qualifications", scene.owner, 200))[0]["waiting"] == 1
    proof = await scene.ask("GET", f"/applications/{made['id']}/file", scene.owner, 200)
    assert proof.content == PDF
    assert proof.headers["content-disposition"].startswith("attachment")
    granted = await scene.ask("POST", f"/applications/{made['id']}/grant", scene.owner, 200, json={"reason": "Seen"})
    assert granted["state"] == "granted"
    (held,) = (await scene.ask("GET", "/grants", scene.guest, 200))["items"]
    assert (held["id"], held["expires_at"] is not None) == (granted["grant_id"], True)
    assert await letters("application_granted") == [
        (scene.guest.actor.email, {"name": scene.guest.actor.name, "owner": scene.owner.actor.organization_name,
                                   "qualification": "Laser safety", "reason": "Seen"})
    ]  # fmt: skip
    for verb, body in (("grant", {}), ("decline", {"reason": "no"})):
        await scene.ask("POST", f"/applications/{made['id']}/{verb}", scene.owner, 409, json=body)
    verbs = await db.fetch("SELECT verb FROM audit_entry WHERE noun = 'application' ORDER BY id")
    assert [row["verb"] for row in verbs] == ["applied", "granted"]


async def test_who_is_refused_reads_why_and_applies_again(scene: Scene) -> None:
    made = await scene.apply(note="I know lasers", content=b"")
    assert (made["media_type"], made["file_name"]) == ("", "")
    await scene.ask("GET", f"/applications/{made['id']}/file", scene.owner, 404)
    await scene.ask("POST", f"/applications/{made['id']}/decline", scene.owner, 400, json={"reason": " "})
    said = {"reason": "Send the certificate."}
    await scene.ask("POST", f"/applications/{made['id']}/decline", scene.owner, 200, json=said)
    assert [facts["reason"] for _, facts in await letters("application_declined")] == ["Send the certificate."]
    await scene.apply()
    own = (await scene.ask("GET", "/applications", scene.guest, 200))["items"]
    assert [one["state"] for one in own] == ["waiting", "declined"]
    assert (await scene.ask("GET", "/grants", scene.guest, 200))["items"] == []


async def test_one_waits_at_a_time_and_can_be_withdrawn(scene: Scene) -> None:
    made = await scene.apply()
    await scene.apply(status=409)
    await scene.ask("DELETE", f"/applications/{made['id']}", scene.owner, 404)
    await scene.ask("DELETE", f"/applications/{made['id']}", scene.guest, 204)
    await scene.ask("DELETE", f"/applications/{made['id']}", scene.guest, 409)
    assert await db.fetchval("SELECT content IS NULL FROM application")
    await scene.ask("POST", f"/applications/{made['id']}/grant", scene.owner, 409, json={})
    await scene.apply()


async def test_what_proves_nothing_is_refused(scene: Scene) -> None:
    assert (await scene.apply(status=400, content=b""))["field"] == "note"
    assert (await scene.apply(status=400, content=b"", note=" "))["field"] == "note"
    for content in (b"MZ\x90", b"<html>", PDF.replace(b"%%EOF", b"")):
        assert (await scene.apply(status=400, content=content))["field"] == "file"
    await scene.apply(status=400, note="x" * 2001)
    assert await db.fetchval("SELECT count(*) FROM application") == 0


async def test_only_where_the_owner_takes_them_and_one_may_know_of_it(scene: Scene) -> None:
    await scene.ask("PATCH", f"/qualifications/{scene.id}", scene.owner, 200, json={"takes_applications": False})
    await scene.apply(status=409)
    await scene.ask("PATCH", f"/qualifications/{scene.id}", scene.owner, 200, json={"takes_applications": True})
    await db.execute("UPDATE resource SET listed = false")
    await scene.apply(status=404)


async def test_a_resource_says_whether_one_may_apply(scene: Scene) -> None:
    resource = await db.fetchval("SELECT id FROM resource")
    (need,) = await scene.ask("GET", f"/resources/{resource}/qualifications", scene.guest, 200)
    assert need["takes_applications"]
    day = {"from": at(0), "to": at(0, days=8)}
    seen = await scene.ask("GET", f"/resources/{resource}/availability", scene.guest, 200, params=day)
    assert [(one["name"], one["takes_applications"]) for one in seen["needs"]] == [("Laser safety", True)]


async def test_nobody_else_sees_or_decides_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await scene.apply()
    colleague = await factories.person(scene.guest.actor.organization_id, role="admin")
    stranger = await factories.person(kind="university")
    few = await factories.person(scene.owner.actor.organization_id, role="manager")
    await db.execute("UPDATE member SET named_only = true WHERE id = $1", few.actor.member_id)
    for who in (colleague, stranger, few):
        for path in (f"/applications/{made['id']}", f"/applications/{made['id']}/file"):
            await scene.ask("GET", path, who, 404)
    await scene.ask("POST", f"/applications/{made['id']}/grant", stranger, 404, json={})
    await scene.ask("POST", f"/applications/{made['id']}/grant", few, 403, json={})
    # The control: without the predicate a stranger reads the proof.
    open_to_all = applications.CONTENT.replace(applications.SEEN, "$2::uuid IS DISTINCT FROM $3::uuid")
    monkeypatch.setattr(applications, "CONTENT", open_to_all)
    await scene.ask("GET", f"/applications/{made['id']}/file", stranger, 200)


async def test_an_end_that_has_passed_grants_nothing(scene: Scene) -> None:
    made = await scene.apply()
    past = {"expires_at": "2020-01-01T00:00:00Z"}
    await scene.ask("POST", f"/applications/{made['id']}/grant", scene.owner, 400, json=past)
    assert (await scene.ask("GET", f"/applications/{made['id']}", scene.guest, 200))["state"] == "waiting"


async def test_it_is_forgotten_in_time_and_with_the_person(scene: Scene) -> None:
    made = await scene.apply()
    await scene.ask("POST", f"/applications/{made['id']}/decline", scene.owner, 200, json={"reason": "no"})
    await retention.forget_expired()
    assert await db.fetchval("SELECT count(*) FROM application") == 1
    await db.execute("UPDATE application SET decided_at = now() - interval '91 days'")
    await retention.forget_expired()
    assert await db.fetchval("SELECT count(*) FROM application") == 0
    await scene.apply()
    actor = scene.guest.actor
    await traces.remove(traces.Person(actor.account_id, actor.email, actor.name))
    assert await db.fetchval("SELECT count(*) FROM application") == 0
    await scene.ask("GET", f"/applications/{new_id()}", scene.owner, 404)
