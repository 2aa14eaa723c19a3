"""What is wrong with the rows of a list is said in the language of who reads it."""

import re
from typing import Any

import pytest

from server.core.errors import Invalid, TooLarge
from server.core.translations import translator
from server.resources.field_names import FIELD_NAMES
from server.resources.imports.columns import HEADINGS
from server.resources.imports.read_list import read_list
from server.resources.imports.reason_texts import told
from server.resources.imports.row import Row, read_row
from server.resources.imports.sheet import Assumed
from tests.resources.imports.test_messy import ASSUMED, DATA
from tests.resources.imports.test_row import FIELDS, LEAST, row

HAN = re.compile(r"[\u4e00-\u9fff]")
WRONG: tuple[dict[str, Any], ...] = (
    {"name": ""},
    {"name": "x" * 300},
    {"name": "扫描\n电镜"},
    {"kind": "submarine"},
    {"quantity": "viele"},
    {"quantity": "0"},
    {"quantity": "100000"},
    {"price_per_hour": "cheap"},
    {"country": "Germany!"},
    {"notes": "x" * 6000},
    {"time_zone": "Mars/Base"},
    {"region_code": "999999"},
    {"price_per_hour": "-1"},
    {"price_per_hour": "350"},
)


def chinese(reason: str) -> str:
    return told(reason, "zh-CN")


@pytest.mark.parametrize("cells", WRONG, ids=lambda cells: " ".join(cells))
def test_why_a_row_is_refused_is_said_in_chinese(cells: dict[str, str]) -> None:
    refused = read_row(LEAST | cells, FIELDS, "浙江大学")
    assert not isinstance(refused, Row), cells
    assert [one.reason for one in refused if not HAN.search(chinese(one.reason))] == []


def test_what_is_not_understood_is_named_as_it_was_written() -> None:
    odd = row(opening_hours="nach Vereinbarung; it's open")
    assert [chinese(note) for note in odd.notes] == [
        "opening_hours：“nach Vereinbarung; it's open”无法识别，已保留在资料中"
    ]
    lenient = read_row(LEAST | {"quantity": "一批"}, FIELDS, "浙江大学", lenient=True)
    assert isinstance(lenient, Row)
    assert [chinese(one.reason) for one in lenient.doubts] == ["“一批”无法识别，按 1 台处理"]


async def test_all_that_is_said_of_a_messy_list_is_chinese() -> None:
    read = await read_list((DATA / "messy.csv").read_bytes(), "浙江大学", ASSUMED)
    reasons = [one for report in read.refused for one in report.reasons]
    reasons += [one for found in read.rows.values() for one in found.doubts]
    assert len(reasons) > 10
    assert [one.reason for one in reasons if not HAN.search(chinese(one.reason))] == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7 ...",
        b"a\x00b",
        b"name\nx",
        "名称,型号\n台架,1\n".encode(),
        b"PK\x03\x04 broken",
        b'name,kind\n"x,1\n',
        b"\xef\xbb\xbfname,kind\n\xff,equipment\n",
    ],
    ids=["empty", "pdf", "nul", "one heading", "no kind", "no workbook", "open quotation", "half UTF-8"],
)  # fmt: skip
async def test_why_a_file_is_refused_is_said_in_chinese(data: bytes) -> None:
    with pytest.raises((Invalid, TooLarge)) as refused:
        await read_list(data, "浙江大学", Assumed())
    said = chinese(str(refused.value.detail))
    assert HAN.search(said), said
    assert not re.search("[a-z]{4,} [a-z]{2,}", said), said


def test_every_column_has_a_name_for_people() -> None:
    assert set(HEADINGS) <= set(FIELD_NAMES)
    assert [name for name in FIELD_NAMES.values() if not HAN.search(translator("zh-CN").gettext(name))] == []


def test_control_without_its_text_a_reason_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.resources.imports.reason_texts.TEXTS", ())
    assert not HAN.search(chinese("must be at least 1"))
