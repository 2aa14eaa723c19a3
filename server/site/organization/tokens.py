"""The page of API tokens: made, shown once, revoked."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.http import Request
from server.core.text import Name
from server.core.translations import N_
from server.tokens import make, revoke
from server.tokens.schemas import MadeToken, NewToken, Scope
from server.web import forms
from server.web.form_errors import at_field, refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import unkept

TOKENS = "/organization/tokens"
LENGTHS = (30, 90, 365, 730)  # days to choose from
SCOPES = {
    "read": N_("read: see what you see"),
    "book": N_("book: book, move and cancel"),
    "manage": N_("manage: run resources, decide requests, change settings"),
}
FIELDS = {
    "label": N_("Name what the token is for, with at most 200 characters."),
    "scopes": N_("Choose at least one thing that it may do."),
    "days": N_("Choose how long it is valid."),
    "conflict": N_("You have as many tokens as you may have. Revoke one first."),
}
DONE = {"revoked": N_("The token is revoked. Nothing gets in with it any more.")}


class TokenForm(msgspec.Struct, frozen=True, kw_only=True):
    """A token as people ask for it."""

    label: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=3)]
    days: Annotated[int, Meta(ge=1, le=730)] = 365


@get(TOKENS, opt=open_to("booker", "read"))
async def tokens(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List one's tokens and when each was last used."""
    return await _tokens(request, by)


async def _tokens(
    request: Request, by: Actor, form: Form[Any] = EMPTY, made: MadeToken | None = None,
    status: int = 200,
) -> Response[str]:  # fmt: skip
    chosen = (await request.form()).getall("scopes", []) if form.errors else ["read"]
    return unkept(
        request,
        "organization/tokens.html",
        status=status,
        form=form,
        made=made,
        chosen=chosen,
        scopes=SCOPES,
        day_lengths=LENGTHS,
        tokens=await make.listed(by),
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


@post(TOKENS, opt=open_to("booker", "manage", while_suspended=True))
async def make_token(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Make a token and show it, once."""
    form = await forms.read(request, TokenForm, FIELDS)
    async with refused_on(form, partial(_tokens, request, by), at_field(FIELDS)):
        said = form.wanted
        ends = datetime.now(UTC) + timedelta(days=said.days, minutes=-5)  # the two years are of the database's clock
        made = await make.make(NewToken(label=said.label, scopes=said.scopes, expires_at=ends), by)
    return await _tokens(request, by, made=made)


@post(f"{TOKENS}/{{id:uuid}}/revoke", opt=open_to("booker", "manage", while_suspended=True))
async def revoke_token(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Revoke a token."""
    await revoke.revoke(id, by)
    return redirect(f"{TOKENS}?done=revoked")


ROUTES = [tokens, make_token, revoke_token]
