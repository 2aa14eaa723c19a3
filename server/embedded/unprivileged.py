"""How PostgreSQL runs when the program runs as root: it refuses to be root, so it runs as nobody.

In a user namespace nothing on the disk changes its owner or mode, and a data directory only root may enter will do.
Where namespaces are forbidden (many containers), the cluster and a copy of the binaries live where "nobody" may go.
"""

import hashlib
import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

NOBODY = 65534
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
ELSEWHERE = Path("/var/lib/rongtong")  # used by root without namespaces, and by no one else


@lru_cache(maxsize=1)
def namespaces_allowed() -> bool:
    try:
        done = subprocess.run([*NAMESPACE, "true"], stderr=subprocess.DEVNULL)  # noqa: S603
    except OSError:
        return False
    return done.returncode == 0


def moved() -> bool:
    """Tell whether PostgreSQL's files have to live elsewhere than in the data directory."""
    return os.getuid() == 0 and not namespaces_allowed()


def prefix() -> list[str]:
    return list(NAMESPACE) if os.getuid() == 0 and namespaces_allowed() else []


def identity() -> dict[str, Any]:
    """Keywords of subprocess.run."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"} if moved() else {}


def home(data: Path) -> Path:
    """Return where the cluster of a data directory lives; a link in the data directory leads there."""
    if not moved():
        return data
    place = ELSEWHERE / hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    link = data / "postgres"
    if not link.is_symlink():  # a data directory that was thrown away must not find its old cluster
        shutil.rmtree(place, ignore_errors=True)
        data.mkdir(parents=True, exist_ok=True)
        link.symlink_to(place / "postgres")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o755)
    give_away(place)
    return place


def give_away(path: Path) -> None:
    """Let PostgreSQL own a file or directory, if it runs as another user."""
    if moved():
        os.chown(path, NOBODY, NOBODY)


def readable(package: Path) -> Path:
    """Return the package of binaries, or a copy that nobody may read; copied again when the package is another.

    Its libraries lie beside it in `<name>.libs`, and are found from there.
    """
    if not moved():
        return package
    mark = hashlib.sha256(f"{package} {package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = ELSEWHERE / f"binaries-{mark}"
    if not copy.exists():
        half = copy.with_name(f"{copy.name}.{os.getpid()}")
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, half / part.name, symlinks=True)
        half.chmod(0o755)
        half.rename(copy)
    return copy / package.name
