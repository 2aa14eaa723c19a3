"""Tables out of bytes."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid, TooLarge
from server.resources.imports import sheet

DATA = Path(__file__).parent / "data"
CATALOGUE = Path(sheet.__file__).parents[1] / "data" / "catalogue.csv"
LIST = "name,kind,time_zone,notes\r\n扫描电镜,equipment,Asia/Shanghai,备注\r\n"


def cells(data: bytes) -> list[list[str]]:
    return [record.cells for record in sheet.read(data).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_reads_the_same_however_it_was_saved(encoding: str, separator: str, end: str) -> None:
    data = LIST.replace(",", separator).replace("\r\n", end).encode(encoding)
    read = sheet.read(data)
    assert [record.cells for record in read.rows] == [["扫描电镜", "equipment", "Asia/Shanghai", "备注"]]
    assert read.separator == separator


def test_the_real_catalogue_is_read_whole() -> None:
    read = sheet.read(CATALOGUE.read_bytes())
    assert len(read.rows) == 290
    assert read.ignored == []
    assert {len(record.cells) for record in read.rows} == {19}


def test_separators_inside_cells_do_not_mislead() -> None:
    data = b'name;kind;time_zone;notes\nA;equipment;Asia/Shanghai;"1,2,3;4,5,6"\n'
    assert cells(data) == [["A", "equipment", "Asia/Shanghai", "1,2,3;4,5,6"]]


def test_quotes_hold_line_breaks_and_lines_are_counted_in_the_file() -> None:
    data = b'title\n\nname,kind,time_zone,notes\nA,x,y,"one\ntwo ""2"""\n,,,\nB,x,y,\n'
    read = sheet.read(data)
    assert [(record.line, record.cells[0], record.cells[3]) for record in read.rows] == [
        (4, "A", 'one\ntwo "2"'),
        (7, "B", ""),
    ]


def test_columns_nobody_knows_are_named() -> None:
    assert sheet.read("name,kind,time_zone,邮编,kind\nA,x,y,1,2\n".encode()).ignored == ["邮编", "kind"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\r\n \n", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00", "NUL"),
        (LIST.encode() + b"B,equipment,Asia/Sh\x00anghai,\n", "line 3 has a NUL"),
        (b"hello world\n", "no line of headings"),
        (b"<html><body>name</body></html>", "no line of headings"),
        (b"name,notes\nA,b\n", "kind"),
        (
            LIST.encode() + b'B,equipment,Asia/Shanghai,"never closed\r\nC,equipment,Asia/Shanghai,x\r\n',
            "line 3 is never",
        ),
        (LIST.encode() + b"B,equip", "breaks off in line 3"),
        (LIST.encode() * 3 + "测".encode()[:2], "broken"),
        (b"\xef\xbb\xbf" + LIST.encode("gbk"), "broken"),
        (b"name,kind,time_zone\nA" + b"\xff\xff\n", "neither"),
    ],
)
def test_what_is_no_whole_table_is_refused_and_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        sheet.read(data)


def test_without_the_end_mark_a_cell_never_closed_would_swallow_rows() -> None:
    text = LIST + 'B,equipment,Asia/Shanghai,"never closed\r\nC,equipment,Asia/Shanghai,x\r\n'
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [cells[0] for cells in read] == ["name", "扫描电镜", "B"]
    with pytest.raises(Invalid):
        sheet.read(text.encode())


@pytest.mark.parametrize("name", ["messy.csv", "messy_gbk.csv", "messy_semicolon.csv"])
def test_a_list_as_registrars_export_it_gets_a_clear_answer(name: str) -> None:
    with pytest.raises(Invalid, match=r"line 3 has the headings.*kind.*time_zone"):
        sheet.read((DATA / name).read_bytes())


def test_a_list_has_its_limits() -> None:
    with pytest.raises(TooLarge, match="20,000 rows"):
        sheet.read(b"name,kind,time_zone\n" + b"A,equipment,Asia/Shanghai\n" * 20_001)
    with pytest.raises(TooLarge, match="10 MB"):
        sheet.read(b"x" * (sheet.LARGEST + 1))
    with pytest.raises(Invalid, match="field larger"):
        sheet.read(b'name,kind,time_zone\nA,equipment,"' + b"x" * 200_000 + b'"\n')


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: (LIST + text).encode("utf-8", "replace")))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    try:
        read = sheet.read(data)
    except (Invalid, TooLarge):
        return
    assert all(record.line > 1 for record in read.rows)
