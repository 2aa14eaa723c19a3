"""The data directory: who uses it, and the secret kept in it."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


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


def secret(data: Path) -> str:
    """Return the secret of this installation, made on first use and readable by its owner only."""
    file = data / "secret"
    if not file.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = data / f"secret.{os.getpid()}"
        half.touch(mode=0o600)
        half.write_text(secrets.token_urlsafe(32))
        half.rename(file)
    return file.read_text().strip()
