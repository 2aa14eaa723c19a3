"""The newer of two time zone databases answers."""

import shutil
import zoneinfo
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import tzdata

import server
from server.core import time_zones

PACKAGE = Path(tzdata.__file__).parent / "zoneinfo"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = zoneinfo.TZPATH
    yield
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


def machine(place: Path, version: str) -> list[str]:
    """A machine on which Shanghai keeps the time of Tokyo."""
    (place / "Asia").mkdir(parents=True)
    shutil.copy(PACKAGE / "Asia" / "Tokyo", place / "Asia" / "Shanghai")
    (place / "tzdata.zi").write_text(f"# version {version}\n# of a test\n")
    return [str(place)]


def hours() -> float:
    offset = datetime(2027, 1, 1, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai")).utcoffset()
    assert offset is not None
    return offset.total_seconds() / 3600


def test_an_old_machine_does_not_decide(tmp_path: Path) -> None:
    assert time_zones.use_newest(machine(tmp_path, "2020a")) == tzdata.IANA_VERSION
    assert hours() == 8


def test_a_machine_that_is_kept_up_decides(tmp_path: Path) -> None:
    assert time_zones.use_newest(machine(tmp_path, "2999a")) == "2999a"
    assert hours() == 9


def test_without_one_the_package_answers(tmp_path: Path) -> None:
    assert time_zones.use_newest([str(tmp_path / "nowhere")]) == tzdata.IANA_VERSION
    assert hours() == 8


def test_the_program_has_asked() -> None:
    assert server.TIME_ZONES >= tzdata.IANA_VERSION
