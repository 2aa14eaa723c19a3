"""Errors become application/problem+json (RFC 9457), in answers and in the OpenAPI document."""

from typing import Any
from urllib.parse import quote

import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException

from server.core.errors import (
    DomainError,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unauthenticated,
    UnsupportedType,
)
from server.core.http import Request
from server.core.problem_details import MEDIA_TYPE, body, reads_pages
from server.core.unexpected import refusal_for
from server.web.refusal_page import RETRIED, explained
from server.web.render import language, page


def answer(request: Request, error: DomainError) -> Response[Any]:
    """Answer with the problem, or with a page that says it where a person is reading."""
    if type(error) is Unauthenticated and reads_pages(request):
        asked = quote(_asked_for(request)) if request.method == "GET" else "/account"
        return Response(
            "", status_code=303, headers={"Location": f"/sign-in?next={asked}", "Cache-Control": "no-store"}
        )
    problem = body(error)
    if request_id := structlog.contextvars.get_contextvars().get("request_id"):
        problem["request_id"] = request_id
    if reads_pages(request):
        again_to = _asked_for(request) if request.method == "GET" and error.slug() in RETRIED else ""
        said = explained(error, language(request))
        shown = page(
            request, "refused.html", status=error.status, problem=problem, slug=error.slug(), explained=said,
            again_to=again_to,
        )  # fmt: skip
        shown.headers.update(error.headers)
        return shown
    return Response(problem, status_code=error.status, media_type=MEDIA_TYPE, headers=error.headers)


def _asked_for(request: Request) -> str:
    """The page with all that its address says."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def send_answer(scope: Any, receive: Any, send: Any, error: Exception) -> None:
    """Answer a request that was refused before it had a route."""
    request: Request = Request(scope, receive, send)
    answered = on_unexpected(request, error)
    await answered.to_asgi_response(app=None, request=request)(scope, receive, send)


def on_domain_error(request: Request, error: DomainError) -> Response[Any]:
    return answer(request, error)


def on_http_exception(request: Request, error: HTTPException) -> Response[Any]:
    """Translate what Litestar itself refuses."""
    answered = answer(request, _translated(error))
    answered.headers.update(error.headers or {})  # such as Allow
    return answered


def _translated(error: HTTPException) -> DomainError:
    if isinstance(error, ValidationException):
        return Invalid("; ".join(_complaints(error)), errors=error.extra or [])
    match error.status_code:
        case 401:
            return Unauthenticated()
        case 404:
            return NotFound()
        case 405:
            return MethodNotAllowed()
        case 413:
            return TooLarge("the limit is 256 KB; lists to import may have 10 MB")
        case 415:
            return UnsupportedType(error.detail)
        case status if status < 500:
            return Invalid(error.detail)
    return Internal()


def _complaints(error: ValidationException) -> list[str]:
    extra = error.extra if isinstance(error.extra, list) else []
    told = [f"{item.get('key', '')}: {item.get('message', '')}".removeprefix(": ") for item in extra]
    return told or [str(error.detail)]


def on_unexpected(request: Request, error: Exception) -> Response[Any]:
    """Answer what nobody foresaw; of a defect the client is told the request id to ask about."""
    return answer(request, refusal_for(error))


HANDLERS: Any = {DomainError: on_domain_error, HTTPException: on_http_exception, Exception: on_unexpected}
