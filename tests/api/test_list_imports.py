"""Lists by the API: the dry run says of each row what the page says, and the worker brings in what is confirmed."""

import httpx
import pytest

from server.core import db
from server.resources.imports import sent_lists
from server.resources.imports.run_imports import run_imports
from tests import factories
from tests.factories import Person
from tests.resources.imports.test_messy import DATA, expected
from tests.site.manage.test_imports import ASSUMED, CATALOGUE

LIST = "仪器,kind\n显微镜,equipment\n合计,\n".encode()
ZONE = {"time_zone": "Asia/Shanghai"}


@pytest.fixture
async def owner(rolled_back: None) -> Person:
    return await factories.person(kind="university", role="manager")


async def resources() -> int:
    found: int = await db.fetchval("SELECT count(*) FROM resource")
    return found


async def test_a_messy_list_is_looked_at_confirmed_and_brought_in(client: httpx.AsyncClient, owner: Person) -> None:
    data = (DATA / "messy.csv").read_bytes()
    sent = await client.post("/api/v1/imports", headers=owner.bearer, params=ASSUMED, files={"file": ("m.csv", data)})
    assert (sent.status_code, sent.json()["state"], sent.json()["file_name"]) == (201, "looked_at", "m.csv")
    path = sent.headers["location"]
    seen = sent.json()["report"]
    dry = await client.post("/api/v1/resources/import", headers=owner.bearer, params={"dry_run": True, **ASSUMED},
                            content=data)  # fmt: skip
    outcomes = [(row["line"], row["outcome"], row["reasons"], row["review"]) for row in seen["rows"]]
    assert outcomes == [(row["line"], row["outcome"], row["reasons"], row["review"]) for row in dry.json()["rows"]]
    page = await sent_lists.one(sent.json()["id"], owner.actor)
    assert page.report is not None
    assert [row[:2] for row in outcomes] == [(row.line, row.outcome) for row in page.report.rows]
    assert await resources() == 0
    accepted = sum(one in ("accept", "review") for one in expected())
    confirmed = await client.post(f"{path}/confirm", headers=owner.bearer)
    assert (confirmed.status_code, confirmed.json()["state"]) == (202, "running")
    await run_imports()
    done = (await client.get(path, headers=owner.bearer)).json()
    assert (done["state"], done["report"]["created"], await resources()) == ("done", accepted, accepted)
    listed = (await client.get("/api/v1/imports", headers=owner.bearer)).json()
    assert [(one["id"], one["state"], one["report"]) for one in listed] == [(done["id"], "done", None)]
    again = await client.put(f"{path}/assumed", headers=owner.bearer, json={})
    assert again.status_code == 409


async def test_columns_are_taken_for_what_one_says(client: httpx.AsyncClient, owner: Person) -> None:
    sent = await client.post("/api/v1/imports", headers=owner.bearer, content=CATALOGUE.read_bytes())
    path = sent.headers["location"]
    heading = next(text for text, field in sent.json()["report"]["headings"].items() if field == "manufacturer")
    wanted = {"kind": "equipment", "columns": {heading: ""}}
    looked = await client.put(f"{path}/assumed", headers=owner.bearer, json=wanted)
    assert heading in looked.json()["report"]["ignored_columns"]
    wrong = await client.put(f"{path}/assumed", headers=owner.bearer, json={"columns": {heading: "colour"}})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "columns")
    assert "manufacturer" in wrong.json()["fields"]


async def test_what_is_no_table_is_refused_and_nothing_is_kept(client: httpx.AsyncClient, owner: Person) -> None:
    for data in (b"", b"%PDF-1.7", b"\x00\x01\x02", LIST):
        answer = await client.post("/api/v1/imports", headers=owner.bearer, content=data)
        assert answer.status_code == 400, data
    assert await db.fetchval("SELECT count(*) FROM list_import") == 0
    named = (await client.post("/api/v1/imports", headers=owner.bearer, content=LIST, params=ZONE)).json()
    assert "name" in named["detail"]


async def test_others_see_no_list(client: httpx.AsyncClient, owner: Person) -> None:
    sent = await client.post("/api/v1/imports", headers=owner.bearer, content=CATALOGUE.read_bytes())
    stranger = await factories.person(kind="university", role="manager")
    booker = await factories.person(owner.actor.organization_id, role="booker")
    for who, status in ((stranger, 404), (booker, 403)):
        assert (await client.get(sent.headers["location"], headers=who.bearer)).status_code == status
        assert (await client.post(f"{sent.headers['location']}/confirm", headers=who.bearer)).status_code == status
    assert (await client.get("/api/v1/imports", headers=stranger.bearer)).json() == []
