"""Get the programs of others that read what we write, each into a folder that is thrown away.

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
    if (not shutil.which("node") or not shutil.which("npm")) and not _apt("nodejs", "npm"):
        without("ical.js and node-ical", "there is no node or npm, and apt-get gave none")
    for name in ("package.json", "package-lock.json", "events.js"):
        shutil.copy(HERE / name, folder)
    _run("ical.js and node-ical", ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    return folder / "events.js"


def khal(folder: Path) -> Path:
    """Install vdirsyncer and khal as locked, apart from the project's own; return where their commands are."""
    python, uv = folder / "bin" / "python", Path(sys.executable).with_name("uv")
    _run("khal", [str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], folder)
    lock = str(HERE / "khal.lock")
    _run("khal", [str(uv), "pip", "install", "-q", "--python", str(python), "--require-hashes", "-r", lock], folder)
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
