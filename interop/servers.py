"""The servers that are asked: our own with its demo, and for comparison Radicale and Xandikos."""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clients import ENV, HERE


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Server:
    """`rongtong up`, on a port that was free; its data is thrown away."""

    def __enter__(self) -> "Server":
        port = free_port()
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
        self.user, self.password = made["user"], made["password"]
        self.given = {
            "RONGTONG_URL": self.url, "RONGTONG_TOKEN": self.token, "RONGTONG_USER": self.user,
            "RONGTONG_PASSWORD": self.password, "RONGTONG_MEMBER": self.ask("/me")["member_id"],
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


@contextmanager
def neighbour(name: str) -> Iterator[str]:
    """Start Radicale or Xandikos, with nobody else's data; yields its address."""
    port, place = free_port(), tempfile.mkdtemp(prefix="rt-")
    command = {
        "radicale": [
            "--hosts", f"127.0.0.1:{port}", "--storage-filesystem-folder", place, "--auth-type", "none",
            "--config", "",
        ],
        "xandikos": [
            "serve", "--listen-address", "127.0.0.1", "--port", str(port), "--metrics-port", "0",
            "--directory", f"{place}/data", "--defaults",
        ],
    }[name]  # fmt: skip
    with (ENV / f"{name}.log").open("w") as log:
        process = subprocess.Popen([ENV / "bin" / name, *command], stdout=log, stderr=log)
        try:
            for _ in range(100):
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait(30)
            shutil.rmtree(place, ignore_errors=True)
