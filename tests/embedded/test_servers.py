import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from server.embedded import unprivileged
from server.embedded.servers import EmbeddedServerFailed, Postgres, Valkey, leash, socket_directory
from tests.patience import PATIENCE


@pytest.fixture
def data() -> Iterator[Path]:
    """A short path that other users may enter."""
    made = Path(tempfile.mkdtemp(prefix="rt-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


async def answer(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT 6 * 7"))
    finally:
        await connection.close()


async def test_postgresql_runs_below_a_name_that_needs_quoting(data: Path) -> None:
    postgres = Postgres(data / "it's 数据 here")
    postgres.start()
    try:
        assert await answer(postgres.url) == 42
        with pytest.raises(EmbeddedServerFailed, match="already running"):
            Postgres(data / "it's 数据 here").start()
    finally:
        postgres.stop()
        shutil.rmtree(postgres.sockets)
    assert not postgres.running()


async def test_postgresql_refuses_a_wrong_password(data: Path) -> None:
    postgres = Postgres(data)
    postgres.start()
    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await answer(postgres.url.replace("rongtong:", "rongtong:x"))
    finally:
        postgres.stop("immediate")


@pytest.mark.parametrize("forgetting", [True, False], ids=["as it is", "negative control"])
def test_postgresql_starts_although_its_old_number_is_anothers(
    data: Path, forgetting: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres = Postgres(data)
    postgres.start()
    locks = [postgres.cluster / "postmaster.pid", postgres.sockets / ".s.PGSQL.5432.lock"]
    left = {lock: lock.read_text() for lock in locks}
    postgres.stop("immediate")
    with subprocess.Popen(["sleep", "60"]) as another:
        for lock, text in left.items():  # a power cut, and then the number went to another program
            lock.write_text(f"{another.pid}\n{text.partition(chr(10))[2]}")
        try:
            if forgetting:
                postgres.start()
            else:
                monkeypatch.setattr(Postgres, "_forget_stale_locks", lambda self: None)
                with pytest.raises(EmbeddedServerFailed):
                    postgres.start()
        finally:
            another.kill()
    postgres.stop("immediate")


@pytest.mark.skipif(os.getuid() != 0, reason="only root has to become someone else")
async def test_root_without_namespaces_runs_postgresql_as_nobody(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged, "namespaces_allowed", lambda: False)
    monkeypatch.setattr(unprivileged, "ELSEWHERE", data / "elsewhere")
    mine = data / "mine"
    mine.mkdir(mode=0o700)
    postgres = Postgres(mine)
    postgres.start()
    try:
        assert await answer(postgres.url) == 42
        assert postgres.cluster.stat().st_uid == unprivileged.NOBODY
        assert (mine / "postgres").resolve() == postgres.cluster
        assert mine.stat().st_mode & 0o777 == 0o700
    finally:
        postgres.stop()


async def test_valkey_keeps_what_it_was_told(data: Path) -> None:
    valkey = Valkey(data)
    valkey.start()
    redis = Redis(unix_socket_path=str(valkey.socket))
    await redis.set("told", "kept")
    await redis.aclose()
    Valkey(data).stop()  # another process may stop it
    assert not valkey.running()
    valkey.stop()
    valkey.start()
    redis = Redis(unix_socket_path=str(valkey.socket))
    assert await redis.get("told") == b"kept"
    await redis.aclose()
    valkey.stop()


def test_a_path_too_long_for_a_socket_is_replaced_by_a_private_one(data: Path) -> None:
    deep = data / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    directory = socket_directory(deep)
    assert len(os.fsencode(directory)) < 60
    assert directory.stat().st_mode & 0o777 == 0o700
    assert socket_directory(deep) == directory
    directory.rmdir()


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's")
@pytest.mark.parametrize("leashed", [True, False], ids=["as it is", "negative control"])
def test_a_leashed_command_ends_with_a_parent_that_was_killed(leashed: bool) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    parent_code = f"""
import subprocess, os, sys, time
from server.embedded.servers import leash
child = subprocess.Popen([*(leash() if {leashed} else []), *{sleep!r}], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        while "time.sleep" not in Path(f"/proc/{child}/cmdline").read_text():
            time.sleep(0.01)  # until the leash has become the command
        parent.kill()
    patience = time.monotonic() + (PATIENCE if leashed else 0.5)
    while alive(child) and time.monotonic() < patience:
        time.sleep(0.01)
    assert alive(child) is not leashed
    if not leashed:
        os.kill(child, signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_a_leash_names_its_holder() -> None:
    assert leash()[-1] == str(os.getpid())
