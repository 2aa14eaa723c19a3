"""The JSON routes of API tokens."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.tokens import make, revoke
from server.tokens.schemas import MadeToken, NewToken, Token


@post(
    "/tokens",
    tags=["Account"],
    opt=open_to("booker", "manage", while_suspended=True, tells_secret=True),
    responses=refusals(Unauthenticated, Forbidden, Conflict),
)
async def create_token(by: NamedDependency[Actor], data: JSONBody[NewToken]) -> MadeToken:
    """Make a token for a program. Its secret is told this once."""
    return await make.make(data, by)


@get(
    "/tokens",
    tags=["Account"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_tokens(by: NamedDependency[Actor]) -> list[Token]:
    """List your tokens and when each was last used."""
    return await make.listed(by)


@delete(
    "/tokens/{id:uuid}",
    tags=["Account"],
    opt=open_to("booker", "manage", while_suspended=True, id="token"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def revoke_token(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Revoke a token of yours; it ends at once."""
    await revoke.revoke(id, by)


ROUTES = [create_token, list_tokens, revoke_token]
