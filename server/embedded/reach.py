"""Reach the database that a command works on: the one named, the embedded one that runs, or one started meanwhile."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from server.core.keyring import NEEDED
from server.core.settings import Settings, WrongSetting, settings
from server.embedded import datadir, servers


class NotReachable(Exception):
    """There is no database to work on."""


@contextmanager
def database() -> Iterator[tuple[Settings, bool]]:
    """Let the settings name a running database; tell them, and whether the database was started just for this.

    Raises NotReachable while `rongtong up` is starting or stopping, WrongSetting when no secret is named.
    """
    data = settings().data_dir.absolute()
    with ExitStack() as afterwards:
        started = False
        if not settings().database_url:
            postgres = servers.Postgres(data)
            try:
                afterwards.enter_context(datadir.locked(data))
                started = True
            except datadir.DataDirInUse:
                if not postgres.running():
                    raise NotReachable(f"Rongtong is starting or stopping on {data}; try again soon") from None
                _join(data)
            if started:
                postgres.stop()  # what a supervisor that was killed left running
                postgres.start()
                afterwards.callback(postgres.stop)
            os.environ["RONGTONG_DATABASE_URL"] = postgres.url
            name_secret(own=True)
        name_secret()
        settings.cache_clear()
        yield settings(), started


def name_secret(*, own: bool = False) -> None:
    """Let RONGTONG_SECRET name the data directory's own secret, if it names none.

    One is made there only for this machine: for its `own` embedded database, or while nobody else comes. Raises
    WrongSetting: what others reach has no default.
    """
    given = settings()
    if given.secrets:
        return
    data = given.data_dir.absolute()
    if not (own or given.is_local or datadir.secret_file(data).exists()):
        raise WrongSetting(f"{NEEDED}; others come, as {given.opened_by} says, so there is no default")
    os.environ["RONGTONG_SECRET"] = ",".join(datadir.ring(data))
    settings.cache_clear()


def _join(data: Path) -> None:
    """Use what a running `rongtong up` uses beside the database."""
    valkey = servers.Valkey(data)
    if valkey.running():
        os.environ.setdefault("RONGTONG_REDIS_URL", valkey.url)
    running = datadir.user(data)
    if running and running.base_url:
        os.environ.setdefault("RONGTONG_BASE_URL", running.base_url)
