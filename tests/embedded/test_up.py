"""`rongtong up` as a person starts, stops and kills it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from server.embedded import servers
from tests.patience import PATIENCE


class House:
    """One data directory, and the supervisor that runs on it."""

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="rt-up-"))
        self.port = free_port()
        self.supervisor: subprocess.Popen[str] | None = None
        self.said = ""

    def command(self, *arguments: str, **named: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server.cli", *arguments],
            env=self.environment | named,
            capture_output=True,
            text=True,
        )

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RONGTONG_")}
        return kept | {"RONGTONG_DATA_DIR": str(self.data)}

    def up(self) -> None:
        command = [sys.executable, "-m", "server.cli", "up", "--port", str(self.port)]
        self.supervisor = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.supervisor.stdout is not None
        self.said = ""
        for line in self.supervisor.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError("it did not come up")

    def end(self, number: signal.Signals) -> int:
        assert self.supervisor is not None
        self.supervisor.send_signal(number)
        with self.supervisor:
            code = self.supervisor.wait(PATIENCE)
        self.supervisor = None
        return code

    def get(self, path: str, token: str = "", **headers: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    @property
    def token(self) -> str:
        """That of a demo booker."""
        return next(line.split()[0] for line in self.said.splitlines() if "booker@sme.example" in line)

    def throw_away(self) -> None:
        if self.supervisor is not None:
            self.end(signal.SIGTERM)
        servers.Postgres(self.data).stop("immediate")
        shutil.rmtree(self.data)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.throw_away()


def processes(of: str) -> list[int]:
    """Those in whose command line something stands; a machine with little installed has no `ps`."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            if of.encode() in file.read_bytes().replace(b"\0", b" "):
                found.append(int(file.parent.name))
    return found


def test_a_house_says_where_everything_is_and_keeps_it_over_a_restart(house: House) -> None:
    house.up()
    assert f"\nRongtong is ready at http://127.0.0.1:{house.port}\n" in house.said
    for path in ("/", "/api/docs", "/mail", "/feeds/"):
        assert f"http://127.0.0.1:{house.port}{path}" in house.said
    status, body = house.get("/api/v1/me", house.token)
    assert (status, "booker@sme.example" in body) == (200, True)
    assert "operator@platform.example" in house.said
    assert house.get("/mail")[0] == 200
    proxied = {"X-Forwarded-For": "198.51.100.7"}  # nginx on the same machine, with strangers behind it
    assert house.get("/mail", **proxied)[0] == 404
    token, secret = house.token, (house.data / "secret")
    assert secret.stat().st_mode & 0o777 == 0o600

    again = house.command("up", "--port", str(free_port()))
    assert again.returncode == 1
    assert again.stderr.startswith("Error: Rongtong is already running on ")
    assert len(again.stderr.splitlines()) == 1

    refused = house.command("secret", "rotate")
    assert refused.stderr.startswith("Error: Rongtong is already running on "), "it would not know the new secret"

    seeded = house.command("seed", "--json", str(house.data / "seeded.json"), "--resources", "3")
    assert seeded.returncode == 0, seeded.stderr
    assert f'"base_url": "http://127.0.0.1:{house.port}"' in (house.data / "seeded.json").read_text()

    assert house.end(signal.SIGINT) == 0
    assert processes(str(house.data)) == []

    smtp_url = "smtp://127.0.0.1:1"
    refused = house.command("up", RONGTONG_BASE_URL="https://rongtong.example", RONGTONG_SMTP_URL=smtp_url)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
    assert "Error: this database holds the demo" in refused.stderr
    assert processes(str(house.data)) == []

    rotated = house.command("secret", "rotate")
    assert rotated.returncode == 0, rotated.stderr
    assert len(secret.read_text().split()) == 2
    verified = house.command("audit", "verify")
    assert verified.stdout.endswith("Nothing has been rewritten.\n"), verified.stdout + verified.stderr
    assert verified.stdout.count("were made with key") == 2
    first, second = secret.read_text().split()
    wrong = house.command("audit", "verify", RONGTONG_SECRET=second)
    assert (wrong.returncode, "another secret" in wrong.stderr) == (1, True), "all is sealed with the new one"
    older = house.command("audit", "verify", RONGTONG_SECRET=first)
    assert (older.returncode, "This is another secret" in older.stderr, "rewritten" in older.stderr) == (1, True, False)

    house.up()
    assert house.token == token
    assert house.get("/api/v1/me", token)[0] == 200
    assert house.end(signal.SIGTERM) == 0


def test_a_house_starts_again_after_its_supervisor_was_killed(house: House) -> None:
    house.up()
    assert house.end(signal.SIGKILL) == -signal.SIGKILL
    house.up()
    assert house.get("/health/ready") == (200, "ready")


def test_a_server_that_dies_is_started_again(house: House) -> None:
    house.up()
    (server,) = processes(f"serve --host 127.0.0.1 --port {house.port}")
    os.kill(server, signal.SIGKILL)
    patience = time.monotonic() + PATIENCE
    while house.get("/health/ready")[0] != 200 and time.monotonic() < patience:
        time.sleep(0.1)
    assert house.get("/health/ready") == (200, "ready")


def test_a_port_in_use_is_named_with_a_way_out(house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", house.port))
        taken.listen()
        refused = house.command("up", "--port", str(house.port))
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"Error: port {house.port} is in use; choose another, such as: make run PORT={house.port + 1}"
    )


@pytest.mark.parametrize(
    "others",
    [
        {"RONGTONG_BASE_URL": "https://rongtong.example"},
        {"RONGTONG_BASE_URL": "http://0.0.0.0:8000"},
        {"RONGTONG_HOSTS": "rongtong.lan"},
        {"RONGTONG_PROXIES": "127.0.0.1"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("arguments", "named", "told"),
    [
        ([], {}, "set RONGTONG_SMTP_URL, such as smtp://"),
        (["--demo"], {"RONGTONG_SMTP_URL": "smtp://127.0.0.1:1"}, "leave --demo out"),
    ],
)
def test_what_is_open_on_this_machine_is_not_opened_to_others(
    house: House, others: dict[str, str], arguments: list[str], named: dict[str, str], told: str
) -> None:
    refused = house.command("up", *arguments, **others, **named)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert told in refused.stderr
    assert f"as {next(iter(others))} says" in refused.stderr
    assert not (house.data / "secret").exists()


def test_a_command_starts_the_database_for_itself_and_stops_it(house: House) -> None:
    done = house.command("seed", "--json", str(house.data / "seeded.json"), "--owners", "1", "--resources", "1")
    assert done.returncode == 0, done.stderr
    assert processes(str(house.data)) == []
    assert house.command("outbox", "list").stdout == "0 waiting.\n"
    assert house.command("outbox", "replay").returncode == 0
