"""The `rongtong` command as a whole; what its subcommands do is tested where they are."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main
from server.core import logs
from server.core.settings import settings
from server.embedded import datadir
from tests.conftest import Services

COMMANDS = {"up", "serve", "worker", "migrate", "seed", "import", "outbox", "holidays", "operator"}


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logs, "configure", lambda level: None)  # or the logs of all later tests would go to this one
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_it_lists_its_commands() -> None:
    assert set(main.main.commands) >= COMMANDS
    told = CliRunner().invoke(main.main, ["--help"])
    assert told.exit_code == 0
    assert all(name in told.output for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(main.main.commands))
def test_every_command_says_what_it_does(name: str) -> None:
    assert main.main.commands[name].help


def test_an_expected_failure_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RONGTONG_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("RONGTONG_HOSTS")
    with datadir.locked(tmp_path):
        refused = CliRunner().invoke(main.main, ["up"])
    assert refused.exit_code == 1
    assert (
        refused.output == f"Error: Rongtong is already running on {tmp_path} (process {os.getpid()}); stop it first\n"
    )


def test_a_setting_of_the_wrong_kind_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_POOL_SIZE", "many")
    refused = CliRunner().invoke(main.main, ["migrate"])
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: RONGTONG_POOL_SIZE=many: Expected `int`")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_process_without_a_database_says_what_to_do(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RONGTONG_DATABASE_URL")
    refused = CliRunner().invoke(main.main, [command])
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: name the database in RONGTONG_DATABASE_URL")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://nobody:x@/nothing?host={sockets}", "password authentication failed"),
        ("postgresql://127.0.0.1:1/nothing", "Connect call failed"),
        ("nonsense", "invalid DSN"),
    ],
)
def test_a_database_out_of_reach_is_one_line(url: str, told: str, services: Services) -> None:
    # A process of its own: the pool of this one belongs to the other tests.
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "outbox", "list"],
        env=os.environ | {"RONGTONG_DATABASE_URL": url.format(sockets=services.postgres.sockets)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
