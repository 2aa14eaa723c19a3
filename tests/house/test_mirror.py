"""Tests stand where what they test stands: each folder of tests mirrors a package, or looks at everything."""

import pytest

from tests.house.sources import ROOT

TESTS = ROOT / "tests"
FOLDERS = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
# They ask the whole product at once, in one way.
AT_EVERYTHING = {"browser", "faults", "house", "interop", "machine", "migrations", "races", "rights"}
MOST = 40


@pytest.mark.parametrize(
    "folder", sorted(str(one) for one in FOLDERS if one.parts and one.parts[0] not in AT_EVERYTHING)
)
def test_a_folder_of_tests_mirrors_a_package(folder: str) -> None:
    assert (ROOT / "server" / folder / "__init__.py").exists() or (ROOT / folder / "__init__.py").exists()


def test_no_folder_of_tests_is_too_large() -> None:
    large = {str(one) for one in FOLDERS if len(list((TESTS / one).glob("*.py"))) > MOST}
    assert large == set()
