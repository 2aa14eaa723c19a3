"""Strings that broke other programs, through every text field of a resource."""

import csv
import io
from typing import Any

import httpx
import pytest

from server.resources.imports.row_checks import NOTHING
from tests import factories
from tests.calendars.nasty import NASTY

FIELDS = ("name", "name_en", "description", "manufacturer", "model", "category", "city", "source_url")
CODES = ("kind", "time_zone", "country", "currency", "region_code")
LEAST: dict[str, Any] = {"kind": "equipment", "name": "某设备", "time_zone": "Asia/Shanghai"}


@pytest.mark.parametrize("field", [*FIELDS, *CODES])
async def test_a_text_is_kept_as_it_is_or_refused(client: httpx.AsyncClient, field: str) -> None:
    owner = await factories.person()
    made = await client.post("/api/v1/resources", json=LEAST, headers=owner.bearer)
    address, headers = made.headers["location"], owner.bearer | {"If-Match": "*"}
    for text in NASTY:
        sent = await client.post("/api/v1/resources", json=LEAST | {field: text}, headers=owner.bearer)
        changed = await client.patch(address, json={field: text}, headers=headers)
        assert (sent.status_code, changed.status_code) in ((201, 200), (400, 400)), (text, sent.text, changed.text)
        if changed.status_code == 200:
            assert sent.json()[field] == changed.json()[field] == (await client.get(address)).json()[field] == text


async def test_reasons_of_exceptional_days_are_kept_as_they_are_or_refused(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    made = await client.post("/api/v1/resources", json=LEAST, headers=owner.bearer)
    address = made.headers["location"] + "/opening-hours"
    for text in NASTY:
        hours = {"weekly": [], "exceptions": [{"date": "2026-12-25", "spans": [], "reason": text}]}
        answer = await client.put(address, json=hours, headers=owner.bearer)
        assert answer.status_code in (200, 400), (text, answer.text)
        if answer.status_code == 200:
            assert answer.json()["opening_hours"] == hours


async def test_a_search_for_anything_is_answered(client: httpx.AsyncClient) -> None:
    await factories.resource(await factories.person())
    for text in NASTY:
        for field in ("q", "kind", "region", "owner", "cursor", "free_from"):
            answer = await client.get("/api/v1/resources", params={field: text})
            assert answer.status_code in (200, 400), (field, text, answer.text)


@pytest.mark.parametrize("field", [*(field for field in FIELDS if field != "description"), "notes", "opening_hours"])
async def test_a_cell_is_kept_as_it_is_or_its_row_refused(client: httpx.AsyncClient, field: str) -> None:
    owner = await factories.person()
    written = io.StringIO()
    columns = [*dict.fromkeys(("number", "model", "name", "kind", "time_zone", field))]
    table = csv.DictWriter(written, columns)
    table.writeheader()
    for number, text in enumerate(NASTY):
        table.writerow(LEAST | {"number": number, "model": f"M{number}"} | {field: text})
    data = written.getvalue().replace("\x00", "\x01").encode()  # NUL is refused with the whole file
    answer = await client.post("/api/v1/resources/import", content=data, headers=owner.bearer)
    assert answer.status_code == 200, answer.text
    outcomes = [row["outcome"] for row in answer.json()["rows"]]
    assert len(outcomes) == len(NASTY)
    assert "created" in outcomes
    assert all(row["outcome"] == "created" or row["reasons"] for row in answer.json()["rows"])
    for row, text in zip(answer.json()["rows"], NASTY, strict=True):
        if row["outcome"] == "created" and field in FIELDS and text.strip():
            found = (await client.get(f"/api/v1/resources/{row['resource_id']}")).json()
            kept = text.strip()
            assert found[field] == ("" if kept.casefold() in NOTHING else kept)
