"""A person who is signed in, whether or not they act for an organization."""

from uuid import UUID

import msgspec
from litestar.handlers import BaseRouteHandler

from server.access.authentication import HOW, actor_of, session_of
from server.core.actor import Actor
from server.core.errors import Forbidden, Unauthenticated
from server.core.http import Connection, Request

PROGRAMS = ("/api/", "/feeds/", "/dav", "/.well-known/", "/health/", "/metrics", "/static/")  # where no page is made


class Person(msgspec.Struct, frozen=True):
    """Someone who is signed in. One who came with a token has no session."""

    account_id: UUID
    email: str
    name: str
    locale: str
    is_operator: bool
    session_id: UUID | None
    verified: bool = True  # the address is proven to be theirs
    authority: int | None = None  # of the account, as Actor has it
    token: Actor | None = None  # as whom they came with a token

    @property
    def own_session(self) -> UUID:
        """The session they are in. Raises Forbidden for one who came with a token: it is for programs."""
        if self.session_id is None:
            raise Forbidden("a token does not do this; sign in")
        return self.session_id


async def person_of(connection: Connection) -> Person | None:
    """Tell which person is asking, by session or token; None when nobody is signed in."""
    actor = await actor_of(connection)
    session = await session_of(connection)
    if session is not None:
        return Person(
            account_id=session.account_id,
            email=session.email,
            name=session.name,
            locale=session.locale,
            is_operator=session.is_operator,
            session_id=session.session_id,
            verified=session.verified,
            authority=session.own_authority,
        )
    if actor is None:
        return None
    return Person(
        account_id=actor.account_id,
        email=actor.email,
        name=actor.name,
        locale=actor.locale,
        is_operator=actor.is_operator,
        session_id=None,
        token=actor,
    )


async def recognise(connection: Connection, route: BaseRouteHandler) -> None:
    """Look who is signed in before a page is made: its head shows them."""
    if not connection.scope["path"].startswith(PROGRAMS):
        await session_of(connection)


async def person(request: Request) -> Person:
    """Who is signed in. Raises Unauthenticated when nobody is."""
    found = await person_of(request)
    if found is None:
        raise Unauthenticated(HOW)
    return found
