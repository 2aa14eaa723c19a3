"""Get the programs of others that read what we write or are made from it, each into a folder that is thrown away.

Where one cannot be had, the tests say why and are skipped; in CI (`CI=true`) they fail.
"""

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
Event = tuple[str, int, str, int, int]  # UID, SEQUENCE, STATUS, and the seconds since 1970 of start and end
PATIENCE = 240  # seconds for a download


def without(what: str, why: str) -> NoReturn:
    """Give up on a program: a failure in CI, a skip that says why elsewhere."""
    text = f"{what} could not be had: {why}"
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(text, pytrace=False)
    print(f"\nSKIPPED {text}", file=sys.__stderr__)
    pytest.skip(text)


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
    if (not shutil.which("node") or not shutil.which("npm")) and not _apt("nodejs", "npm"):
        without(what, "there is no node or npm, and apt-get gave none")
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
    if _libical() is None and not _apt("libical3"):
        without("libical", "it is not installed, and only root can install it with apt-get")
    return _libical() or without("libical", "apt-get installed none")


def _libical() -> str | None:
    for name in ("libical.so.3", ctypes.util.find_library("ical")):
        try:
            return ctypes.CDLL(name)._name if name else None
        except OSError:
            continue
    return None


def _apt(*packages: str) -> bool:
    if os.getuid() != 0 or not shutil.which("apt-get"):
        return False
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        if subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode:
            return False
    return True


def _run(what: str, command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        without(what, str(error))
    if done.returncode:
        without(what, done.stderr.strip()[-500:])
