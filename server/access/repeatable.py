"""Which routes honour an Idempotency-Key: every POST that is done for somebody, unless it declares `once=False`.

Those carry it out here, around the function of the route, so that no verb knows. All others refuse the header: who
sends one relies on it.
"""

import hashlib
import inspect
from functools import wraps
from typing import Annotated, Any

import litestar
import msgspec
from litestar import Response
from litestar.enums import MediaType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import HeaderParameter
from litestar.serialization import encode_json

from server.access.authentication import actor_of
from server.access.idempotency import Once, do_once
from server.access.permissions import ROLES, Access, declared
from server.access.person import person
from server.core.errors import Invalid
from server.core.http import Connection, Request

HEADER = "Idempotency-Key"
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name=HEADER,
        required=False,
        min_length=1,
        max_length=200,
        description="any text of your own, new for each request: sent again, the request is not done again",
    ),
]


class Answer(msgspec.Struct, frozen=True):
    """What a route answered."""

    status: int
    headers: dict[str, str]
    body: str

    def response(self) -> Response[bytes]:
        return Response(self.body.encode(), status_code=self.status, headers=self.headers, media_type=MediaType.JSON)


def honours(route: BaseRouteHandler) -> bool:
    """Whether a route does what it is sent once, however often it is sent."""
    access = declared(route)
    posts = isinstance(route, HTTPRouteHandler) and "POST" in route.http_methods
    return posts and access is not None and access.role != "anyone" and access.once


async def guard(connection: Connection, route: BaseRouteHandler) -> None:
    """Refuse a key where it is not honoured. Raises Invalid."""
    posts = isinstance(connection, litestar.Request) and connection.method == "POST"
    if posts and HEADER in connection.headers and not honours(route):
        raise Invalid(f"this call takes no {HEADER}; send it without one", field=HEADER)


def repeatable(route: HTTPRouteHandler) -> HTTPRouteHandler:
    """Let a route honour the header, if it is one that does."""
    access = declared(route)
    if access is None or not honours(route):
        return route
    act, status = route.fn, route.status_code
    own = inspect.signature(act)

    @wraps(act)
    async def acted_once(*, request: Request, idempotency_key: str | None = None, **given: Any) -> Any:
        if "request" in own.parameters:
            given["request"] = request
        if idempotency_key is None:
            return await act(**given)

        async def answered() -> Answer:
            return _answer(await act(**given), status)

        once = await _once(request, access, idempotency_key)
        return (await do_once(once, Answer, answered)).response()

    added = {"request": (Request, inspect.Parameter.empty), "idempotency_key": (IdempotencyKey, None)}
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for name, (kind, default) in added.items()
        if name not in own.parameters
    ]
    acted_once.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined]
    acted_once.__annotations__ = {**act.__annotations__, **{name: kind for name, (kind, _) in added.items()}}
    return route(acted_once)


def _answer(answered: Any, status: int) -> Answer:
    given = answered if isinstance(answered, Response) else Response(answered)
    body = "" if given.content is None else encode_json(given.content).decode()
    return Answer(given.status_code or status, dict(given.headers), body)


async def _once(request: Request, access: Access, key: str) -> Once:
    by, actor = await person(request), await actor_of(request)
    for_organization = actor is not None and access.role in ROLES
    body = await request.body()
    if boundary := request.content_type[1].get("boundary", ""):  # of a form: programs draw a new one each time
        body = body.replace(boundary.encode(), b"")
    said = "\n".join((request.method, request.scope["path"], request.scope["query_string"].decode("latin-1")))
    fingerprint = hashlib.sha256(said.encode() + b"\n" + body).digest()
    by_id = actor.member_id if actor is not None and for_organization else by.account_id
    return Once(by_id, by.account_id, key, fingerprint, access.tells_secret)
