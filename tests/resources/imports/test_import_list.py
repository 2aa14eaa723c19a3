"""Lists of owners, into the database."""

import csv
import io
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.core import db
from server.core.errors import Invalid, NotFound, TooLarge
from server.core.ids import new_id
from server.resources import views
from server.resources.imports import import_list as importing
from server.resources.imports import sheet
from server.resources.imports.import_file import import_file
from server.resources.imports.import_list import ImportReport, import_list
from tests import factories

CATALOGUE = Path(sheet.__file__).parents[1] / "data" / "catalogue.csv"
HEADINGS = "name,kind,time_zone,quantity,opening_hours,city"
ADDRESS = "/api/v1/resources/import"


def a_list(*rows: str) -> bytes:
    return "\n".join([HEADINGS, *rows, ""]).encode()


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.refused


async def everything() -> list[Any]:
    return await db.fetch("SELECT to_jsonb(r)::text AS all FROM resource r ORDER BY id")


@pytest.fixture
async def owner(rolled_back: None) -> UUID:
    return await factories.organization("university", "浙江大学")


async def test_the_real_catalogue_comes_in_whole_and_only_once(owner: UUID) -> None:
    data = CATALOGUE.read_bytes()
    assert counts(await import_list(data, owner)) == (290, 0, 0, 0)
    before = await everything()
    assert counts(await import_list(data, owner)) == (0, 0, 290, 0)
    assert await everything() == before


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t"])
async def test_the_catalogue_in_other_clothes_is_the_same_list(owner: UUID, encoding: str, separator: str) -> None:
    await import_list(CATALOGUE.read_bytes(), owner)
    written = io.StringIO()
    rows = csv.reader(io.StringIO(CATALOGUE.read_text("utf-8"), newline=""))
    csv.writer(written, delimiter=separator).writerows(rows)
    report = await import_list(written.getvalue().encode(encoding), owner)
    assert counts(report) == (0, 0, 290, 0)
    assert report.separator == separator


async def test_what_a_row_says_is_what_is_listed(owner: UUID) -> None:
    report = await import_list(CATALOGUE.read_bytes(), owner)
    (row,) = (row for row in report.rows if row.name == "車銑複合機")
    assert row.resource_id is not None
    found = await views.resource(row.resource_id, None)
    assert (found.country, found.city, found.time_zone, found.currency) == ("TW", "高雄", "Asia/Taipei", "TWD")
    assert (str(found.price_per_hour), found.region_name) == ("2000", "台湾省")
    assert found.description.startswith("单位 Owner: 國立中山大學")


async def test_a_bad_row_never_stops_the_good_ones(owner: UUID) -> None:
    data = a_list(
        "好一,equipment,Asia/Shanghai,1,24h,杭州",
        "坏一,microscope,Mars/Olympus,many,24h,杭州",
        ",equipment,Asia/Shanghai,,,",
        "坏二,equipment,Asia/Shanghai,1,24h,杭州,多",
        "坏三,equipment,Asia/Shanghai",
        "好二,equipment,Asia/Shanghai,2,24h,杭州",
    )
    report = await import_list(data, owner)
    assert counts(report) == (2, 0, 0, 4)
    assert [(row.line, row.name, row.outcome) for row in report.rows] == [
        (2, "好一", "created"),
        (3, "坏一", "refused"),
        (4, "", "refused"),
        (5, "坏二", "refused"),
        (6, "坏三", "refused"),
        (7, "好二", "created"),
    ]
    assert {reason.column for reason in report.rows[1].reasons} == {"kind", "time_zone"}
    assert "7 cells under 6 headings" in report.rows[3].reasons[0].reason


async def test_a_row_given_twice_counts_once_and_names_the_first(owner: UUID) -> None:
    report = await import_list(a_list("A,equipment,Asia/Shanghai,1,,", "a ,equipment,Asia/Shanghai,2,,"), owner)
    assert (counts(report), report.duplicate) == ((1, 0, 0, 0), 1)
    assert "line 2" in report.rows[1].reasons[0].reason


async def test_a_broken_file_changes_nothing(owner: UUID) -> None:
    good = a_list("A,equipment,Asia/Shanghai,1,24h,杭州")
    await import_list(good, owner)
    before = await everything()
    changed = good.replace("杭州".encode(), "苏州".encode())
    for broken in (
        changed + b'B,equipment,"Asia',
        changed + b"\x00",
        changed + b"B,equip",
        changed[:-3],
        b"",
        b"PK\x03\x04",
    ):
        with pytest.raises(Invalid):
            await import_list(broken, owner)
    assert await everything() == before


async def test_a_failure_half_way_changes_nothing(owner: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    await import_list(a_list("A,equipment,Asia/Shanghai,1,24h,杭州"), owner)
    before = await everything()

    async def fail(*_: object) -> None:
        raise RuntimeError("the power is cut")

    monkeypatch.setattr(importing, "update", fail)
    with pytest.raises(RuntimeError):
        await import_list(a_list("B,equipment,Asia/Shanghai,1,,", "A,equipment,Asia/Shanghai,1,24h,苏州"), owner)
    assert await everything() == before


async def test_a_dry_run_tells_what_would_be_and_changes_nothing(owner: UUID) -> None:
    await import_list(a_list("A,equipment,Asia/Shanghai,1,24h,杭州", "B,equipment,Asia/Shanghai,,,"), owner)
    before = await everything()
    data = a_list(
        "A,equipment,Asia/Shanghai,1,24h,苏州", "B,equipment,Asia/Shanghai,,,", "C,equipment,Asia/Shanghai,,,", "D"
    )
    dry = await import_list(data, owner, dry_run=True)
    assert dry.dry_run
    assert counts(dry) == (1, 1, 1, 1)
    assert await everything() == before
    assert counts(await import_list(data, owner)) == (1, 1, 1, 1)


async def test_what_the_list_does_not_say_stays_as_the_owner_set_it(owner: UUID) -> None:
    await import_list(a_list("A,equipment,Asia/Shanghai,,,"), owner)
    await db.execute("""UPDATE resource SET units = 7, rules = '{"min_minutes": 60}', week_hours = '{[0,600)}'""")
    assert counts(await import_list(a_list("A,equipment,Asia/Shanghai,,,"), owner)) == (0, 0, 1, 0)
    report = await import_list(a_list("A,equipment,Asia/Shanghai,,,苏州"), owner)
    assert counts(report) == (0, 1, 0, 0)
    row = await db.fetchrow(
        "SELECT units, version, week_hours::text AS week, rules->>'min_minutes' AS least FROM resource"
    )
    assert row is not None
    assert tuple(row) == (7, 2, "{[0,600)}", "60")


async def test_units_with_time_taken_on_them_stay(owner: UUID) -> None:
    report = await import_list(a_list("A,equipment,Asia/Shanghai,5,24h,", "B,equipment,Asia/Shanghai,5,24h,"), owner)
    sql = """
    INSERT INTO claim (resource_id, id, unit, during, reason)
    VALUES ($1, $2, 4, tstzrange(now() + interval '1 day', now() + interval '2 days'), 'closure')
    """
    await db.execute(sql, report.rows[0].resource_id, new_id())
    report = await import_list(a_list("A,equipment,Asia/Shanghai,3,24h,", "B,equipment,Asia/Shanghai,3,24h,"), owner)
    assert [row.outcome for row in report.rows] == ["refused", "updated"]
    assert report.rows[0].reasons[0].column == "quantity"


async def test_each_organization_has_its_own_list(owner: UUID) -> None:
    other = await factories.organization("university", "同济大学")
    data = a_list("A,equipment,Asia/Shanghai,,,")
    assert counts(await import_list(data, owner)) == (1, 0, 0, 0)
    assert counts(await import_list(data, other)) == (1, 0, 0, 0)


async def test_the_longest_list_is_brought_in(owner: UUID) -> None:
    rows = [f"机器{number},equipment,Asia/Shanghai,2,工作日 09:00-17:00,杭州" for number in range(20_000)]
    assert counts(await import_list(a_list(*rows), owner)) == (20_000, 0, 0, 0)


async def test_a_file_is_imported_for_an_organization_by_id_or_name(owner: UUID, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(a_list("A,equipment,Asia/Shanghai,,,"))
    assert counts(await import_file(path, "浙江大学", dry_run=True)) == (1, 0, 0, 0)
    assert counts(await import_file(path, str(owner))) == (1, 0, 0, 0)
    with pytest.raises(NotFound, match="浙江大学"):
        await import_file(path, "浙江大学 ")
    with pytest.raises(NotFound, match="exact name"):
        await import_file(path, str(new_id()))
    with pytest.raises(FileNotFoundError):
        await import_file(tmp_path / "none.csv", "浙江大学")
    path.write_bytes(b"x" * (sheet.LARGEST + 1))
    with pytest.raises(TooLarge):
        await import_file(path, "浙江大学")


async def test_a_manager_imports_over_http_as_a_body_or_as_a_form(client: httpx.AsyncClient) -> None:
    manager = await factories.person(role="manager")
    data = a_list("A,equipment,Asia/Shanghai,,,", "B,?,Asia/Shanghai,,,")
    headers = manager.bearer | {"Content-Type": "text/csv"}
    dry = await client.post(ADDRESS, content=data, headers=headers, params={"dry_run": "true"})
    assert (dry.status_code, dry.json()["created"], dry.json()["refused"]) == (200, 1, 1)
    done = await client.post(ADDRESS, content=data, headers=headers)
    assert (done.json()["dry_run"], done.json()["created"]) == (False, 1)
    form = await client.post(ADDRESS, files={"file": ("list.csv", data, "text/csv")}, headers=manager.bearer)
    assert (form.status_code, form.json()["unchanged"]) == (200, 1)
    read = await client.get(f"/api/v1/resources/{done.json()['rows'][0]['resource_id']}")
    assert read.json()["owner"]["id"] == str(manager.actor.organization_id)


async def test_only_managers_import(client: httpx.AsyncClient) -> None:
    booker = await factories.person(role="booker")
    data = a_list("A,equipment,Asia/Shanghai,,,")
    assert (await client.post(ADDRESS, content=data, headers=booker.bearer)).status_code == 403
    assert (await client.post(ADDRESS, content=data)).status_code == 401
    assert await everything() == []


async def test_what_is_no_list_gets_a_problem(client: httpx.AsyncClient) -> None:
    manager = await factories.person()
    big = b"x" * (11 * 1024 * 1024)
    bodies: list[tuple[dict[str, Any], int]] = [
        ({"content": b""}, 400),
        ({"content": b"hello"}, 400),
        ({"content": b"\xff\xfe\x00"}, 400),
        ({"content": big}, 413),
        ({"files": {"file": ("big.csv", big)}}, 413),
        ({"files": {"file": ("empty.csv", b"")}}, 400),
        ({"files": {"nothing": (None, "text")}}, 400),
    ]
    for body, status in bodies:
        answer = await client.post(ADDRESS, headers=manager.bearer, **body)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
