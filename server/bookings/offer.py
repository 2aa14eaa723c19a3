"""The loser gets an answer: what the wanted time meets, and the nearest times that would work."""

from datetime import timedelta
from uuid import UUID

from server.bookings import claims, views
from server.bookings.availability import nearest
from server.bookings.bookable import Bookable, around
from server.errors import SlotTaken
from server.spans import Span

SEARCH = (timedelta(days=2), timedelta(days=30))  # look near first; farther only when too little is found
OFFERS = 3


async def alternatives(resource: Bookable, wanted: Span, units: int, *, apart_from: UUID | None = None) -> list[Span]:
    """Find the OFFERS free times of the same length nearest to `wanted`."""
    found: list[Span] = []
    for margin in SEARCH:
        seen = await claims.look_around(resource, around(wanted, margin + wanted.length), apart_from=apart_from)
        found = nearest(seen.free(resource, units), wanted, resource.rules, resource.time_zone, OFFERS)
        if len(found) == OFFERS:
            break
    return found


async def taken(resource: Bookable, wanted: Span, units: int, *, apart_from: UUID | None = None) -> SlotTaken:
    """Make the refusal that names the clash and offers what would work."""
    margin = timedelta(minutes=resource.rules.distance)
    clashes = await views.clashes(resource, around(wanted, margin), apart_from)
    offers = await alternatives(resource, wanted, units, apart_from=apart_from)
    return SlotTaken(
        "take one of `alternatives`" if offers else "nothing of this length is free within a month; try a shorter time",
        resource_id=resource.id,
        clashes=clashes,
        alternatives=[{"starts_at": span.starts_at, "ends_at": span.ends_at, "units": units} for span in offers],
    )
