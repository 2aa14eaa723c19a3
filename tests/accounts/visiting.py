"""Somebody of an organization in front of the pages, signed in."""

import httpx

from tests import factories
from tests.accounts.pages import Reader


async def visiting(client: httpx.AsyncClient, person: factories.Person) -> Reader:
    """Sign a person in."""
    await factories.password(person.actor.account_id)
    reader = Reader(client)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email=person.actor.email, password=factories.PASSWORD)
    assert reader.path == "/account", reader.text
    return reader
