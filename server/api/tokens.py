"""JSON routes of tokens."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.tokens import make as making
from server.tokens import revoke as revoking
from server.tokens.schemas import MadeToken, NewToken, Token


@post(
    "/tokens",
    operation_id="create_token",
    tags=["Account"],
    opt=open_to("booker", "read", while_suspended=True),
    responses=refusals(Unauthenticated, Forbidden, Conflict),
)
async def make_token(by: NamedDependency[Actor], data: JSONBody[NewToken]) -> MadeToken:
    """Make a token for a program. Its secret is told this once."""
    return await making.make(data, by)


@get(
    "/tokens",
    operation_id="list_tokens",
    tags=["Account"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def tokens(by: NamedDependency[Actor]) -> list[Token]:
    """List your tokens and when each was last used."""
    return await making.listed(by)


@delete(
    "/tokens/{id:uuid}",
    operation_id="revoke_token",
    tags=["Account"],
    opt=open_to("booker", "read", id="token"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def revoke_token(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Revoke a token of yours; it ends at once."""
    await revoking.revoke(id, by)


ROUTES = [make_token, tokens, revoke_token]
