"""What all routes share: instants in queries, ETag and If-Match, paging."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar.params import HeaderParameter, QueryParameter
from msgspec import Meta

from server.core.errors import Invalid, PreconditionRequired, Stale
from server.core.spans import Span

T = TypeVar("T")

# Far from the ends of what datetime and PostgreSQL can hold in any zone.
YEARS = (2000, 2199)
FIRST, LAST = datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[1], 12, 31, tzinfo=UTC)

Instant = Annotated[datetime, Meta(tz=True)]  # RFC 3339 with offset
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


class Page(msgspec.Struct, Generic[T]):
    """A part of a list. `next_cursor` leads to the next part; without one this was the last."""

    items: list[T]
    next_cursor: str | None = None


def instant(text: str, field: str) -> datetime:
    """Read RFC 3339 with offset from a query. A `+` that arrived as a space is understood. Raises Invalid."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in text:
        raise Invalid(f"{field}: expected a time with offset such as 2026-11-24T08:00:00+08:00", field=field)
    return moment


def span(starts_at: datetime, ends_at: datetime) -> Span:
    """Make a span of two instants that a client sent. Raises Invalid when it makes no sense."""
    if not (YEARS[0] <= starts_at.year <= YEARS[1] and YEARS[0] <= ends_at.year <= YEARS[1]):
        raise Invalid(f"times must lie in the years {YEARS[0]} to {YEARS[1]}", field="starts_at")
    if ends_at <= starts_at:
        raise Invalid("ends_at must be later than starts_at", field="ends_at")
    return Span(starts_at.astimezone(UTC), ends_at.astimezone(UTC))  # two times of one zone subtract as wall clocks


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
