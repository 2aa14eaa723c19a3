"""Leave a booking that is under way, or one to which somebody came too early: what was used stays, the rest is free."""

from collections.abc import Sequence

from server.bookings.attendance.shorten import shorten
from server.bookings.capacity import revise
from server.bookings.capacity.notify import Guest, guests, invited, tell
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.schemas import Booking
from server.claims import door
from server.core.actor import Actor
from server.core.spans import Span
from server.outbox.notices import Kind


async def leave(
    resource: ResourceSnapshot, before: Booking, by: Actor, reason: str = "", *, at_once: bool = False
) -> Booking:
    """End a booking that has begun. The resource must be locked; what becomes free is for the caller to offer.

    Ended early it ends earlier in every calendar too; `at_once`: to the second, for something else takes the time.
    """
    end = await shorten(resource, before, at_once=at_once)
    early = end < before.ends_at
    booking = await revise.write(
        before, "checked_out", by, important=early, why=reason, status="completed", ends_at=end, due_at=None,
        checked_out_at=resource.now.astimezone(before.starts_at.tzinfo),
    )  # fmt: skip
    if early:
        told: dict[str, tuple[Guest, Kind]] = {email: (guest, "finished") for email, guest in guests(booking).items()}
        was = Span(before.starts_at, before.ends_at)
        await tell(booking, resource, by, guests=told, owner="owner_finished", before=was)
    return booking


async def give_back(
    resource: ResourceSnapshot, before: Booking, by: Actor, reason: str = "", instead: Sequence[Span] = ()
) -> Booking:
    """Cancel a booking that has not begun: nothing of it was used. The resource must be locked."""
    booking = await revise.write(
        before, "cancelled", by, important=True, status="cancelled", reason=reason, unit_numbers=[]
    )
    await door.release(resource.id, before.id)
    promised = booking.confirmed_at is not None
    kind: Kind = "cancelled" if promised else "withdrawn"
    told: dict[str, tuple[Guest, Kind]] = {email: (guest, kind) for email, guest in invited(booking).items()}
    owner: Kind = "owner_cancelled" if promised else "owner_withdrawn"
    await tell(booking, resource, by, guests=told, owner=owner, instead=instead)
    return booking
