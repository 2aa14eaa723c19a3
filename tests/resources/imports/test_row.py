"""One row of a list."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.resources.imports.columns import HEADINGS, recognise
from server.resources.imports.row import Reason, Row, read_row
from server.resources.opening.opening_text import read_hours
from server.resources.schemas import ResourceIn

LEAST = {"name": "扫描电镜", "kind": "equipment", "time_zone": "Asia/Shanghai"}
FIELDS = {field: field for field in HEADINGS}


def row(**cells: str) -> Row:
    read = read_row(LEAST | cells, FIELDS, "浙江大学")
    assert isinstance(read, Row), read
    return read


def reasons(**cells: str) -> dict[str, str]:
    read = read_row(LEAST | cells, FIELDS, "浙江大学")
    assert isinstance(read, list), read
    return {reason.column: reason.reason for reason in read}


def test_headings_are_known_in_two_languages_however_they_are_written() -> None:
    line = ["序号", "单位名称", "仪器设备名称", " Time Zone ", "资源类型（必填）", "Ｎｏｔｅｓ", "name"]
    assert recognise(line) == {1: "owner_name", 2: "name", 3: "time_zone", 4: "kind", 5: "notes"}


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("8", 8),
        ("８", 8),
        ("8台", 8),
        ("（8台）", 8),
        ("8 units", 8),
        ("24 台（套）", 24),
        ("1,200", 1200),
        ("100个", 100),
    ],
)
def test_a_quantity_is_read_with_its_measure_word(text: str, units: int) -> None:
    assert row(quantity=text).new().units == units


@pytest.mark.parametrize("text", ["一大两小", "2节点×4卡", "-1", "1.5", "0", "10001", "8;9", "many", "=1+1", "9" * 30])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    assert list(reasons(quantity=text)) == ["quantity"]


@pytest.mark.parametrize(
    ("text", "price"), [("350", "350"), ("３５０．５", "350.5"), ("0", "0"), ("1,000.50", "1000.50")]
)
def test_a_price_is_an_amount(text: str, price: str) -> None:
    assert row(price_per_hour=text, currency="cny").new().price_per_hour == Decimal(price)


@pytest.mark.parametrize("text", ["-1", "面议", "350元", "¥350", "42,50", "NaN", "1e99", "0.00001", "Infinity"])
def test_what_is_no_price_is_refused(text: str) -> None:
    assert list(reasons(price_per_hour=text, currency="CNY")) == ["price_per_hour"]


def test_the_currency_of_a_price_is_never_guessed() -> None:
    assert list(reasons(price_per_hour="350")) == ["currency"]
    assert list(reasons(price_per_hour="350", currency="¥")) == ["currency"]
    assert row(currency="CNY").new().price_per_hour is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "microscope"),
        ("time_zone", "Shanghai"),
        ("region_code", "990000"),
        ("region_code", "苏州"),
        ("country", "Atlantis"),
        ("name", "a" * 201),
        ("model", "a\nb"),
        ("city", "a\x07b"),
        ("notes", "a\x00b"),
        ("notes", "a" * 5001),
        ("source_url", "x" * 1001),
    ],
)
def test_a_cell_that_is_wrong_is_named_with_the_reason(field: str, value: str) -> None:
    found = reasons(**{field: value})
    assert list(found) == [field]
    assert found[field]
    assert "regex" not in found[field]


def test_every_wrong_cell_is_named_by_the_heading_of_the_file() -> None:
    headings = FIELDS | {"kind": "资源类型", "quantity": "数量"}
    read = read_row({"name": "A", "kind": "?", "quantity": "?", "time_zone": ""}, headings, "")
    assert isinstance(read, list)
    assert {reason.column for reason in read} == {"资源类型", "数量", "time_zone"}
    assert Reason("time_zone", "missing") in read


def test_kinds_are_known_in_chinese() -> None:
    assert row(kind="实训基地").new().kind == "training_base"
    assert row(kind="Test Site").new().kind == "test_site"


def test_readable_hours_are_taken_and_bookings_then_need_no_approval() -> None:
    read = row(opening_hours="工作日 09:00-17:00")
    assert read.new().opening_hours.weekly == read_hours("mon-fri 9:00-17:00")
    assert read.new().rules == {}
    assert read.notes == read.assumed == []


def test_hours_in_words_are_kept_and_a_person_decides() -> None:
    read = row(opening_hours="10 h/day available", notes="每周校准")
    assert read.new().description == "开放时间 Opening hours: 10 h/day available\n每周校准"
    assert read.new().rules == {"approval": "request"}
    assert "10 h/day" in read.notes[0]
    assert len(read.assumed) == 2


def test_what_the_list_says_of_approval_is_heeded() -> None:
    assert row().new().rules == {"approval": "request"}
    assert row(approval="instant").new().rules == {"approval": "instant"}
    assert row(approval="需审批", opening_hours="24h").new().rules == {"approval": "request"}
    vague = row(approval="先填登记表", opening_hours="24h")
    assert vague.new().rules == {"approval": "request"}
    assert "先填登记表" in vague.new().description


def test_another_owner_than_the_importing_organization_is_kept_in_the_description() -> None:
    assert row(owner_name="同济大学").new().description == "单位 Owner: 同济大学"
    assert row(owner_name="浙江大学").new().description == ""


def test_formulas_are_text() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)"):
        assert row(name=text).new().name == text


def test_an_empty_cell_leaves_what_is_there() -> None:
    full = row(units="", quantity="5", city="杭州", approval="instant", opening_hours="24h", notes="说明").new()
    fields = msgspec.structs.asdict(full)
    assert row().onto(fields) == full
    changed = row(city="苏州", quantity="6").onto(fields)
    assert (changed.city, changed.units, changed.rules) == ("苏州", 6, full.rules)
    assert changed.opening_hours == full.opening_hours


def test_a_row_is_the_same_row_whatever_its_case_width_and_spaces() -> None:
    one = row(name="MPMS XL", owner_name="中国科学院 物理研究所", model="XL").key
    assert row(name="ＭＰＭＳ　xl", owner_name="中国科学院物理研究所", model="xl ", city="北京").key == one
    assert row(name="MPMS XL", owner_name="中国科学院物理研究所", model="XL2").key != one
    assert row(name="MPMS", owner_name="中国科学院物理研究所", model="XLXL").key != one


@given(st.dictionaries(st.sampled_from(sorted(HEADINGS)), st.text(max_size=300)))
def test_whatever_is_accepted_would_be_accepted_at_every_door(cells: dict[str, str]) -> None:
    read = read_row(LEAST | cells, FIELDS, "")
    if isinstance(read, Row):
        sent: Any = msgspec.json.encode(read.new())
        assert msgspec.json.decode(sent, type=ResourceIn) == read.new()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("工作日 09:00-17:00", {"mon tue wed thu fri 09:00 17:00"}),
        ("平日 9:00～17:00", {"mon tue wed thu fri 09:00 17:00"}),
        ("Mon–Fri 08:00 to 18:00", {"mon tue wed thu fri 08:00 18:00"}),
        ("24 h/day available", {"mon tue wed thu fri sat sun 00:00 24:00"}),
        ("7×24小时", {"mon tue wed thu fri sat sun 00:00 24:00"}),
        ("周一至周五 8:30-11:30，13:30-17:00", {"mon tue wed thu fri 08:30 11:30", "mon tue wed thu fri 13:30 17:00"}),
        ("Mon, Wed 9:00-24:00; 周末 10:00-16:00", {"mon wed 09:00 24:00", "sat sun 10:00 16:00"}),
        ("Sat-Mon 21:00-09:00", {"mon sat sun 21:00 09:00"}),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, said: set[str]) -> None:
    read = read_hours(text)
    assert read is not None
    assert {f"{' '.join(span.days)} {span.opens} {span.closes}" for span in read} == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10 h/day available",
        "09:00-17:00 blocks",
        "09:00-17:00",
        "prime Mon-Fri 08:00-18:00",
        "day 08:00-20:00 Mon-Fri; no presence 00:00-06:00",
        "9時～翌9時",
        "周一 25:00-26:00",
        "Mon 24:00-25:00",
        "Mon-Wed-Fri 09:00-17:00",
        "Mon 09:00",
    ],
)
def test_hours_that_are_not_certain_are_not_read(text: str) -> None:
    assert read_hours(text) is None
