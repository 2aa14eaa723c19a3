"""What the start page shows of the resources: when each is next free."""

from datetime import datetime, timedelta

import msgspec

from server import db
from server.bookings import claims
from server.bookings.bookable import Bookable, Surroundings
from server.resources.search import surroundings
from server.spans import Span

MOST = 24
AHEAD = timedelta(days=14)

# The oldest first, so that the page of a demo does not change with every import.
LISTED = f"""
SELECT {claims.COLUMNS}, r.kind FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.listed AND o.suspended_at IS NULL ORDER BY r.id LIMIT $1
"""  # noqa: S608 - only constants are put in

COUNT = """
SELECT count(*) FROM resource r JOIN organization o ON o.id = r.owner_id WHERE r.listed AND o.suspended_at IS NULL
"""


class Offer(msgspec.Struct, frozen=True):
    """A resource and the next time it is free, in its own zone; none within AHEAD."""

    resource: Bookable
    kind: str
    starts_at: datetime | None
    minutes: int = 0  # for how long it is free then


class Offers(msgspec.Struct, frozen=True):
    """The first resources of `total`."""

    items: list[Offer]
    total: int
    days: int = AHEAD.days


async def offers() -> Offers:
    """Read the first MOST resources that everyone may see, with their next free time."""
    rows = await db.fetch(LISTED, MOST)
    if not rows:
        return Offers([], 0)
    window = Span(rows[0]["now"], rows[0]["now"] + AHEAD)
    resources = [Bookable.from_row(row) for row in rows]
    seen = await surroundings(window, resources, None)
    items = [_offer(one, row["kind"], there) for (one, there), row in zip(seen, rows, strict=True)]
    return Offers(items, len(rows) if len(rows) < MOST else await db.fetchval(COUNT))


def _offer(resource: Bookable, kind: str, seen: Surroundings) -> Offer:
    first = next(iter(seen.free(resource)), None)
    if first is None:
        return Offer(resource, kind, None)
    return Offer(resource, kind, first.starts_at, first.span.length // timedelta(minutes=1))
