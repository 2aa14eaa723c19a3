"""A duplicate goes into the organization that it duplicates, with all it has; nobody gains rights by it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.core import db
from server.core.ids import new_id
from server.organizations import merge
from tests import factories
from tests.organizations.scene import API, Speaker, code, letters, operator
from tests.privacy.signed_in import signed_in

SOON = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=3)

# Every column that refers to an organization.
REFERENCES = """
SELECT c.conrelid::regclass::text AS name FROM pg_constraint c
WHERE c.contype = 'f' AND c.confrelid = 'organization'::regclass
"""


class Pair:
    def __init__(self, old: Speaker, kept: Speaker, runs: Speaker) -> None:
        self.old, self.kept, self.runs = old, kept, runs

    async def merge(self, expect: int = 200) -> Any:
        path = f"{API}/operator/organizations/{self.old.organization_id}/merge"
        wanted = {"into": str(self.kept.organization_id), "reason": "the same university"}
        browser = await signed_in(self.runs.person.actor.account_id)
        answer = await self.runs.client.post(path, headers=browser, json=wanted)
        assert answer.status_code == expect, answer.text
        return answer.json()


@pytest.fixture
async def pair(client: httpx.AsyncClient) -> Pair:
    old = Speaker(client, await factories.person(kind="university"))
    kept = Speaker(client, await factories.person(kind="university"))
    return Pair(old, kept, await operator(client))


async def test_all_it_has_moves_and_its_id_leads_there(client: httpx.AsyncClient, pair: Pair) -> None:
    resource = await factories.resource(pair.old.person, max_minutes=120)
    await db.execute(
        """UPDATE organization SET rules = '{"lead_minutes": 30}' WHERE id = $1""", pair.old.organization_id
    )
    elsewhere = await factories.resource(await factories.person())
    mine = await factories.booking(elsewhere, pair.old.person, SOON)
    feed = await pair.old.send("POST", "/feeds", 201, json={"scope": "organization"})
    merged = await pair.merge()
    assert merged["id"] == str(pair.kept.organization_id)
    owned = await pair.kept.send("GET", f"/resources/{resource}", 200)
    assert owned["owner"]["id"] == str(pair.kept.organization_id)
    assert (owned["rules"]["lead_minutes"], owned["rules"]["max_minutes"]) == (30, 120)
    assert (await pair.kept.send("GET", f"/bookings/{mine}", 200))["organization_id"] == str(pair.kept.organization_id)
    shown = (await client.get(f"/api/v1/organizations/{pair.old.organization_id}")).json()
    assert shown["id"] == str(pair.kept.organization_id)
    assert (await client.get("/feeds/" + feed["url"].rpartition("/")[2])).status_code == 200
    assert [to for to, _ in await letters("organization_merged")] == [pair.old.person.actor.email]
    assert (await pair.merge())["id"] == merged["id"]  # again moves what was made in the meantime


async def test_nobody_runs_what_they_did_not_run_before(pair: Pair) -> None:
    theirs, ours = await factories.resource(pair.old.person), await factories.resource(pair.kept.person)
    await pair.merge()
    me = await pair.old.send("GET", "/me", 200)
    assert (me["role"], me["organization_id"]) == ("manager", str(pair.kept.organization_id))
    for id, status in ((theirs, 201), (ours, 404)):
        closure = {"starts_at": SOON.isoformat(), "ends_at": (SOON + timedelta(hours=1)).isoformat()}
        await pair.old.send("POST", f"/resources/{id}/closures", status, json=closure)


async def test_who_runs_nothing_becomes_a_booker(pair: Pair) -> None:
    await pair.merge()
    assert (await pair.old.send("GET", "/me", 200))["role"] == "booker"


async def test_who_is_in_both_keeps_their_place_in_the_one_that_stays(pair: Pair) -> None:
    elsewhere = await factories.resource(await factories.person())
    mine = await factories.booking(elsewhere, pair.old.person, SOON)
    sql = "INSERT INTO member (id, organization_id, account_id, role) VALUES ($1, $2, $3, 'manager')"
    there = new_id()
    await db.execute(sql, there, pair.kept.organization_id, pair.old.person.actor.account_id)
    await pair.merge()
    assert await db.fetchval("SELECT member_id FROM booking WHERE id = $1", mine) == there
    assert await db.fetchval("SELECT role FROM member WHERE id = $1", there) == "manager"
    await pair.old.send("GET", "/me", 401)  # the token was for the other membership


@pytest.mark.parametrize("why", ["codes", "countries", "suspended", "itself", "lists"])
async def test_what_is_not_clearly_one_stays_two(pair: Pair, why: str) -> None:
    old, kept = pair.old.organization_id, pair.kept.organization_id
    if why == "codes":
        await db.execute("UPDATE organization SET uscc = $2 WHERE id = $1", old, code(900))
        await db.execute("UPDATE organization SET uscc = $2 WHERE id = $1", kept, code(901))
    elif why == "countries":
        await db.execute("UPDATE organization SET country = 'DE' WHERE id = $1", old)
    elif why == "suspended":
        await db.execute("UPDATE organization SET suspended_at = now() WHERE id = $1", old)
    elif why == "itself":
        pair.kept = pair.old
    else:
        for person in (pair.old.person, pair.kept.person):
            id = await factories.resource(person)
            await db.execute("UPDATE resource SET import_key = 'A1' WHERE id = $1", id)
    await pair.merge(409)
    assert await db.fetchval("SELECT merged_into_id FROM organization WHERE id = $1", old) is None


async def test_every_table_that_refers_to_an_organization_is_thought_of(rolled_back: None) -> None:
    named = set(merge.MADE) | merge.STAYS | {sql.split()[1 if sql.startswith("UPDATE") else 2] for sql in merge.OWNED}
    found = {row["name"].strip('"') for row in await db.fetch(REFERENCES)}
    assert found - named == set(), "let server/organizations/merge.py move it, or say that it stays"
