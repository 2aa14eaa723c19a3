"""What all routes share: the type of a request, pagination, ETag and If-Match (optimistic locking)."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import litestar
import msgspec
from litestar.connection import ASGIConnection
from litestar.params import HeaderParameter, QueryParameter

from server.core.errors import Invalid, PreconditionRequired, Stale
from server.core.settings import settings

T = TypeVar("T")

# What Litestar gives to routes and guards. Their user, auth and state say nothing here: access/ finds out who asks.
Request: TypeAlias = litestar.Request[Any, Any, Any]
Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]

QueryInstant = Annotated[
    str | None,
    QueryParameter(schema_extra={"format": "date-time"}, description="RFC 3339 with offset", required=False),
]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="how many at most")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before", required=False)]
# Of a list that has no id to go on after, such as one that is counted out: how many to pass over.
Offset = Annotated[
    str | None,
    QueryParameter(pattern=r"\A[0-9]{1,9}\Z", required=False, description="`next_cursor` of the page before"),
]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", required=False, description="the ETag you read")]


def secure() -> bool:
    """Whether people reach us over https: cookies are then for nothing else."""
    return settings().base_url.startswith("https://")


class Page(msgspec.Struct, Generic[T]):
    """A part of a list. `next_cursor` leads to the next part; without one this was the last."""

    items: list[T]
    next_cursor: str | None = None


def etag(version: int) -> str:
    return f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """Read If-Match. `*` is any version (None). Raises PreconditionRequired when absent, Stale when no ETag of ours."""
    if if_match is None:
        raise PreconditionRequired
    if if_match.strip() == "*":
        return None
    try:
        return int(if_match.strip().strip('"'))
    except ValueError:
        raise Stale("If-Match is not an ETag of this resource") from None


def page(rows: list[T], limit: int, key: Callable[[T], UUID]) -> Page[T]:
    """Make a page of up to `limit` rows out of `limit + 1` that were read."""
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, cursor_after(key(rows[-1])) if more else None)


def cursor_after(last: UUID) -> str:
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def after(cursor: str | None) -> UUID | None:
    """The id a page begins after. Raises Invalid for what is no cursor."""
    if not cursor:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise Invalid("cursor: not one that this list gave", field="cursor") from None
