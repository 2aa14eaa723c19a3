import re
from pathlib import Path

import pytest

import server
from server.bookings import states
from server.bookings.states import FOLLOWING, Impossible, refuse_unless_following

DOCUMENT = Path(server.__file__).parent.parent / "docs" / "booking.md"
MODULES = Path(server.__file__).parent / "bookings"


def drawn() -> dict[str, set[str]]:
    picture = DOCUMENT.read_text().split("```mermaid")[1].split("```")[0]
    arrows = re.findall(r"^ *([\w\[\]*]+) --> ([\w\[\]*]+)", picture, re.MULTILINE)
    found: dict[str, set[str]] = {before: set() for before, _ in arrows if before != "[*]"}
    for before, after in arrows:
        if "[*]" not in (before, after):
            found[before].add(after)
    return found


def test_the_picture_shows_what_the_code_allows() -> None:
    assert drawn() == {before: set(after) for before, after in FOLLOWING.items()}


def test_every_door_of_the_page_is_a_module() -> None:
    doors = DOCUMENT.read_text().split("| door |")[1].split("\n\n")[0]
    named = {name for row in doors.splitlines()[2:] for name in re.findall(r"`([\w/]+)\.py`", row.split("|")[2])}
    assert named
    assert {name for name in named if not (MODULES / f"{name}.py").exists()} == set()


@pytest.mark.parametrize(
    ("before", "after"), [("cancelled", "confirmed"), ("completed", "in_use"), ("in_use", "confirmed")]
)
def test_what_cannot_follow_is_a_defect(before: str, after: str) -> None:
    with pytest.raises(Impossible):
        refuse_unless_following(before, after)


def test_a_picture_with_an_arrow_too_many_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the comparison."""
    monkeypatch.setitem(states.FOLLOWING, "expired", frozenset({"requested"}))
    assert drawn() != {before: set(after) for before, after in FOLLOWING.items()}
