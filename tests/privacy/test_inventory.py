"""docs/personal-data.md knows every column that may say something of a person, and the export shows them."""

import re
from pathlib import Path

from server.piccolo_app import APP_CONFIG
from server.privacy import retention
from server.privacy.holdings import HOLDINGS

TEXT = (Path(__file__).parents[2] / "docs" / "personal-data.md").read_text()
LISTED = set(re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", TEXT))
OF_A_PERSON = {
    name
    for line in TEXT.partition("## Of a person")[2].partition("## Of no person")[0].splitlines()
    for name in re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", line)
}
SAYING = ("TEXT", "JSON", "BYTEA", "[]")
NOT_SHOWN = {
    "audit_entry": "views.of_person reads it",
    "member_resource": "as `resources` of memberships",
}


def columns() -> set[str]:
    """All that can hold words, or leads to a person."""
    return {
        f"{table._meta.tablename}.{column._meta.db_column_name}"
        for table in APP_CONFIG.table_classes
        for column in table._meta.columns
        if any(kind in column.column_type.upper() for kind in SAYING)
        or column._meta.db_column_name in ("account_id", "member_id")
        or column._meta.db_column_name.endswith("_by_id")
    }


def test_every_column_that_may_say_something_of_a_person_is_listed() -> None:
    assert sorted(columns() - LISTED) == [], "say in docs/personal-data.md what it is for and how long it is kept"


def test_nothing_is_listed_that_is_not_there() -> None:
    assert sorted(LISTED - columns() - {"account.id"}) == []


def test_nothing_is_listed_both_ways() -> None:
    of_no_person = set(re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", TEXT.partition("## Of no person")[2]))
    assert sorted(OF_A_PERSON & of_no_person) == []


def test_each_of_a_person_has_a_purpose_and_a_period() -> None:
    rows = [line for line in TEXT.partition("## Of a person")[2].splitlines() if line.startswith("| `")]
    assert rows
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 3, row
        assert all(cells), row


def test_the_export_shows_every_table_that_holds_something_of_a_person() -> None:
    shown = " ".join(HOLDINGS.values())
    tables = {name.partition(".")[0] for name in OF_A_PERSON} - set(NOT_SHOWN)
    assert [table for table in sorted(tables) if not re.search(rf'(FROM|JOIN) "?{table}\b', shown)] == []


def test_the_periods_are_those_that_are_told() -> None:
    for name, told in (("ANSWER", "7 days"), ("NOTICE", "90 days"), ("LETTER", "90 days"), ("TOKEN", "90 days")):
        assert f"{getattr(retention, name).days} days" == told
