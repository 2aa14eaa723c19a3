"""Install other people's clients and suites into interop/.env, and run them."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENV = HERE / ".env"
PYTHON = ENV / "bin" / "python"
SUITES = ("vdirsyncer-0.21.0", "caldav-3.6.0")  # their tests come with the source only


def prepare() -> None:
    """Install what is not there yet."""
    pins = (HERE / "requirements.txt").read_text()
    noted = ENV / "installed.txt"
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", ENV], check=True)
    if not noted.exists() or noted.read_text() != pins:
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", *pins.split()], check=True)
        noted.write_text(pins)
    for one in SUITES:
        if not (ENV / one).exists():
            fetch = [PYTHON, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", ENV]
            subprocess.run([*fetch, one.replace("-", "==")], check=True)
            with tarfile.open(ENV / f"{one}.tar.gz") as archive:
                archive.extractall(ENV, filter="data")
    if shutil.which("npm") and not (ENV / "node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", ENV, "tsdav@2.3.4"], check=True)


def run(name: str, command: list[Any], given: Mapping[str, str], fine: Container[int] = (0,), **more: Any) -> str:
    """Run one with `given` in its environment; keep what it says. Ends the program when its status is not `fine`."""
    env = {**os.environ, **given}
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    (ENV / f"{name}.log").write_text(done.stdout)
    if done.returncode not in fine:
        raise SystemExit(f"{name} failed:\n{done.stdout[-4000:]}")
    return done.stdout
