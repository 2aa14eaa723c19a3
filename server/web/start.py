"""What the start page shows of the resources: when each is next free."""

from datetime import datetime, timedelta

import msgspec
from asyncpg import Range

from server import db
from server.bookings import claims
from server.bookings.bookable import Bookable, Surroundings, around
from server.resources.search import SURROUNDINGS
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
    margin = timedelta(minutes=max(resource.rules.distance for resource in resources))
    taken = await db.fetch(SURROUNDINGS, [one.id for one in resources], Range(*around(window, margin)), None)
    seen = {row["id"]: Surroundings.from_row(window, row) for row in taken}
    items = [_offer(one, row["kind"], seen[one.id]) for one, row in zip(resources, rows, strict=True)]
    return Offers(items, len(rows) if len(rows) < MOST else await db.fetchval(COUNT))


def _offer(resource: Bookable, kind: str, seen: Surroundings) -> Offer:
    first = next(iter(seen.free(resource)), None)
    if first is None:
        return Offer(resource, kind, None)
    return Offer(resource, kind, first.starts_at, first.span.length // timedelta(minutes=1))
