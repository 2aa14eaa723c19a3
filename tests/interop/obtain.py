"""Get the programs of others that read what we write or are made from it, each into a folder that is thrown away.

Where one cannot be had, the tests say why and fail; RONGTONG_WITHOUT_INTEROP=1 leaves out those that would.
"""

import ctypes.util
import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from tests import obtaining

HERE = Path(__file__).parent
Event = tuple[str, int, str, int, int]  # UID, SEQUENCE, STATUS, and the seconds since 1970 of start and end


def without(what: str, why: str) -> NoReturn:
    """Give up on a program: a failure that says why, or a skip where somebody wanted it."""
    if os.environ.get("RONGTONG_WITHOUT_INTEROP"):
        pytest.skip(f"RONGTONG_WITHOUT_INTEROP is set, and {what} could not be had: {why}")
    pytest.fail(f"{what} could not be had: {why}\nRONGTONG_WITHOUT_INTEROP=1 leaves it out", pytrace=False)


def node(folder: Path) -> Path:
    """Install ical.js and node-ical as locked; return the script that reads with them."""
    _npm("ical.js and node-ical", [HERE / name for name in ("package.json", "package-lock.json", "events.js")], folder)
    return folder / "events.js"


def openapi_typescript(folder: Path) -> Path:
    """Install it, openapi-fetch and TypeScript as locked, beside what books with them; return where commands are."""
    names = ("package.json", "package-lock.json", "tsconfig.json", "book.ts")
    _npm("openapi-typescript", [HERE / "clients" / name for name in names], folder)
    return folder / "node_modules" / ".bin"


def khal(folder: Path) -> Path:
    """Install vdirsyncer and khal as locked, apart from the project's own; return where their commands are."""
    return _pip("khal", HERE / "khal.lock", folder)


def openapi_python_client(folder: Path) -> Path:
    """Install it as locked, with what its clients need; return where its commands are."""
    return _pip("openapi-python-client", HERE / "clients" / "python.lock", folder)


def _npm(what: str, files: list[Path], folder: Path) -> None:
    try:
        obtaining.node()
    except obtaining.NotToBeHad as error:
        without(what, str(error))
    for file in files:
        shutil.copy(file, folder)
    _run(what, ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)


def _pip(what: str, lock: Path, folder: Path) -> Path:
    python, uv = folder / "bin" / "python", Path(sys.executable).with_name("uv")
    _run(what, [str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], folder)
    install = [str(uv), "pip", "install", "-q", "--python", str(python), "--require-hashes", "-r", str(lock)]
    _run(what, install, folder)
    return folder / "bin"


def libical() -> str:
    """Name the shared library, installed by apt when it is missing and we may."""
    if _libical() is None and not obtaining.apt("libical3"):
        without("libical", "only root can install it; Debian's package is libical3")
    return _libical() or without("libical", "apt-get installed none")


def _libical() -> str | None:
    for name in ("libical.so.3", ctypes.util.find_library("ical")):
        try:
            return ctypes.CDLL(name)._name if name else None
        except OSError:
            continue
    return None


def _run(what: str, command: list[str], folder: Path) -> None:
    try:
        obtaining.run(command, folder)
    except obtaining.NotToBeHad as error:
        without(what, str(error))
