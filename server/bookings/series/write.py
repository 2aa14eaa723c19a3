"""Write many bookings of one resource in a few statements: rows, claims, history."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

import msgspec

from server.bookings.capacity import lock
from server.bookings.capacity.history import RECORD, Verb, entry
from server.bookings.capacity.resource_snapshot import Bookable, around
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

INSERT = """
INSERT INTO booking (resource_id, id, organization_id, member_id, series_id, recurrence_id, status, starts_at, ends_at,
                     units, purpose, attendees, uid, sequence, created_at, confirmed_at, revised_at,
                     due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $15, $17)
"""

# What revise.REVISE does for one: whole seconds, later at every revision.
REVISE = """
UPDATE booking b
SET status = new.status, starts_at = new.starts_at, ends_at = new.ends_at, purpose = new.purpose,
    attendees = new.attendees, reason = new.reason, sequence = new.sequence, series_id = new.series_id,
    recurrence_id = new.recurrence_id, due_at = new.due_at, version = b.version + 1,
    confirmed_at = CASE WHEN new.status = 'confirmed' THEN coalesce(b.confirmed_at, now()) ELSE b.confirmed_at END,
    revised_at = greatest(date_trunc('second', now()), b.revised_at + interval '1 second')
FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::int[],
            $10::uuid[], $11::timestamptz[], $12::timestamptz[])
     AS given (id, status, starts_at, ends_at, purpose, attendees, reason, sequence, series_id, recurrence_id, due_at)
CROSS JOIN LATERAL (SELECT given.status, given.starts_at, given.ends_at, given.purpose, given.attendees::jsonb,
                           given.reason, given.sequence, given.series_id, given.recurrence_id, given.due_at) AS new
WHERE b.resource_id = $1 AND b.id = given.id
RETURNING b.id, b.version, b.revised_at, b.confirmed_at
"""


PINNED = """
SELECT booking_id, array_agg(unit ORDER BY unit) AS units FROM claim
WHERE resource_id = $1 AND booking_id = ANY($2) AND released_at IS NULL AND pinned GROUP BY booking_id
"""


async def book(resource: Bookable, made: Sequence[tuple[Booking, Slot]], by: Actor) -> list[Booking]:
    """Insert bookings with their time, and the entries of their history. Returns those that got it.

    A slot without units is for a time that is free only when others move: it is tried last, and may be refused.
    """
    await _insert([booking for booking, slot in made if slot.units])
    pinned = {booking.id for booking, slot in made if slot.asked}
    await take(resource, [booking for booking, slot in made if slot.units], pinned)
    for booking, slot in made:
        if not slot.units and slot.span is not None:
            try:
                async with db.transaction():
                    await _insert([booking])
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


async def name_units(resource: Bookable, bookings: Sequence[Booking]) -> None:
    """Fill in the names of their units."""
    numbers = sorted({unit for one in bookings for unit in one.unit_numbers})
    names = await names_by_number(resource, numbers)
    for one in bookings:
        one.unit_names = [names[unit] for unit in one.unit_numbers if unit in names]


async def take(resource: Bookable, bookings: Sequence[Booking], pinned: AbstractSet[UUID]) -> None:
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


async def pinned(resource: Bookable, bookings: Sequence[Booking]) -> dict[UUID, list[int]]:
    """The units that bookings asked for by number, and keep; as claims.pinned() tells of one."""
    if resource.units == 1:
        return {}
    rows = await db.fetch(PINNED, resource.id, [one.id for one in bookings])
    return {row["booking_id"]: row["units"] for row in rows}


async def revise(resource: Bookable, bookings: Sequence[Booking]) -> list[Booking]:
    """Write the next revision of each, as given."""
    rows = await db.fetch(
        REVISE, resource.id, [one.id for one in bookings], [one.status for one in bookings],
        [one.starts_at for one in bookings], [one.ends_at for one in bookings], [one.purpose for one in bookings],
        [msgspec.json.encode(one.attendees).decode() for one in bookings], [one.reason for one in bookings],
        [one.sequence for one in bookings], [one.series_id for one in bookings],
        [one.recurrence_id for one in bookings], [one.due_at for one in bookings],
    )  # fmt: skip
    new = {row["id"]: {name: row[name] for name in ("version", "revised_at", "confirmed_at")} for row in rows}
    return [msgspec.structs.replace(one, **new[one.id]) for one in bookings]


async def raise_sequence(
    resource: Bookable, series: Series, before: Sequence[Booking], changed: Sequence[Booking]
) -> list[Booking]:
    """Let what stands and was not changed take the sequence of the series, too, for its invitation is sent anew.

    Returns all bookings of the series as they are now.
    """
    known = {one.id for one in changed}
    others = [one for one in before if one.id not in known]
    standing = [one for one in others if one.status in LIVE and one.ends_at > resource.now]
    raised = await revise(resource, [msgspec.structs.replace(one, sequence=series.sequence) for one in standing])
    over = [one for one in others if one not in standing]
    return sorted([*over, *raised, *changed], key=lambda one: (one.recurrence_id or one.starts_at, one.id))


async def record_all(
    verb: Verb, changes: Sequence[tuple[Booking | None, Booking]], by: Actor, reason: str = ""
) -> None:
    """Add an entry to the history of each booking: what it was and what it became."""
    await db.executemany(RECORD, [entry(verb, after, by, before, reason) for before, after in changes])


async def _insert(bookings: Sequence[Booking]) -> None:
    await db.executemany(
        INSERT,
        [
            (
                one.resource_id, one.id, one.organization_id, one.member_id, one.series_id, one.recurrence_id,
                one.status, one.starts_at, one.ends_at, one.units, one.purpose,
                msgspec.json.encode(one.attendees).decode(), one.uid, one.sequence, one.created_at, one.confirmed_at,
                one.due_at,
            )
            for one in bookings
        ],
    )  # fmt: skip
