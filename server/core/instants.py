"""Instants that somebody sent: RFC 3339 with offset, within years that every zone and database can hold. Pure."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from server.core.errors import Invalid
from server.core.spans import Span

# Far from the ends of what datetime and PostgreSQL can hold in any zone.
YEARS = (2000, 2199)
FIRST, LAST = datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[1], 12, 31, tzinfo=UTC)
Instant = Annotated[datetime, Meta(tz=True)]  # RFC 3339 with offset


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
