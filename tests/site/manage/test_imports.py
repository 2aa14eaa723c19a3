"""Lists brought in through the pages: dry run, confirmation, the worker, and files that mean harm."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from server.core import db
from server.core.errors import BusyTryAgain, Invalid, TooLarge
from server.resources.imports import run_imports, sheet, workbook
from server.resources.imports.read_list import ReadList, read_list
from tests import factories
from tests.factories import Person
from tests.resources.imports.test_messy import DATA, expected
from tests.site.manage.test_resources import signed_in
from tests.site.reader import Reader

CATALOGUE = Path(sheet.__file__).parents[1] / "data" / "catalogue.csv"
ASSUMED = {"kind": "equipment", "time_zone": "Asia/Shanghai"}


@pytest.fixture
async def owner(rolled_back: None) -> Person:
    return await factories.person(kind="university", role="manager", locale="en")


async def send(reader: Reader, data: bytes, name: str = "list.csv", **fields: str) -> None:
    await reader.open("/manage/import")
    fields["csrf_token"] = reader.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookie = "; ".join(f"{one}={value}" for one, value in reader.cookies.items())
    answer = await reader.client.post(
        "/manage/import",
        data=fields,
        files={"file": (name, data)},
        headers={"Accept": "text/html", "Accept-Language": "en", "Cookie": cookie},
    )
    reader.status, reader.text = answer.status_code, answer.text
    if answer.status_code == 303:
        await reader.open(answer.headers["location"])


async def count() -> int:
    found: int = await db.fetchval("SELECT count(*) FROM resource")
    return found


async def test_while_it_runs_it_is_said_how_far_of_all_rows_it_is(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await signed_in(client, owner)
    await send(reader, b"name,model\n" + "".join(f"Bench {one},B{one}\n" for one in range(3)).encode(), **ASSUMED)
    page = reader.path
    assert ' max="3"' in await reader.send(f"{page}/confirm")
    monkeypatch.setattr(run_imports, "STEP", 2)
    id = UUID(page.rpartition("/")[2])
    content = await db.fetchval("SELECT content FROM list_import WHERE id = $1", id)
    read = await read_list(content, "", sheet.Assumed(kind="equipment", time_zone="Asia/Shanghai"))
    await run_imports._step(id, owner.actor.organization_id, read)
    assert "2 / 3" in await reader.open(page)


async def test_a_long_list_is_shown_a_page_at_a_time(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.site.manage.imports.SHOWN", 2)
    reader = await signed_in(client, owner)
    await send(
        reader, b"name,model\n" + "".join(f"Bench {number},B{number}\n" for number in range(3)).encode(), **ASSUMED
    )
    assert "Rows 1–2 of 3." in reader.text
    await reader.open(f"{reader.path}?after=2")
    assert "Rows 3–3 of 3." in reader.text
    assert "Bench 2" in reader.text
    assert "Bench 0" not in reader.text


@pytest.mark.parametrize("name", ["messy.csv", "messy_gbk.csv", "messy_semicolon.csv"])
async def test_a_messy_list_is_looked_at_confirmed_and_brought_in(
    client: httpx.AsyncClient, owner: Person, name: str
) -> None:
    reader = await signed_in(client, owner)
    await send(reader, (DATA / name).read_bytes(), name, **ASSUMED)
    accepted = sum(one in ("accept", "review") for one in expected())
    assert (reader.status, await count()) == (200, 0)
    assert f"Bring in {accepted} rows" in reader.text
    assert "several prices" in reader.text
    page = reader.path
    await reader.send(f"{page}/confirm")
    assert "It is being brought in" in reader.text
    assert '<noscript><meta http-equiv="refresh"' in reader.text
    assert await count() == 0
    await run_imports.run_imports()
    assert await count() == accepted
    assert "Brought in." in await reader.open(page)
    assert reader.text.count('<span class="outcome review">') == expected().count("review")
    cookie = "; ".join(f"{one}={value}" for one, value in reader.cookies.items())
    events = await client.get(f"{page}/events", headers={"Cookie": cookie})
    assert events.headers["content-type"].startswith("text/event-stream")
    assert f"data: {accepted} {accepted}" in events.text
    table = await client.get(f"{page}/report.csv", headers={"Cookie": cookie})
    assert "MPMS XL" in table.content.decode("utf-8-sig")
    assert "'=HYPERLINK" not in table.text
    assert await db.fetchval("SELECT content IS NULL FROM list_import")
    await send(reader, (DATA / name).read_bytes(), name, **ASSUMED)
    assert "new</a>" not in reader.text


async def test_the_real_catalogue_is_brought_in_step_by_step(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await signed_in(client, owner)
    await send(reader, CATALOGUE.read_bytes())
    assert "Bring in 290 rows" in reader.text
    await reader.send(f"{reader.path}/confirm")
    steps = run_imports._step
    taken = []

    async def killed(id: UUID, owner_id: UUID, read: ReadList) -> bool | None:
        taken.append(await steps(id, owner_id, read))
        return None

    monkeypatch.setattr(run_imports, "_step", killed)
    await run_imports.run_imports()
    assert (taken, await count()) == ([False], run_imports.STEP)
    await run_imports.run_imports()
    assert await count() == 290
    assert "290</strong> new" in await reader.open(reader.path)


async def test_a_list_that_meets_a_busy_database_is_brought_in_later(
    client: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await signed_in(client, owner)
    await send(reader, CATALOGUE.read_bytes())
    await reader.send(f"{reader.path}/confirm")

    async def busy(id: UUID, owner_id: UUID, read: ReadList) -> bool | None:
        raise BusyTryAgain(retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(run_imports, "_step", busy)
        assert await run_imports.run_imports() == 0
    assert await db.fetchval("SELECT finished_at IS NULL FROM list_import")
    assert await run_imports.run_imports() == 1
    assert await count() == 290


async def test_columns_are_mapped_by_hand(client: httpx.AsyncClient, owner: Person) -> None:
    reader = await signed_in(client, owner)
    data = "名称,数量,机型牌号,存放\n显微镜,1,X1,三号楼\n".encode()
    await send(reader, data, **ASSUMED)
    page = reader.path
    await reader.send(f"{page}/columns", **{"column:机型牌号": "model", "column:存放": "address"})
    await reader.send(f"{page}/confirm")
    await run_imports.run_imports()
    row = await db.fetchrow("SELECT name, model, address FROM resource")
    assert tuple(row or ()) == ("显微镜", "X1", "三号楼")
    await reader.open(f"{page}/columns", "POST", {})
    assert reader.status == 403  # without the token of the session


async def test_only_who_runs_all_resources_brings_in_lists(client: httpx.AsyncClient, owner: Person) -> None:
    reader = await signed_in(client, owner)
    await send(reader, CATALOGUE.read_bytes())
    page = reader.path
    stranger = await signed_in(client, await factories.person(kind="university", locale="en"))
    for path in (page, f"{page}/events", f"{page}/report.csv"):
        await stranger.open(path)
        assert stranger.status == 404
    await db.execute("UPDATE member SET named_only = true WHERE id = $1", owner.actor.member_id)
    await reader.open("/manage/import")
    assert reader.status == 403


async def test_who_has_left_brings_nothing_in(client: httpx.AsyncClient, owner: Person) -> None:
    reader = await signed_in(client, owner)
    await send(reader, CATALOGUE.read_bytes())
    await reader.send(f"{reader.path}/confirm")
    await db.execute("UPDATE member SET active = false WHERE id = $1", owner.actor.member_id)
    await run_imports.run_imports()
    assert await count() == 0
    assert await db.fetchval("SELECT error FROM list_import") == "whoever confirmed it has left the organization"


def excel(write: str = "") -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "remove_timezone": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["名称", "数量", "购置日期", "收费标准", "型号"])
        page.write_string(1, 0, "显微镜")
        page.write_number(1, 1, 3)
        page.write_datetime(1, 2, datetime(2024, 5, 6, tzinfo=UTC), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_formula(1, 3, "=1+1", None, 2)
        page.write_number(1, 4, 42.5)
    return file.getvalue()


async def test_a_workbook_is_read_by_the_types_of_its_cells(client: httpx.AsyncClient, owner: Person) -> None:
    assert (await workbook.rows(excel()))[1] == ["显微镜", "3", "2024-05-06", "2", "42.5"]
    reader = await signed_in(client, owner)
    await send(reader, excel(), "list.xlsx", **ASSUMED)
    await reader.send(f"{reader.path}/confirm")
    await run_imports.run_imports()
    row = await db.fetchrow("SELECT units, price_text, model FROM resource")
    assert tuple(row or ()) == (3, "2", "42.5")


def repacked(changes: dict[str, bytes]) -> bytes:
    """The workbook with other parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(excel())) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
FAR = (
    HEAD
    + b'<row r="1"><c r="A1"><v>1</v></c></row>'
    + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (repacked({"xl/sharedStrings.xml": b"<x>" + b" " * (workbook.UNFOLDED + 1)}), 413),
        (repacked({SHEET: FAR}), 413),
        (repacked({SHEET: b"<broken"}), 400),
        (excel()[:900], 400),
        (b"PK\x03\x04" + bytes(500), 400),
        (b"\xd0\xcf\x11\xe0" + bytes(500), 400),
        (b"%PDF-1.7", 400),
        (b"", 422),
    ],
    ids=["bomb", "far cell", "broken", "cut off", "no zip", "old and broken", "pdf", "nothing"],
)
async def test_what_is_no_list_is_refused_and_says_so(
    client: httpx.AsyncClient, owner: Person, data: bytes, status: int
) -> None:
    reader = await signed_in(client, owner)
    await send(reader, data, "list.xlsx", **ASSUMED)
    assert (reader.status, reader.errors) == (status, ["file"])
    assert await db.fetchval("SELECT count(*) FROM list_import") == 0


async def test_without_the_limits_a_bomb_would_be_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = repacked({"xl/sharedStrings.xml": b"<x>" + b" " * 3_000_000})
    assert len(bomb) < 20_000
    monkeypatch.setattr(workbook, "UNFOLDED", 1_000_000)
    with pytest.raises(TooLarge, match="unfolds"):
        workbook.refuse_large(bomb)
    monkeypatch.setattr(workbook, "UNFOLDED", 10**12)
    workbook.refuse_large(bomb)
    monkeypatch.setattr(workbook, "MOST_ROWS", 10**9)
    monkeypatch.setattr(workbook, "MOST_COLUMNS", 10**9)
    workbook.refuse_large(repacked({SHEET: FAR}))
    with pytest.raises(Invalid, match="cannot be opened"):
        workbook.refuse_large(b"PK\x03\x04")
