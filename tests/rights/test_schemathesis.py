"""schemathesis asks whatever the document allows, in every role: no server error, nothing that is not described.

In `make test` one role and one case for each operation; `make test-long` does all roles, with RONGTONG_SCHEMATHESIS
cases for each operation.
"""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from tests.conftest import Services

CASES = int(os.environ.get("RONGTONG_SCHEMATHESIS", "0"))
ROLES = ("owner admin", "manager", "booker", "sme admin", "operator", "nobody") if CASES else ("operator",)
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# It would end what it asks with; the person who erases themselves is in tests/privacy.
LEFT_OUT = "DELETE /api/v1/me"
BIN = Path(sys.executable).parent


class Running(msgspec.Struct):
    """A server with seeded data, and a token for each role."""

    url: str
    tokens: dict[str, str]


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def running(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of its own, in a database of its own: what is asked here is committed."""
    here, port = tmp_path_factory.mktemp("asked"), _free_port()
    database = asyncio.run(services.new_database("asked"))
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "RONGTONG_DATABASE_URL": database, "RONGTONG_REDIS_URL": "", "RONGTONG_BASE_URL": url,
        "RONGTONG_DATA_DIR": str(here), "RONGTONG_LOG_LEVEL": "error",
    }  # fmt: skip
    seeding = [str(BIN / "rongtong"), "seed", "--json", str(here / "seed.json")]
    seeding += ["--owners=2", "--smes=2", "--resources=4"]
    subprocess.run(seeding, env=environment, check=True, capture_output=True)
    tokens = asyncio.run(_tokens(msgspec.json.decode((here / "seed.json").read_bytes()), database))
    serving = subprocess.Popen([str(BIN / "rongtong"), "serve", "--port", str(port)], env=environment)
    try:
        _wait_until_up(url, serving)
        yield Running(url, tokens)
    finally:
        serving.terminate()
        serving.wait(30)


async def _tokens(seeded: Any, database: str) -> dict[str, str]:
    owner, other, sme, another = seeded["organizations"]
    operator = sme["members"][0]
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE account SET is_operator = true WHERE email = $1", operator["email"])
    await connection.close()
    return {
        "owner admin": other["members"][0]["token"], "manager": owner["members"][1]["token"],
        "booker": sme["members"][1]["token"], "sme admin": another["members"][0]["token"],
        "operator": operator["token"],
    }  # fmt: skip


def _wait_until_up(url: str, serving: subprocess.Popen[bytes]) -> None:
    while serving.poll() is None:
        try:
            if httpx.get(f"{url}/health/live").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_as_described(running: Running, role: str, tmp_path: Path) -> None:
    command = [
        str(BIN / "schemathesis"), "run", f"{running.url}/api/v1/openapi.json", "--phases=examples,fuzzing",
        "--max-examples", str(max(CASES, 1)), "--checks", CHECKS, "--exclude-name", LEFT_OUT,
        "--continue-on-failure", "--seed=1", "--no-color", "--workers=1",
    ]  # fmt: skip
    if token := running.tokens.get(role):
        command += ["--header", f"Authorization: Bearer {token}"]
    asking = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    said = asking.stdout
    counted = re.search(r"(\d+) generated", said)
    print(f"{role}: {counted[0] if counted else said}")
    assert asking.returncode == 0, said
    assert counted is not None
    assert int(counted[1]) > 90
