"""Errors become application/problem+json (RFC 9457), in answers and in the OpenAPI document."""

from collections import defaultdict
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from server.errors import (
    BusyTryAgain,
    DomainError,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
)

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger()


class Problem(msgspec.Struct, omit_defaults=True):
    """Why the answer is no, and what would make it yes. Some problems have further members."""

    type: str  # ends in the slug
    title: str
    status: int
    detail: str = ""
    request_id: str = ""


def refusals(*errors: type[DomainError]) -> dict[int, ResponseSpec]:
    """OpenAPI responses for the errors a route may answer with."""
    by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
    possible: tuple[type[DomainError], ...] = (*errors, Invalid, BusyTryAgain)
    for error in possible:
        if error not in by_status[error.status]:
            by_status[error.status].append(error)
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=" / ".join(error.title() for error in group),
            media_type=MEDIA_TYPE,
            generate_examples=False,
            examples=[Example(error.slug(), value=_body(error())) for error in group],
        )
        for status, group in sorted(by_status.items())
    }


def _body(error: DomainError) -> dict[str, Any]:
    body: dict[str, Any] = {"type": f"/problems/{error.slug()}", "title": error.title(), "status": error.status}
    if error.detail:
        body["detail"] = error.detail
    return body | error.members


def answer(request: Request[Any, Any, Any], error: DomainError) -> Response[Any]:
    body = _body(error)
    if request_id := structlog.contextvars.get_contextvars().get("request_id"):
        body["request_id"] = request_id
    return Response(body, status_code=error.status, media_type=MEDIA_TYPE, headers=error.headers)


def on_domain_error(request: Request[Any, Any, Any], error: DomainError) -> Response[Any]:
    return answer(request, error)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Translate what Litestar itself refuses."""
    status = error.status_code
    if isinstance(error, ValidationException):
        return answer(request, Invalid("; ".join(_complaints(error)), errors=error.extra or []))
    if status == 404:
        return answer(request, NotFound())
    if status == 401:
        return answer(request, Unauthenticated())
    if status == 413:
        return answer(request, TooLarge("the limit is 256 KB; lists to import may have 10 MB"))
    slug = "method-not-allowed" if status == 405 else "invalid" if status < 500 else "internal"
    body = {"type": f"/problems/{slug}", "title": error.detail, "status": status}
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=error.headers)


def _complaints(error: ValidationException) -> list[str]:
    extra = error.extra if isinstance(error.extra, list) else []
    told = [f"{item.get('key', '')}: {item.get('message', '')}".removeprefix(": ") for item in extra]
    return told or [str(error.detail)]


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Log a defect of ours with its traceback; tell the client only the request id to ask about."""
    if isinstance(error, UnicodeDecodeError):
        return answer(request, Invalid("the request is not UTF-8"))
    log.error("unexpected", exc_info=error)
    body: dict[str, Any] = {"type": "/problems/internal", "title": "Something went wrong on our side.", "status": 500}
    if request_id := structlog.contextvars.get_contextvars().get("request_id"):
        body["request_id"] = request_id
    return Response(body, status_code=500, media_type=MEDIA_TYPE)


HANDLERS: Any = {DomainError: on_domain_error, HTTPException: on_http_exception, Exception: on_unexpected}
