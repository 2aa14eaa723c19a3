"""A migration that landed is never edited: databases that ran it would differ from those that will."""

import hashlib
import shutil
from itertools import groupby
from pathlib import Path

import pytest

from server.core.migration_files import FOLDER

SUMS = "SHA256SUMS"  # as `sha256sum --check` reads it


def complaints(folder: Path) -> list[str]:
    """Compare the files with what is written down of them."""
    landed = {line[66:]: line[:64] for line in (folder / SUMS).read_text().splitlines()}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.sql")}
    edited = [
        f"{name} was edited after it landed: `git checkout` it and write a new migration"
        for name, digest in landed.items()
        if there.get(name, digest) != digest
    ]
    gone = [f"{name} was taken away or renamed after it landed: bring it back" for name in landed.keys() - there.keys()]
    new = [
        f"{name} is new: when it is as it shall land, (cd migrations && sha256sum {name} >> {SUMS})"
        for name in there.keys() - landed.keys()
    ]
    return edited + gone + new


def test_a_migration_that_landed_is_as_it_was() -> None:
    assert complaints(FOLDER) == []


def test_the_folder_holds_migrations_and_nothing_else() -> None:
    others = {path.name for path in FOLDER.iterdir() if path.suffix != ".sql"} - {SUMS, "__pycache__"}
    assert others == set(), "migrations are SQL, written by hand; Piccolo's are not run (CONTRIBUTING.md)"


def test_no_two_migrations_share_a_number() -> None:
    numbers = sorted(path.name[:4] for path in FOLDER.glob("*.sql"))
    assert [number for number, group in groupby(numbers) if len(list(group)) > 1] == []


def test_the_last_to_land_is_the_last_to_run() -> None:
    """A number below one that landed would run after it in some databases, and before it in others."""
    names = [line[66:] for line in (FOLDER / SUMS).read_text().splitlines()]
    assert names == sorted(names)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "migrations")
    return tmp_path / "migrations"


def test_control_an_edit_is_seen(copy: Path) -> None:
    with (copy / "0004_bookings.sql").open("a") as file:
        file.write("-- by the way\n")
    assert complaints(copy) == [
        "0004_bookings.sql was edited after it landed: `git checkout` it and write a new migration"
    ]


def test_control_another_name_is_seen(copy: Path) -> None:
    (copy / "0008_live_claims.sql").rename(copy / "0009_live_claims.sql")
    gone, new = complaints(copy)
    assert gone == "0008_live_claims.sql was taken away or renamed after it landed: bring it back"
    assert new.startswith("0009_live_claims.sql is new: ")
