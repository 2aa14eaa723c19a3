"""Clients that others' programs make from the document, without a warning, have all that is in it, and book."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from server.core import db
from tests import factories
from tests.factories import Person
from tests.interop import obtain
from tests.serving import serving

NAME = "扫描电子显微镜 Interop"
CLIENTS = Path(__file__).parent / "clients"


class Running(msgspec.Struct):
    """A server with one resource, and who may book it."""

    url: str
    sme: Person
    document: Any

    @property
    def address(self) -> str:
        return f"{self.url}/api/v1/openapi.json"

    @property
    def operations(self) -> list[str]:
        return [one["operationId"] for item in self.document["paths"].values() for one in item.values()]

    @property
    def given(self) -> list[str]:
        return [self.url, self.sme.bearer["Authorization"].removeprefix("Bearer "), NAME]


@pytest.fixture
async def running(client: httpx.AsyncClient, app: Any) -> AsyncIterator[Running]:
    await db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # compilers take their time
    sme = await factories.person()
    await factories.resource(await factories.person(kind="university"), name=NAME, step_minutes=1)
    document = (await client.get("/api/v1/openapi.json")).json()
    async with serving(app) as port:
        yield Running(f"http://127.0.0.1:{port}", sme, document)


def _folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


async def asked(folder: Path, *command: Any, path: Path | None = None) -> str:
    """Run one of theirs and return all that it says."""
    found = {**os.environ, "PATH": f"{path or folder}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    done = await asyncio.to_thread(
        subprocess.run, [*map(str, command)], cwd=folder, env=found, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


def written(folder: Path) -> set[str]:
    """The modules in a folder of the client."""
    return {path.stem for path in folder.rglob("*.py") if path.stem != "__init__"}


async def test_the_python_client_is_whole_and_books(running: Running, tmp_path: Path) -> None:
    commands = obtain.openapi_python_client(_folder(tmp_path, "python"))
    generate = [commands / "openapi-python-client", "generate", "--url", running.address, "--output-path", "made"]
    said = await asked(tmp_path, *generate, "--fail-on-warning", path=commands)
    assert said.split() == ["Generating", "made"]
    package = tmp_path / "made" / "rongtong_client"
    assert written(package / "api") == set(running.operations)
    classes = "".join(path.read_text() for path in (package / "models").glob("*.py"))
    assert set(running.document["components"]["schemas"]) <= set(re.findall(r"^class (\w+)", classes, re.MULTILINE))
    shutil.copy(CLIENTS / "book.py", package.parent)
    book = await asked(package.parent, commands / "python", "book.py", *running.given)
    await it_was_booked(running, json.loads(book))


async def test_the_types_of_typescript_are_whole_and_book(running: Running, tmp_path: Path) -> None:
    commands = obtain.openapi_typescript(tmp_path)
    optional = "--default-non-nullable=false"  # what has a default may be left out of what is sent
    said = await asked(tmp_path, commands / "openapi-typescript", running.address, optional, "-o", "rongtong.ts")
    assert [line for line in said.splitlines() if line and not line.startswith(("✨", "🚀"))] == []
    types = (tmp_path / "rongtong.ts").read_text()
    operations, schemas = (types.partition(f"export interface {part} {{")[2] for part in ("operations", "components"))
    assert set(re.findall(r"^    (\w+): \{", operations, re.MULTILINE)) == set(running.operations)
    named = set(re.findall(r"^        (\w+): \{", schemas.partition("responses: never")[0], re.MULTILINE))
    assert named == set(running.document["components"]["schemas"])
    assert await asked(tmp_path, commands / "tsc") == ""
    book = await asked(tmp_path, "node", "book.js", *running.given)
    await it_was_booked(running, json.loads(book))


async def it_was_booked(running: Running, said: dict[str, Any]) -> None:
    """Compare what a client says with what the database has."""
    (row,) = await db.fetch("SELECT id, uid, status, purpose FROM booking")
    assert said == {
        "me": running.sme.actor.email, "id": str(row["id"]), "uid": row["uid"], "booked": "confirmed",
        "taken": "/problems/slot-taken", "listed": [str(row["id"])], "gone": row["status"],
    }  # fmt: skip
    assert (row["status"], row["purpose"]) == ("cancelled", "金相")


async def test_control_without_names_of_their_own_answers_are_left_out(running: Running, tmp_path: Path) -> None:
    commands = obtain.openapi_python_client(_folder(tmp_path, "python"))
    running.document["components"]["schemas"]["WebhookDelivery"]["title"] = "Delivery"  # as the class is called
    (tmp_path / "openapi.json").write_text(json.dumps(running.document))
    generate = [commands / "openapi-python-client", "generate", "--path", "openapi.json", "--fail-on-warning"]
    with pytest.raises(AssertionError, match="Could not find reference in parsed models"):
        await asked(tmp_path, *generate, path=commands)
