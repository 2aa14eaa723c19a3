"""Send the operations of the API as somebody who may not, and see what comes of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from server.core import db
from tests.rights import asking, traces
from tests.rights.asking import Call, Operation
from tests.rights.world import CANARY, World

REFUSED = (401, 403, 404)


class Matrix:
    """The world, and what is known before any request."""

    def __init__(self, client: httpx.AsyncClient, made: World, document: dict[str, Any], tables: list[str]) -> None:
        self.client, self.world, self.document, self.tables = client, made, document, tables
        self.before: list[tuple[str, int]] = []
        self.theirs: set[tuple[str, str]] = set()
        self.operations = asking.operations(document)
        self.faults: list[str] = []
        self.calls = self.refused = 0

    def call(self, operation: Operation) -> Call:
        return asking.call(operation, self.world.ids, self.document)

    async def remember(self) -> None:
        self.before = await traces.everything(self.tables)
        self.theirs = await traces.theirs(self.tables, list(self.world.organizations))

    async def ask(self, operation: Operation, headers: dict[str, str]) -> httpx.Response:
        """Send the request; what it writes is undone afterwards by whoever opened the savepoint."""
        wanted = self.call(operation)
        more = {**wanted.more, "headers": {**wanted.more["headers"], **headers}}
        self.calls += 1
        self.world.restore()
        return await self.client.request(wanted.method, wanted.path, **more)

    def fault(self, operation: Operation, who: str, what: str) -> None:
        self.faults.append(f"{operation.label} as {who}: {what}")

    async def judge(self, operation: Operation, who: str, headers: dict[str, str], must_refuse: bool) -> None:
        """Ask as somebody who may not, and look at the answer and at all tables."""
        async with undone():
            answer = await self.ask(operation, headers)
            if answer.status_code >= 500:
                self.fault(operation, who, f"{answer.status_code} {answer.text[:200]}")
            if CANARY.encode() in answer.content + str(answer.headers).encode():
                self.fault(operation, who, f"{answer.status_code} leaks {answer.text[:300]}")
            if must_refuse and answer.status_code not in REFUSED:
                self.fault(operation, who, f"{answer.status_code} instead of a refusal: {answer.text[:200]}")
            if answer.status_code >= 400:
                self.refused += 1
                if await traces.everything(self.tables) != self.before:
                    self.fault(operation, who, f"{answer.status_code}, and yet something was written")
            elif operation.method != "GET" and not self.theirs <= await traces.theirs(
                self.tables, list(self.world.organizations)
            ):
                self.fault(operation, who, f"{answer.status_code} changed what is theirs")


class Undo(Exception):
    """Ends a savepoint."""


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """Undo all that is written inside."""
    try:
        async with db.transaction():
            yield
            raise Undo
    except Undo:
        pass
