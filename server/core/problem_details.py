"""Problem details (RFC 9457): how a refusal is said to programs, in answers and in the OpenAPI document."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from server.core.errors import BusyTryAgain, DomainError, Invalid
from server.core.http import Connection

MEDIA_TYPE = "application/problem+json"
# Who asks here is no person with a browser.
PROGRAMS = ("/api/v1/", "/feeds/", "/dav", "/.well-known/", "/health/", "/metrics", "/static/")


class Problem(msgspec.Struct, omit_defaults=True):
    """Why the answer is no, and what would make it yes. Some problems have further members."""

    type: str  # ends in the slug
    title: str
    status: int
    detail: str = ""
    request_id: str = ""


class Named(Example):
    """An example with a name, which is its key in the document and no part of it (OpenAPI 3.1, Example Object)."""

    @property
    def _exclude_fields(self) -> set[str]:
        return {"id"}


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
            examples=[Named(error.slug(), value=body(error())) for error in group],
        )
        for status, group in sorted(by_status.items())
    }


def joined(told: dict[int, ResponseSpec], more: dict[int, ResponseSpec]) -> dict[int, ResponseSpec]:
    """What is told of an operation, with the errors that it may answer with besides."""
    found = dict(told)
    for status, spec in more.items():
        known = found.get(status)
        if known is None:
            found[status] = spec
            continue
        new = [one for one in spec.examples or [] if one.id not in {other.id for other in known.examples or []}]
        titles = [known.description, *((one.value or {})["title"] for one in new)]
        found[status] = replace(known, description=" / ".join(titles), examples=[*(known.examples or []), *new])
    return found


def body(error: DomainError) -> dict[str, Any]:
    """Say an error as a problem."""
    said: dict[str, Any] = {"type": f"/problems/{error.slug()}", "title": error.title(), "status": error.status}
    if error.detail:
        said["detail"] = error.detail
    return said | error.members


def reads_pages(request: Connection) -> bool:
    """Whether a person with a browser asks: never below the addresses of programs, whatever they accept."""
    path = request.scope["path"]
    return not path.startswith(PROGRAMS) and "text/html" in request.headers.get("accept", "")
