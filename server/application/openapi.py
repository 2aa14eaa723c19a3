"""The OpenAPI document: what it says besides the routes, and that it says it to programs in any language."""

from typing import Any

from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from server.access import cookie, permissions, repeatable
from server.application import openapi_names
from server.core import problem_details
from server.core.errors import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
)
from server.core.http import Request
from server.web import uploads

COMMON = problem_details.refusals(
    Unauthenticated, Forbidden, TooLarge, RateLimited
)  # what every declared route may answer


class Portable(JsonRenderPlugin):
    """Renders the document with names of our own, and with patterns that ECMA-262 knows, as JSON Schema asks for."""

    def render(self, request: Request, openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, portable(openapi_names.named(openapi_schema)))


def config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Rongtong",
        version="1",
        description="Find what is free, book it, have it in your calendar. Errors are `application/problem+json`.",
        path="/api/v1/openapi.json",  # a router of its own: Litestar adds a catch-all in HTML beside the document
        render_plugins=[Portable(path="/", media_type=MediaType.JSON)],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer"),
                "session": SecurityScheme(type="apiKey", name=cookie.name(), security_scheme_in="cookie"),
            }
        ),
        use_handler_docstrings=True,
        operation_id_creator=openapi_names.operation,
        tags=openapi_names.TAGS,
    )


def described(routes: list[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Let the document show the first line of a route's docstring, who may call it, and that it may be repeated."""
    for route in routes:
        route.summary = (route.fn.__doc__ or "").strip().split("\n")[0].rstrip(".")
        permissions.document(route)
        told = COMMON if permissions.declared(route) else {}
        if any("{" in path for path in route.paths):
            told = {**told, **problem_details.refusals(NotFound)}  # also for what is no id
        route.responses = {**told, **(route.responses or {})}
        if repeatable.honours(route):
            again = problem_details.refusals(IdempotencyMismatch, Conflict)
            route.responses = problem_details.joined(route.responses, again)
    return [repeatable.repeatable(route) for route in routes]


def portable(node: Any) -> Any:
    """Say what Litestar says in words that programs in any language understand as they are meant."""
    if isinstance(node, dict):
        return _mended({name: portable(value) for name, value in node.items()})
    return [portable(one) for one in node] if isinstance(node, list) else node


def _mended(node: dict[str, Any]) -> dict[str, Any]:
    if isinstance(pattern := node.get("pattern"), str):  # its beginning and end: elsewhere `\A` is the letter A
        return {**node, "pattern": pattern.replace(r"\A", "^").replace(r"\Z", "$")}
    if {} in (kinds := node.get("oneOf", [])):  # the `...` of a tuple with limits, taken for a second type
        return next(kind for kind in kinds if kind)
    if isinstance(words := node.get("enum"), list) and None in words:  # generators make a type of each pair
        some = {"type": next(kind for kind in node["type"] if kind != "null"), "enum": [one for one in words if one]}
        rest = {name: value for name, value in node.items() if name not in ("type", "enum")}
        return {"oneOf": [some, {"type": "null"}], **rest}
    if node.get(uploads.ITSELF) == {"schema": {"type": "string"}}:  # a file, and not a text
        return {**node, uploads.ITSELF: {"schema": {"type": "string", "format": "binary"}}}
    return node
