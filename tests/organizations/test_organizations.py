"""Organizations sign up, say who they are, prove it, and the operator decides."""

import errno
import io
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from PIL import Image

from server.core import db, file_kinds
from server.core.settings import settings
from server.organizations import documents, registers, sizes
from tests import factories
from tests.organizations.scene import Speaker, code, letters, operator


def new(number: int, **more: Any) -> dict[str, Any]:
    return {"name": f"苏州新单位{number}", "kind": "sme", "uscc": code(number), **more}


@pytest.fixture
async def founder(client: httpx.AsyncClient) -> Speaker:
    return Speaker(client, await factories.person(role="booker"))


async def admin_of(client: httpx.AsyncClient, **organization: Any) -> Speaker:
    return Speaker(client, await factories.person(**organization))


async def test_whoever_signs_up_becomes_admin_and_waits_for_the_operator(founder: Speaker) -> None:
    made = await founder.send("POST", "/organizations", 201, json=new(1, region_code="320500"))
    assert (made["state"], made["verified"], made["region_name"]) == ("pending", False, "江苏省苏州市")
    role = "SELECT role FROM member WHERE organization_id = $1 AND account_id = $2"
    assert await db.fetchval(role, UUID(made["id"]), founder.person.actor.account_id) == "admin"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"uscc": "91320594MA1W000010"}, "uscc"),
        ({"uscc": None}, "uscc"),
        ({"country": "DE"}, "uscc"),
        ({"region_code": "990000"}, "region_code"),
    ],
)
async def test_a_code_that_cannot_be_is_refused(founder: Speaker, given: dict[str, Any], field: str) -> None:
    problem = await founder.send("POST", "/organizations", 400, json=new(2) | given)
    assert problem["field"] == field


async def test_universities_and_foreign_organizations_need_no_code(founder: Speaker) -> None:
    await founder.send("POST", "/organizations", 201, json={"name": "某大学", "kind": "university"})
    foreign = {"name": "Beispiel GmbH", "kind": "sme", "country": "DE", "registration_number": "HRB 12345"}
    assert (await founder.send("POST", "/organizations", 201, json=foreign))["registration_number"] == "HRB 12345"


@pytest.mark.parametrize(("same", "field"), [({"uscc": code(3)}, "uscc"), ({"name": "苏州新单位3"}, "name")])
async def test_one_organization_signs_up_once(founder: Speaker, same: dict[str, Any], field: str) -> None:
    await founder.send("POST", "/organizations", 201, json=new(3))
    problem = await founder.send("POST", "/organizations", 409, json=new(4) | same)
    assert (problem["type"].rpartition("/")[2], problem["field"]) == ("already-signed-up", field)


async def test_nobody_signs_up_many_that_nobody_has_verified(founder: Speaker) -> None:
    for number in range(10, 15):
        await founder.send("POST", "/organizations", 201, json=new(number))
    await founder.send("POST", "/organizations", 409, json=new(16))


async def test_others_see_the_public_profile_only(client: httpx.AsyncClient, founder: Speaker) -> None:
    other = await admin_of(client)
    path = f"/organizations/{other.organization_id}"
    public = {"seen_as", "id", "name", "kind", "country", "region_code", "region_name", "verified"}
    assert set(await founder.send("GET", path, 200)) == public
    assert set((await client.get("/api/v1" + path)).json()) == public
    assert (await other.send("GET", path, 200))["state"] == "verified"
    await founder.send("PATCH", f"/organizations/{founder.organization_id}", 403, json={})
    await (await admin_of(client)).send("PATCH", path, 404, json={"sector": "industry"})


async def test_an_admin_declares_the_size_and_cannot_change_what_is_verified(client: httpx.AsyncClient) -> None:
    admin = await admin_of(client)
    path = f"/organizations/{admin.organization_id}"
    shown = await admin.send("PATCH", path, 200, json={"staff": 120, "revenue": 900, "sector": "industry"})
    assert (shown["size"], bool(shown["declared_at"])) == ("small", True)
    assert (await admin.send("PATCH", path, 409, json={"name": "别的名字"}))["fields"] == ["name"]
    assert (await admin.send("PATCH", path, 200, json={"region_code": "310000"}))["region_name"] == "上海市"


@pytest.mark.parametrize(
    ("sector", "staff", "revenue", "size"),
    [
        ("industry", 1000, 40_000, "large"),
        ("industry", 999, 40_000, "medium"),
        ("industry", 300, 1999, "small"),
        ("industry", 19, 50_000, "micro"),
        ("software", 100, 1000, "medium"),
        ("software", 9, 1000, "micro"),
        ("other", 300, None, "large"),
        ("agriculture", None, 49, "micro"),
        ("retail", 50, None, None),
        ("construction", 50, 1000, None),
    ],
)
def test_the_size_follows_the_rules_of_2011(sector: Any, staff: Any, revenue: Any, size: str | None) -> None:
    assert sizes.size_class(sector, staff, revenue) == size


def test_known_codes_of_real_organizations_pass() -> None:
    for known in ("91110000600037341L", "12100000400000624D"):
        assert registers.is_uscc(known), known


# What a file is.
def image(form: str, width: int = 20, height: int = 20) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(kept, form)
    return kept.getvalue()


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [(PDF, "application/pdf"), (image("PNG"), "image/png"), (image("JPEG"), "image/jpeg")],
    ids=["pdf", "png", "jpeg"],
)
def test_files_are_told_by_their_bytes(data: bytes, kind: str) -> None:
    assert file_kinds.media_type(data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<html><script>alert(1)</script>", b"GIF89a", b"<?xml version='1.0'?><svg/>", b"PK\x03\x04",
        b"%PDF-1.7 cut", PDF.replace(b"<<>>", b"<< /JavaScript 2 0 R >>"), image("PNG")[:60], image("JPEG")[:200],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50, image("GIF"), image("BMP"), b"\xff\xd8\xff<script>",
    ],
)  # fmt: skip
def test_what_is_not_wholly_what_it_claims_is_refused(data: bytes) -> None:
    with pytest.raises(file_kinds.NotAcceptable):
        file_kinds.media_type(data)


def test_an_image_that_would_be_huge_is_never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_kinds, "MOST_PIXELS", 399)
    with pytest.raises(file_kinds.NotAcceptable, match="pixels"):
        file_kinds.media_type(image("PNG"))


async def test_a_document_is_kept_apart_and_handed_out_as_a_download(client: httpx.AsyncClient) -> None:
    admin, other, runs = await admin_of(client), await admin_of(client), await operator(client)
    path = f"/organizations/{admin.organization_id}/documents"
    form = {"file": ("../../执照<.pdf", PDF, "text/html")}
    made = await admin.send("POST", path + "?kind=licence", 201, files=form)
    assert (made["name"], made["media_type"], made["size"]) == ("执照<.pdf", "application/pdf", len(PDF))
    stored = await db.fetchval("SELECT stored FROM document WHERE id = $1", UUID(made["id"]))
    assert (settings().data_dir / "documents" / stored[:2] / stored).stat().st_mode & 0o777 == 0o600
    for who, below in ((admin, ""), (runs, "/operator")):
        got = await who.send("GET", f"{below}{path}/{made['id']}", 200)
        assert got.content == PDF
        assert got.headers["content-type"] == "application/octet-stream"
        assert got.headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in got.headers["content-security-policy"]
    await other.send("GET", f"{path}/{made['id']}", 404)
    await other.send("GET", f"/organizations/{other.organization_id}/documents/{made['id']}", 404)
    await other.send("GET", path, 404)
    await admin.send("GET", f"/operator{path}/{made['id']}", 403)
    await other.send("DELETE", f"{path}/{made['id']}", 404)
    await admin.send("DELETE", f"{path}/{made['id']}", 204)
    await admin.send("GET", f"{path}/{made['id']}", 404)
    assert not (settings().data_dir / "documents" / stored[:2] / stored).exists()


async def test_too_large_and_too_many_documents_are_refused(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await admin_of(client)
    path = f"/organizations/{admin.organization_id}/documents"
    await admin.send("POST", path, 413, content=PDF + b" " * (10 * 1024 * 1024 + 1))
    monkeypatch.setattr(documents, "MOST", 1)
    await admin.send("POST", path, 201, content=image("PNG"))
    await admin.send("POST", path, 409, content=image("PNG"))
    await admin.send("POST", path, 400, content=b"no picture")
    assert len(await admin.send("GET", path, 200)) == 1


async def test_a_full_disk_refuses_a_document_for_now_and_leaves_nothing_behind(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await admin_of(client)

    def kept() -> set[Path]:
        return {file for file in (settings().data_dir / "documents").rglob("*") if file.is_file()}

    def fails(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    path = f"/organizations/{admin.organization_id}/documents"
    before = kept()
    refused = await admin.send("POST", path, 503, content=PDF)
    assert refused["type"].endswith("busy-try-again")
    assert kept() == before


async def test_the_operator_decides_and_the_admins_are_told_why(client: httpx.AsyncClient, founder: Speaker) -> None:
    runs = await operator(client)
    id = (await founder.send("POST", "/organizations", 201, json=new(30)))["id"]
    waiting = await runs.send("GET", "/operator/organizations?state=pending&limit=200", 200)
    assert id in [one["id"] for one in waiting["items"]]
    path = f"/operator/organizations/{id}"
    await founder.send("POST", f"{path}/verify", 403, json={"reason": "I say so"})
    await runs.send("POST", f"{path}/verify", 400, json={"reason": "  "})
    assert (await runs.send("POST", f"{path}/reject", 200, json={"reason": "blurred"}))["state"] == "rejected"
    assert (await runs.send("POST", f"{path}/verify", 200, json={"reason": "licence seen"}))["verified"]
    await runs.send("POST", f"{path}/verify", 409, json={"reason": "again"})
    assert (await runs.send("POST", f"{path}/suspend", 200, json={"reason": "complaints"}))["state"] == "suspended"
    assert (await runs.send("POST", f"{path}/reinstate", 200, json={"reason": "settled"}))["state"] == "verified"
    seen = await runs.send("GET", path, 200)
    assert [one["verb"] for one in seen["decisions"]] == ["rejected", "verified", "suspended", "reinstated"]
    (told,) = await letters("organization_rejected")
    assert told[0] == founder.person.actor.email
    assert told[1]["reason"] == "blurred"
    await runs.send("GET", "/operator/organizations/00000000-0000-7000-8000-000000000000", 404)


async def test_what_was_decided_is_never_rewritten(client: httpx.AsyncClient) -> None:
    runs, admin = await operator(client), await admin_of(client)
    await runs.send("POST", f"/operator/organizations/{admin.organization_id}/suspend", 200, json={"reason": "why"})
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction():
            await db.execute("UPDATE decision SET reason = 'other'")
