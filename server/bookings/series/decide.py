"""Approve or decline the requests of a series at once, or the rest of them. One transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from server.access.acting import acting
from server.bookings.capacity import booking_rows
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.holds import holds
from server.bookings.rights import refuse_unless_runs
from server.bookings.schemas import Booking
from server.bookings.series import series, write
from server.bookings.series.schemas import Made
from server.bookings.series.series import Series
from server.bookings.series.tell import tell_requests, tell_series
from server.bookings.waitlist import offers
from server.claims import door
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring


@rerunning
async def approve_series(id: UUID, by: Actor, since: datetime | None = None) -> Made:
    """Confirm every request of a series that lies ahead, from the occurrence at `since` on if given.

    A second time changes nothing. Raises NotFound, Forbidden.
    """
    async with acting(by):
        resource, kept, before, asked = await _requests(id, by, since)
        if not asked:
            return Made(id, before, [])
        for one in asked:
            await holds.end_proposals(resource, one.id)
        kept = replace(kept, sequence=kept.next_sequence(before))
        decided = [replace(one, status="confirmed", due_at=None, sequence=kept.sequence) for one in asked]
        decided = await booking_rows.revise(decided)
        await write.record_all("approved", list(zip(asked, decided, strict=True)), by)
        after = await write.raise_sequence(resource, kept, before, decided)
        await series.update(kept)
        await tell_series(
            kept, before, after, resource, by, change="changed", owner="owner_confirmed", touched=decided
        )  # fmt: skip
    ring()
    return Made(id, after, [])


@rerunning
async def decline_series(id: UUID, by: Actor, since: datetime | None = None, reason: str = "") -> Made:
    """Say no to every request of a series that lies ahead; what is confirmed stays. Raises what approving raises."""
    async with acting(by):
        resource, kept, before, asked = await _requests(id, by, since)
        if not asked:
            return Made(id, before, [])
        kept = replace(kept, sequence=kept.next_sequence(before))
        decided = [
            replace(one, status="declined", reason=reason, sequence=kept.sequence, unit_numbers=[], unit_names=[])
            for one in asked
        ]
        decided = await booking_rows.revise(decided)
        await write.record_all("declined", list(zip(asked, decided, strict=True)), by, reason)
        await door.release(resource.id, *(one.id for one in asked))
        after = await write.raise_sequence(resource, kept, before, decided)
        await series.update(kept)
        if was_promised := [one for one in decided if one.confirmed_at is not None]:  # and then moved
            await tell_series(
                kept, before, after, resource, by, change="shortened", owner=None, touched=was_promised
            )  # fmt: skip
        if never := [one for one in decided if one.confirmed_at is None]:
            await tell_requests(kept, after, never, resource, by, booker="declined", owner=None)
        await offers.offer(resource)
    ring()
    return Made(id, after, [])


async def _requests(
    id: UUID, by: Actor, since: datetime | None
) -> tuple[ResourceSnapshot, Series, list[Booking], Sequence[Booking]]:
    resource, kept, before = await series.lock(id, by)
    refuse_unless_runs(by, before[0])
    asked = [one for one in series.ahead(before, since, resource.now) if one.status == "requested"]
    return resource, kept, before, asked
