"""Write many bookings of one resource in a few statements: rows, claims, history."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

import msgspec

from server.access.acting import acting
from server.bookings.capacity import booking_rows, lock
from server.bookings.capacity.history import RECORD, Verb, entry
from server.bookings.capacity.occupancy import around
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.revise import LIVE
from server.bookings.capacity.unit_names import names_by_number
from server.bookings.schemas import Booking
from server.bookings.series.plan import Slot
from server.bookings.series.series import Series
from server.claims import door
from server.claims.door import NewClaim
from server.core import db
from server.core.actor import Actor
from server.core.errors import SlotTaken
from server.core.spans import Span

PINNED = """
SELECT booking_id, array_agg(unit ORDER BY unit) AS units FROM claim
WHERE resource_id = $1 AND booking_id = ANY($2) AND released_at IS NULL AND pinned GROUP BY booking_id
"""


async def book(resource: ResourceSnapshot, made: Sequence[tuple[Booking, Slot]], by: Actor) -> list[Booking]:
    """Insert bookings with their time, and the entries of their history. Returns those that got it.

    A slot without units is for a time that is free only when others move: it is tried last, and may be refused.
    """
    await booking_rows.insert([booking for booking, slot in made if slot.units])
    pinned = {booking.id for booking, slot in made if slot.asked}
    await take(resource, [booking for booking, slot in made if slot.units], pinned)
    for booking, slot in made:
        if not slot.units and slot.span is not None:
            try:
                async with acting(by):
                    await booking_rows.insert([booking])
                    seen = await lock.look_around(resource, around(slot.span, lock.MARGIN), guest=None)
                    booking.unit_numbers = await lock.choose_and_take(
                        resource, seen, slot.span, booking.units, "booking", booking_id=booking.id
                    )
            except SlotTaken as refusal:
                slot.refusal = refusal
    booked = [booking for booking, slot in made if slot.refusal is None]
    await name_units(resource, booked)
    await record_all("booked", [(None, booking) for booking in booked], by)
    return booked


async def name_units(resource: ResourceSnapshot, bookings: Sequence[Booking]) -> None:
    """Fill in the names of their units."""
    numbers = sorted({unit for one in bookings for unit in one.unit_numbers})
    names = await names_by_number(resource, numbers)
    for one in bookings:
        one.unit_names = [names[unit] for unit in one.unit_numbers if unit in names]


async def take(resource: ResourceSnapshot, bookings: Sequence[Booking], pinned: AbstractSet[UUID]) -> None:
    """Take the units that were chosen for each, for good if `pinned`. Raises SlotTaken. The resource must be locked."""
    wanted = [
        NewClaim(
            unit=unit, span=Span(one.starts_at, one.ends_at), reason="booking", booking_id=one.id,
            pinned=one.id in pinned,
        )
        for one in bookings
        for unit in one.unit_numbers
    ]  # fmt: skip
    if wanted:
        await door.take(resource.id, wanted)


async def pinned(resource: ResourceSnapshot, bookings: Sequence[Booking]) -> dict[UUID, list[int]]:
    """The units that bookings asked for by number, and keep; as claims.pinned() tells of one."""
    if resource.units == 1:
        return {}
    rows = await db.fetch(PINNED, resource.id, [one.id for one in bookings])
    return {row["booking_id"]: row["units"] for row in rows}


async def raise_sequence(
    resource: ResourceSnapshot, series: Series, before: Sequence[Booking], changed: Sequence[Booking]
) -> list[Booking]:
    """Let what stands and was not changed take the sequence of the series, too, for its invitation is sent anew.

    Returns all bookings of the series as they are now.
    """
    known = {one.id for one in changed}
    others = [one for one in before if one.id not in known]
    standing = [one for one in others if one.status in LIVE and one.ends_at > resource.now]
    raised = await booking_rows.revise([msgspec.structs.replace(one, sequence=series.sequence) for one in standing])
    over = [one for one in others if one not in standing]
    return sorted([*over, *raised, *changed], key=lambda one: (one.recurrence_id or one.starts_at, one.id))


async def record_all(
    verb: Verb, changes: Sequence[tuple[Booking | None, Booking]], by: Actor, reason: str = ""
) -> None:
    """Add an entry to the history of each booking: what it was and what it became."""
    await db.executemany(RECORD, [entry(verb, after, by, before, reason) for before, after in changes])
