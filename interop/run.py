"""Run other people's CalDAV clients and suites against a server of our own: `make interop`.

What is installed goes into interop/.env, outside .venv; the server's data is thrown away.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Container
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENV = HERE / ".env"
PYTHON = ENV / "bin" / "python"
PINS = (HERE / "requirements.txt").read_text().split()
LEAST_PASSED = 55  # of vdirsyncer's suite
EXPECTED = {
    "test_create_collection[VEVENT]": "makes a calendar (MKCOL)",
    "test_create_collection[VTODO]": "makes a calendar (MKCOL)",
    "test_discover[VEVENT]": "expects the name that it made up as the last part of the address",
    "test_discover[VTODO]": "expects the name that it made up as the last part of the address",
    "test_encoding_metadata": "names a calendar (PROPPATCH)",
    "test_metadata": "colours a calendar (PROPPATCH)",
}  # calendars are made, named and coloured by their resources, in the application


def prepare() -> None:
    """Install the clients, once."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", ENV], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", *PINS], check=True)
    if not (ENV / "vdirsyncer-0.21.0").exists():
        fetch = [PYTHON, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", ENV]
        subprocess.run([*fetch, "vdirsyncer==0.21.0"], check=True)
        with tarfile.open(ENV / "vdirsyncer-0.21.0.tar.gz") as archive:
            archive.extractall(ENV, filter="data")
    if shutil.which("npm") and not (ENV / "node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", ENV, "tsdav@2.3.4"], check=True)


class Server:
    """`rongtong up` with its demo, on a port that was free."""

    def __enter__(self) -> "Server":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.data, self.url = tempfile.mkdtemp(prefix="rt-"), f"http://127.0.0.1:{port}"
        told = {"RONGTONG_DATA_DIR": self.data, "RONGTONG_RATE_LIMITS": "off"}
        command = [HERE.parent / ".venv" / "bin" / "rongtong", "up", "--port", str(port)]
        self.log = (ENV / "server.log").open("w+")
        self.process = subprocess.Popen(command, env=os.environ | told, stdout=self.log, stderr=self.log)
        said = ""
        while "Ctrl-C" not in said:
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended: see {ENV / 'server.log'}")
            time.sleep(0.5)
            said = (ENV / "server.log").read_text()
        self.token = re.search(r"(rt_\S+)  admin    admin@university", said)[1]  # type: ignore[index]
        made = self.post("/app-passwords", {"label": "interop"})
        self.member = self.ask("/me")["member_id"]
        self.given = {
            "RONGTONG_URL": self.url, "RONGTONG_TOKEN": self.token, "RONGTONG_USER": made["user"],
            "RONGTONG_PASSWORD": made["password"], "RONGTONG_MEMBER": self.member,
        }  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)
        self.log.close()
        shutil.rmtree(self.data, ignore_errors=True)

    def post(self, path: str, body: Any) -> Any:
        return self.ask(path, json.dumps(body).encode())

    def ask(self, path: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def resource(self, name: str) -> str:
        made = {"name": name, "kind": "equipment", "time_zone": "Asia/Shanghai", "country": "CN"}
        return str(self.post("/resources", made | {"opening_hours": {"weekly": []}})["id"])


def run(name: str, command: list[Any], server: Server, fine: Container[int] = (0,), **more: Any) -> str:
    """Run one of them; keep what it says."""
    env = os.environ | server.given | more.pop("env", {})
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    (ENV / f"{name}.log").write_text(done.stdout)
    if done.returncode not in fine:
        raise SystemExit(f"{name} failed:\n{done.stdout[-4000:]}")
    return done.stdout


def tester(server: Server) -> None:
    server.resource("Tester")
    said = run("tester", [
        PYTHON, HERE / "tester.py", "--caldav-url", f"{server.url}/dav/", "--caldav-username",
        server.given["RONGTONG_USER"], "--caldav-password", server.given["RONGTONG_PASSWORD"],
        "--caldav-calendar", "Tester", "--format", "yaml",
    ], server)  # fmt: skip
    verdicts = re.findall(r"^    support: (\w+)", said, re.MULTILINE)
    print("caldav-server-tester:", {one: verdicts.count(one) for one in sorted(set(verdicts))})
    if {"broken", "ungraceful", "fragile"} & set(verdicts) or "full" not in verdicts:
        raise SystemExit(f"see {ENV / 'tester.log'}")


def suite(server: Server) -> None:
    """Run vdirsyncer's own: what fails must be what EXPECTED names, for its reason, and nothing else."""
    root = ENV / "vdirsyncer-0.21.0"
    shutil.copytree(HERE / "vdirsyncer_server", root / "tests/storage/servers/rongtong", dirs_exist_ok=True)
    command = [PYTHON, "-m", "pytest", "-q", "-rf", "-o", "addopts=", "tests/storage/dav/test_caldav.py"]
    said = run("suite", command, server, fine=(0, 1), cwd=root, env={"DAV_SERVER": "rongtong"})
    failed = set(re.findall(r"^FAILED \S+::(\S+)", said, re.MULTILINE))
    passed = int((re.search(r"(\d+) passed", said) or ["", "0"])[1])
    if failed != set(EXPECTED) or passed < LEAST_PASSED:
        raise SystemExit(f"vdirsyncer's suite, {passed} passed, not as expected: {sorted(failed ^ set(EXPECTED))}")
    print(f"vdirsyncer's suite: {said.strip().splitlines()[-1]}; these fail as expected:")
    for name, why in EXPECTED.items():
        print(f"  {name}: it {why}")


def khal(server: Server) -> None:
    id, place = server.resource("Khal"), Path(tempfile.mkdtemp(prefix="rt-"))
    (place / "v.conf").write_text(
        f'[general]\nstatus_path = "{place}/status"\n[pair p]\na = "r"\nb = "l"\ncollections = ["{id}"]\n'
        f'[storage r]\ntype = "caldav"\nurl = "{server.url}/"\nusername = "{server.given["RONGTONG_USER"]}"\n'
        f'password = "{server.given["RONGTONG_PASSWORD"]}"\n'
        f'[storage l]\ntype = "filesystem"\npath = "{place}/cal/"\nfileext = ".ics"\n'
    )
    (place / "k.conf").write_text(
        f"[calendars]\n[[c]]\npath = {place}/cal/{id}\n[locale]\nlocal_timezone = Asia/Shanghai\n"
        "default_timezone = Asia/Shanghai\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        f"[sqlite]\npath = {place}/khal.db\n"
    )
    vdirsyncer = [ENV / "bin" / "vdirsyncer", "-c", place / "v.conf"]
    run("khal", [*vdirsyncer, "discover"], server, input="y\n" * 4)
    year = time.gmtime().tm_year + 1
    run(
        "khal",
        [ENV / "bin" / "khal", "-c", place / "k.conf", "new", "-a", "c", f"{year}-03-03 09:00", "2h", "保养"],
        server,
    )
    run("khal", [*vdirsyncer, "sync"], server)
    times = f"from={year}-03-03T00:00:00%2B08:00&to={year}-03-04T00:00:00%2B08:00"
    closed = server.ask(f"/resources/{id}/availability?{times}")["closed"]
    if f"{year}-03-03T09:00" not in [one["starts_at"][:16] for one in closed]:
        raise SystemExit(f"khal's event does not close the resource: {closed}")
    print("vdirsyncer and khal: discover, new, sync, the resource is closed: ok")
    shutil.rmtree(place, ignore_errors=True)


def tsdav(server: Server) -> None:
    if not (ENV / "node_modules").exists():
        print("tsdav: left out, there is no npm")
        return
    server.resource("Tsdav")
    env = {"INTEROP_NODE": str(ENV), "RONGTONG_CALENDAR": "Tsdav"}
    print(run("tsdav", ["node", HERE / "tsdav.mjs"], server, env=env).strip())


def main() -> None:
    prepare()
    with Server() as server:
        for one in (khal, tsdav, suite, tester):
            if one.__name__ in (sys.argv[1:] or one.__name__):
                one(server)


if __name__ == "__main__":
    main()
