"""Secrets go into every route, also while everything is broken, and come out in no log and in no dump."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from server.access import csrf
from server.core import db
from server.core.secret import new_secret
from server.identities.adapter import Attempt
from tests import factories
from tests.conftest import Services
from tests.embedded.test_up import free_port
from tests.patience import PATIENCE
from tests.times import at

TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
# Every route reads or writes one of these at least.
BROKEN = ("booking", "resource", "feed", "session", "identity_provider", "account")
SERVE = ["server.cli", "serve"]
CARELESS = ["uvicorn", "server.application.app:create_app", "--factory"]  # with its own access log


class House:
    """A server and a worker with a database of their own, everything they say in one file."""

    def __init__(self, url: str, log: Path, services: Services) -> None:
        self.url, self.log, self.port = url, log, free_port()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("RONGTONG_")} | {
            "RONGTONG_DATABASE_URL": url,
            "RONGTONG_SECRET": os.environ["RONGTONG_SECRET"],
            "RONGTONG_REDIS_URL": services.valkey.url,
            "RONGTONG_SMTP_URL": "smtp://127.0.0.1:1",  # nobody is there: the worker has something to say
            "RONGTONG_LOG_LEVEL": "debug",
            "RONGTONG_DATA_DIR": str(log.parent),
        }

    @asynccontextmanager
    async def running(self, command: list[str]) -> AsyncIterator[None]:
        with self.log.open("ab") as file:
            arguments = ["-m", *command]
            process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, env=self.environment, stdout=file, stderr=file
            )
        try:
            yield
        finally:
            process.terminate()
            await process.wait()

    @asynccontextmanager
    async def serving(self, command: list[str] = SERVE) -> AsyncIterator[httpx.AsyncClient]:
        base_url = f"http://127.0.0.1:{self.port}"
        async with (
            self.running([*command, "--port", str(self.port)]),
            httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=PATIENCE) as client,
            asyncio.timeout(PATIENCE),
        ):
            while True:
                try:
                    await client.get("/health/live")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
            yield client

    async def dump(self) -> str:
        """Everything that is in the database, bytes in hex."""
        tables = [row[0] for row in await db.fetch(TABLES)]
        rows = [row["t"] for name in tables for row in await db.fetch(f"SELECT t::text FROM {name} t")]
        assert len(rows) > 10
        return "\n".join(rows)


class Canaries:
    """One secret of each kind, and a person whom they are given to."""

    async def given(self, client: httpx.AsyncClient) -> "Canaries":
        self.password = new_secret("Pw-")
        self.person = await factories.person(role="admin")
        await factories.password(self.person.actor.account_id, self.password)
        signed = {"email": self.person.actor.email, "password": self.password}
        answer = await client.post("/api/v1/session", json=signed)
        assert answer.status_code == 201, answer.text
        self.session, self.csrf = answer.cookies["session"], answer.json()["csrf_token"]
        answer = await client.post("/api/v1/feeds", json={"scope": "person"}, headers=self.person.bearer)
        self.feed = answer.json()["url"].rpartition("/")[2].removesuffix(".ics")
        self.unknown, self.attempt, self.code = new_secret("rt_"), new_secret(), new_secret("code-")
        client.cookies.clear()
        return self

    @property
    def all(self) -> dict[str, str]:
        return {
            "password": self.password,
            "token": self.person.token,
            "session": self.session,
            "csrf token": self.csrf,
            "feed": self.feed,
            "unknown token": self.unknown,
            "attempt": self.attempt,
            "state": Attempt(self.attempt, "").state,
            "code": self.code,
        }

    def found(self, text: str) -> set[str]:
        """Which are in a text, as they are or in hex."""
        return {name for name, one in self.all.items() if one in text or one.encode().hex() in text}


def addresses(app: Any, canaries: Canaries) -> list[tuple[str, str]]:
    """Every method of every route, with secrets in the place of names."""
    found = []
    for route in app.routes:
        path = re.sub(r"{\w+:uuid}", str(uuid4()), route.path)
        path = re.sub(r"{\w+:(str|path)}", f"{canaries.feed}.ics", path)
        found += [(method, path) for method in sorted(route.methods - {"OPTIONS"})]
    assert len(found) > 80
    return found


async def drive(app: Any, client: httpx.AsyncClient, canaries: Canaries, broken: bool = False) -> set[int]:
    """Send all secrets everywhere: by token, by session, by an unknown token; in headers, queries and bodies."""
    query = {"token": canaries.person.token, "code": canaries.code, "state": Attempt(canaries.attempt, "").state}
    body = {"email": canaries.person.actor.email, "password": canaries.password, "token": canaries.person.token}
    cookie = f"session={canaries.session}; sign-in={canaries.attempt}"
    referer = {"Referer": f"http://rongtong.test/feeds/{canaries.feed}.ics?token={canaries.person.token}"}
    ways = [
        canaries.person.bearer,
        {"Authorization": f"Bearer {canaries.unknown}"},
        {"Authorization": f"Basic {canaries.password}", "Accept": "text/html"},
        {"Cookie": cookie, csrf.HEADER: canaries.csrf},
        {"Cookie": cookie, "Origin": "https://evil.example", "Accept": "text/html"},
    ]
    seen = set()
    for method, path in addresses(app, canaries):
        if (method, path) == ("DELETE", "/api/v1/session"):
            continue  # the session is needed to the end
        for way in (ways[0], ways[3]) if broken else ways:
            sent: dict[str, Any] = {"json": body} if method in ("POST", "PUT", "PATCH") else {}
            if path == "/api/v1/session":  # never again a session that nobody knows here
                sent = {"content": f'{{"email": "x", "password": "{canaries.password}"'}
            headers = way | referer | {"If-Match": canaries.person.token}
            answer = await client.request(method, path, params=query, headers=headers, **sent)
            client.cookies.clear()
            seen.add(answer.status_code)
    return seen


@pytest.fixture
async def house(services: Services, tmp_path: Path) -> AsyncIterator[House]:
    url = await services.new_database("canaries")
    connection = await asyncpg.connect(url)
    token = db.DB.current_transaction.set(db.Transaction(connection))
    try:
        yield House(url, tmp_path / "log", services)
    finally:
        db.DB.current_transaction.reset(token)
        await connection.close()


async def test_no_secret_is_in_any_log_or_in_the_database(house: House, app: Any) -> None:
    async with house.serving() as client:
        canaries = await Canaries().given(client)
        resource_id = await factories.resource(canaries.person)
        wanted = {"resource_id": str(resource_id), "purpose": "x"}
        wanted |= {"starts_at": at(10), "ends_at": at(11)}
        booked = await client.post("/api/v1/bookings", json=wanted, headers=canaries.person.bearer)
        assert booked.status_code == 201, booked.text
        seen = await drive(app, client, canaries)
        assert {200, 400, 401, 403, 404} <= seen
        async with house.running(["worker"]), asyncio.timeout(PATIENCE):
            while not await db.fetchval("SELECT count(*) FROM notice WHERE last_error <> ''"):  # noqa: ASYNC110 - another process tries
                await asyncio.sleep(0.05)
        dump = await house.dump()
        for name in BROKEN:
            await db.execute(f"ALTER TABLE {name} RENAME TO {name}_gone")
        assert 500 in await drive(app, client, canaries, broken=True)
    log = house.log.read_text()
    assert log.count('"event": "request"') > 300
    assert log.count("UndefinedTableError") > 10
    assert '"event": "put off"' in log
    assert canaries.found(log) == set()
    assert canaries.found(dump) == set()


async def test_control_a_log_of_addresses_would_have_them_and_a_raw_column_too(house: House) -> None:
    async with house.serving(CARELESS) as client:
        canaries = await Canaries().given(client)
        await client.get(f"/feeds/{canaries.feed}.ics", params={"token": canaries.person.token})
        await factories.resource(canaries.person, name=f"x{canaries.session}")
        sql = "UPDATE api_token SET label = $1, hash = $2"
        await db.execute(sql, canaries.password, canaries.person.token.encode())
        assert canaries.found(await house.dump()) == {"session", "password", "token"}
    assert canaries.found(house.log.read_text()) == {"feed", "token"}
