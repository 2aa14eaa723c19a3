"""The basket: times on several resources that shall be booked together. A cookie keeps it; it takes no time. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from server.core.http import FIRST, LAST
from server.core.spans import Span

COOKIE = "basket"
KEPT = 7 * 24 * 3600  # seconds
MOST = 10


class Item(msgspec.Struct, frozen=True):
    """A time on some units of a resource."""

    resource_id: UUID
    span: Span
    units: int = 1


def read(text: str) -> list[Item]:
    """Read what a cookie says. What cannot be read is left out: it is only a note of what was chosen."""
    found = []
    for one in text.split("_")[:MOST]:
        try:
            id, start, end, units = one.split(".")
            span = Span(datetime.fromtimestamp(int(start), UTC), datetime.fromtimestamp(int(end), UTC))
            item = Item(UUID(id), span, int(units))
        except (ValueError, OverflowError, OSError):
            continue
        if FIRST < span.starts_at < span.ends_at < LAST and 1 <= item.units <= 10_000:
            found.append(item)
    return found


def written(items: Iterable[Item]) -> str:
    """Write what a cookie says."""
    return "_".join(
        f"{one.resource_id.hex}.{int(one.span.starts_at.timestamp())}.{int(one.span.ends_at.timestamp())}.{one.units}"
        for one in items
    )
