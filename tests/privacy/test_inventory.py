"""docs/personal-data.md knows every column that may say something of a person, and the export shows them."""

import re
from pathlib import Path

import pytest

from server.core import db
from server.privacy import retention
from server.privacy.holdings import HOLDINGS

TEXT = (Path(__file__).parents[2] / "docs" / "personal-data.md").read_text()
LISTED = set(re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", TEXT))
OF_A_PERSON = {
    name
    for line in TEXT.partition("## Of a person")[2].partition("## Of no person")[0].splitlines()
    for name in re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", line)
}
# What erasure does to each column of a person: `gone`, `pseudonym`, `emptied`, or `stays` and why.
FATES = {
    tuple(name.split(".")): line.rstrip(" |").rpartition(" | ")[2]
    for line in TEXT.partition("## Of a person")[2].partition("## Of no person")[0].splitlines()
    for name in re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", line)
}
COLUMNS = """
SELECT table_name || '.' || column_name AS name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public')
  AND table_name <> 'migration'
  AND (data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')
       OR column_name IN ('account_id', 'member_id') OR column_name LIKE '%\\_by\\_id')
"""
NOT_SHOWN = {
    "audit_entry": "views.of_person reads it",
    "member_resource": "as `resources` of memberships",
}


@pytest.fixture
async def columns(rolled_back: None) -> set[str]:
    """All that can hold words, or leads to a person."""
    return {row["name"] for row in await db.fetch(COLUMNS)}


def test_every_column_that_may_say_something_of_a_person_is_listed(columns: set[str]) -> None:
    assert sorted(columns - LISTED) == [], "say in docs/personal-data.md what it is for and how long it is kept"


def test_control_a_column_without_a_word_is_seen(columns: set[str]) -> None:
    assert columns - (LISTED - {"booking.purpose"}) == {"booking.purpose"}


def test_nothing_is_listed_that_is_not_there(columns: set[str]) -> None:
    assert sorted(LISTED - columns - {"account.id"}) == []


def test_of_each_is_said_what_erasure_does_to_it() -> None:
    unclear = {name for name, fate in FATES.items() if not re.match(r"(gone|pseudonym|emptied|stays: .)", fate)}
    assert unclear == set()


def test_nothing_is_listed_both_ways() -> None:
    of_no_person = set(re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", TEXT.partition("## Of no person")[2]))
    assert sorted(OF_A_PERSON & of_no_person) == []


def test_each_of_a_person_has_a_purpose_and_a_period() -> None:
    rows = [line for line in TEXT.partition("## Of a person")[2].splitlines() if line.startswith("| `")]
    assert rows
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 4, row
        assert all(cells), row


def test_the_export_shows_every_table_that_holds_something_of_a_person() -> None:
    shown = " ".join(HOLDINGS.values())
    tables = {name.partition(".")[0] for name in OF_A_PERSON} - set(NOT_SHOWN)
    assert [table for table in sorted(tables) if not re.search(rf'(FROM|JOIN) "?{table}\b', shown)] == []


def test_the_periods_are_those_that_are_told() -> None:
    for name, told in (("ANSWER", "7 days"), ("NOTICE", "90 days"), ("LETTER", "90 days"), ("TOKEN", "90 days")):
        assert f"{getattr(retention, name).days} days" == told
