"""The data directory: who uses it, and the secrets kept in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from server.core.secret import new_secret


class DataDirInUse(Exception):
    """Another process has the data directory."""


class User(msgspec.Struct):
    """The process that has a data directory, as its lock file tells."""

    pid: int
    base_url: str = ""


@contextmanager
def locked(data: Path, base_url: str = "") -> Iterator[None]:
    """Have the data directory to ourselves. Raises DataDirInUse.

    The lock is the kernel's and ends with the process that took it, however it ends; a file left behind blocks nobody.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "lock").open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = user(data)
            number = f" (process {told.pid})" if told else ""
            raise DataDirInUse(f"Rongtong is already running on {data}{number}; stop it first") from None
        file.truncate(0)
        file.write(msgspec.json.encode(User(os.getpid(), base_url)))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def user(data: Path) -> User | None:
    """Tell who has, or last had, the data directory."""
    try:
        return msgspec.json.decode((data / "lock").read_bytes(), type=User)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def secret_file(data: Path) -> Path:
    return data / "secret"


def ring(data: Path) -> list[str]:
    """Return the secrets of this installation, the newest first: a line each. One is made on first use."""
    file = secret_file(data)
    if not file.exists():
        with suppress(FileExistsError), _half(data, [new_secret()]) as half:
            file.hardlink_to(half)  # whoever is first: server and worker may start at the same time
    return file.read_text().split()


def add_secret(data: Path) -> None:
    """Put a new secret before those that are there."""
    with _half(data, [new_secret(), *ring(data)]) as half:
        half.replace(secret_file(data))


@contextmanager
def _half(data: Path, lines: list[str]) -> Iterator[Path]:
    """Write secrets into a file that only its owner reads, to be put in the place of the other whole."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = data / f"secret.{os.getpid()}"
    half.touch(mode=0o600)
    half.write_text("\n".join([*lines, ""]))
    try:
        yield half
    finally:
        half.unlink(missing_ok=True)
