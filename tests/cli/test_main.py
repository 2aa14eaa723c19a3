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

COMMANDS = {"up", "serve", "worker", "migrate", "seed", "import", "outbox", "holidays", "operator", "audit", "secret"}


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


PUBLIC = {"RONGTONG_BASE_URL": "https://rongtong.example"}
EVERY = [
    ["serve"], ["worker"], ["migrate"], ["deliver"], ["seed", "--json", "x"], ["import", "x", "--owner", "x"],
    ["outbox", "list"], ["outbox", "replay"], ["audit", "verify"], ["operator", "list"],
    ["holidays", "list", "--year", "2027"],
]  # fmt: skip


def started(arguments: list[str], data: Path, **named: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, with what the tests name and no secret but a given one."""
    kept = {name: value for name, value in os.environ.items() if name not in ("RONGTONG_SECRET", "RONGTONG_HOSTS")}
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments],
        env=kept | {"RONGTONG_DATA_DIR": str(data)} | named,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", EVERY, ids=" ".join)
def test_where_others_come_nothing_starts_without_a_secret(arguments: list[str], tmp_path: Path) -> None:
    refused = started(arguments, tmp_path, **PUBLIC)
    assert refused.returncode == (os.EX_TEMPFAIL if arguments == ["deliver"] else 1)
    assert "RONGTONG_SECRET is not set: give server, worker and commands the same one" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not any(tmp_path.iterdir())


def test_by_itself_the_worker_refuses_too(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "RONGTONG_SECRET"}
    given = kept | PUBLIC | {"RONGTONG_DATA_DIR": str(tmp_path)}
    refused = subprocess.run([sys.executable, "-m", "worker"], env=given, capture_output=True, text=True, timeout=60)
    assert (refused.returncode, refused.stderr[:33]) == (1, "Error: RONGTONG_SECRET is not set")


@pytest.mark.parametrize("arguments", [["serve"], ["outbox", "list"], ["audit", "verify"]], ids=" ".join)
def test_with_another_secret_nothing_starts_and_it_says_so(arguments: list[str], tmp_path: Path) -> None:
    refused = started(arguments, tmp_path, **PUBLIC, RONGTONG_SECRET="another")
    assert refused.returncode == 1
    assert "RONGTONG_SECRET is another secret than this database was made with" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert "rewritten" not in refused.stderr + refused.stdout


def test_on_this_machine_the_data_directory_has_a_secret_of_its_own(tmp_path: Path, services: Services) -> None:
    refused = started(["outbox", "list"], tmp_path)
    assert "another secret" in refused.stderr, "it is not the one of the tests"
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    again = started(["outbox", "list"], tmp_path, **PUBLIC)  # what has been made here counts
    assert "another secret" in again.stderr


def test_one_secret_is_not_rotated_but_says_how(tmp_path: Path) -> None:
    refused = started(["secret", "rotate"], tmp_path, RONGTONG_SECRET="one")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: RONGTONG_SECRET holds one secret: put a new one before it")
    assert len(refused.stderr.splitlines()) == 1


async def test_a_secret_is_rotated_taken_out_and_lost(tmp_path: Path, services: Services) -> None:
    url = await services.new_database("rotating")

    def told(secret: str, *arguments: str) -> tuple[int, str]:
        done = started([*arguments], tmp_path, RONGTONG_DATABASE_URL=url, RONGTONG_SECRET=secret)
        return done.returncode, done.stdout + done.stderr

    before = settings().secrets[0]
    code, said = told(f"new, {before}", "secret", "rotate")
    assert (code, "     1  lasting_key.sealed\n" in said) == (0, True)
    assert told("new", "outbox", "list")[0] == 0
    assert told(before, "outbox", "list")[0] == 1
    code, said = told(f"new, {before}", "audit", "verify")
    assert (code, said.splitlines()[-1]) == (0, "Nothing has been rewritten.")

    assert told("third", "secret", "rotate", "--new-lasting-key")[0] == 0
    assert told("third", "outbox", "list")[0] == 0
    code, said = told("third", "audit", "verify")
    assert (code, "UNPROVEN" in said, "rewritten" in said) == (1, True, False)
