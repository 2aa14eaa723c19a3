"""What the project stands on: no version known to be broken, and locks that name no place."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
OTHERS = ("tests/interop/khal.lock", "tests/interop/clients/python.lock")  # of what is never installed beside us
PACKAGES = ("tests/interop/package-lock.json", "tests/interop/clients/package-lock.json")
FLOORS = {"litestar": (2, 25), "icalendar": (7, 3), "piccolo": (1, 38)}  # below: holes and defects that we know of
REDIS_CEILING = (6,)  # arq's


def project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(lock: str) -> dict[str, tuple[int, ...]]:
    pins = re.findall(r"^([a-z0-9._-]+)==([0-9.]+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {name: tuple(int(part) for part in version.strip(".").split(".")) for name, version in pins}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[><=;\[ ]", one)[0].lower() for one in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_known_hole_is_locked(lock: str) -> None:
    pins = locked(lock)
    for name, floor in FLOORS.items():
        assert pins[name] >= floor
    assert pins["redis"] < REDIS_CEILING


@pytest.mark.parametrize("name", FLOORS)
def test_the_project_asks_for_no_known_hole(name: str) -> None:
    (asked,) = (one for one in project()["dependencies"] if re.split(r"[>\[]", one)[0] == name)
    assert tuple(int(part) for part in asked.partition(">=")[2].split(".")) >= FLOORS[name]


def test_litestar_comes_without_extras_that_want_another_redis() -> None:
    assert not [one for one in project()["dependencies"] if one.startswith("litestar[")]


def test_the_locks_have_everything_that_is_asked_for() -> None:
    asked = names(project()["dependencies"])
    assert asked <= set(locked("requirements.lock"))
    assert asked | names(project()["optional-dependencies"]["dev"]) <= set(locked("requirements-dev.lock"))


def test_the_locks_agree() -> None:
    development = locked("requirements-dev.lock")
    differing = {name for name, version in locked("requirements.lock").items() if development.get(name) != version}
    assert differing == set()


@pytest.mark.parametrize("lock", LOCKS + OTHERS)
def test_the_locks_name_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^--?(index|extra-index|find-links|i |f )", text, re.MULTILINE)


@pytest.mark.parametrize("lock", PACKAGES)
def test_the_locks_of_npm_have_hashes_and_name_no_place(lock: str) -> None:
    packages = {name: one for name, one in json.loads((ROOT / lock).read_text())["packages"].items() if name}
    assert [name for name, one in packages.items() if "resolved" in one or "integrity" not in one] == []


@pytest.mark.parametrize("lock", LOCKS + OTHERS)
def test_every_pin_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text())
    assert [entry.partition("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
