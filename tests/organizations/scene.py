"""People who deal with organizations over HTTP."""

import re
from typing import Any
from uuid import UUID

import httpx
import msgspec
from stdnum.cn import uscc

from server.core import db, links
from tests import factories
from tests.factories import Person

API = "/api/v1"


class Speaker:
    """One person's requests."""

    def __init__(self, client: httpx.AsyncClient, person: Person) -> None:
        self.client, self.person = client, person

    @property
    def member_id(self) -> UUID:
        return self.person.actor.member_id

    @property
    def organization_id(self) -> UUID:
        return self.person.actor.organization_id

    async def send(self, method: str, path: str, expect: int | None = None, **more: Any) -> Any:
        """Send a request and return the body of an answer that is as expected."""
        answer = await self.client.request(method, API + path, headers=self.person.bearer, **more)
        if expect is not None:
            assert answer.status_code == expect, answer.text
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer


async def operator(client: httpx.AsyncClient) -> Speaker:
    """Someone who runs the platform."""
    person = await factories.person(await factories.organization("public_body"))
    await db.execute("UPDATE account SET is_operator = true WHERE id = $1", person.actor.account_id)
    return Speaker(client, person)


async def letters(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """To whom letters of a kind are owed, and what they are told."""
    sql = "SELECT recipient, facts ->> 'facts' AS facts FROM letter WHERE kind = $1 ORDER BY position"
    rows = await db.fetch(sql, kind)
    return [(row["recipient"], msgspec.json.decode(row["facts"])) for row in rows]


def secret(purpose: str, id: str) -> str:
    """What stands in the link of a letter."""
    made = links.token(purpose, UUID(id))
    assert re.fullmatch(r"[A-Za-z0-9_-]+", made)
    return made


def code(number: int) -> str:
    """A unified social credit code with its check character."""
    body = f"91320594MA1W{number:05d}"
    return body + uscc.calc_check_digit(body)
