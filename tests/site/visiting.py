"""Somebody in front of the pages, signed in already."""

from uuid import UUID

import httpx

from server.access import cookie, sessions
from server.access.device import Origin
from server.core import db
from tests import factories
from tests.site.reader import Reader


async def visiting(client: httpx.AsyncClient, person: factories.Person) -> Reader:
    """A member in front of their account, as after signing in."""
    return await seated(client, person.actor.account_id)


async def seated(client: httpx.AsyncClient, account_id: UUID) -> Reader:
    """The same of a person who may belong to no organization."""
    reader = Reader(client)
    reader.cookies[cookie.name()] = await sessions.issue(account_id, Origin())
    await reader.open("/account")
    assert reader.status == 200, reader.text
    return reader


async def signed_in(client: httpx.AsyncClient, person: factories.Person) -> Reader:
    """A member who reads English and has just signed in with their password."""
    reader = Reader(client)
    await factories.password(person.actor.account_id)
    await db.execute("UPDATE account SET locale = 'en' WHERE id = $1", person.actor.account_id)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email=person.actor.email, password=factories.PASSWORD)
    return reader
