"""The loser gets an answer: what the wanted time meets, and the nearest times that would work."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from server.bookings.capacity import lock, views
from server.bookings.capacity.availability import nearest
from server.bookings.capacity.occupancy import around
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import TakenSpan, free_units
from server.bookings.rules.context import Booker
from server.core.errors import SlotTaken
from server.core.spans import Span

SEARCH = (timedelta(days=2), timedelta(days=30))  # look near first; farther only when too little is found
OFFERS = 3


async def alternatives(
    resource: ResourceSnapshot, wanted: Span, units: int, *, guest: Booker | None, apart_from: UUID | None = None,
    asked: Sequence[int] = (), shut: Sequence[Span] = (),
) -> list[Span]:  # fmt: skip
    """Find the OFFERS free times of the same length nearest to `wanted`, for the units `asked` for or any.

    None of them in what is about to be `shut`.
    """
    found: list[Span] = []
    for margin in SEARCH:
        window = around(wanted, margin + wanted.length)
        seen = await lock.look_around(resource, window, guest=guest, apart_from=apart_from)
        if shut:
            closing = [TakenSpan(unit, time, False) for time in shut for unit in range(1, resource.units + 1)]
            seen = replace(seen, taken=[*seen.taken, *closing])
        windows = seen.free_on(resource, asked) if asked else seen.free(resource, units)
        found = nearest(windows, wanted, resource.time_zone, OFFERS)
        if len(found) == OFFERS:
            break
    return found


async def taken(
    resource: ResourceSnapshot, wanted: Span, units: int, *, guest: Booker | None, apart_from: UUID | None = None,
    asked: Sequence[int] = (),
) -> SlotTaken:  # fmt: skip
    """Make the refusal that names the clash and offers what would work; if units were asked for, also free ones."""
    clashes = await views.clashes(resource, around(wanted, resource.farthest), apart_from)
    offers = await alternatives(resource, wanted, units, guest=guest, apart_from=apart_from, asked=asked)
    refusal = SlotTaken(
        "take one of `alternatives`" if offers else "nothing of this length is free within a month; try a shorter time",
        resource_id=resource.id,
        clashes=clashes,
        alternatives=[{"starts_at": span.starts_at, "ends_at": span.ends_at, "units": units} for span in offers],
    )
    if asked:
        seen = await lock.look_around(resource, wanted, guest=guest, apart_from=apart_from)
        refusal.members["free_unit_numbers"] = free_units(resource.units, seen.busy(resource), wanted)
    return refusal
