"""Check out: the time that is left is given back, and the time really used is kept."""

from uuid import UUID

from server.access.acting import acting
from server.bookings.attendance.shorten import shorten
from server.bookings.capacity import revise
from server.bookings.capacity.notify import Guest, guests, tell
from server.bookings.rights import is_colleague, runs
from server.bookings.schemas import Booking
from server.bookings.waitlist import offers
from server.core import errors
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import NotFound
from server.core.spans import Span
from server.outbox.notices import Kind


@rerunning
async def check_out(id: UUID, by: Actor) -> Booking:
    """Finish a booking that is in use. A second time changes nothing. Raises NotFound and WrongState.

    Finished early it ends earlier in every calendar too: another booking may follow at once.
    """
    async with acting(by):
        resource, before = await revise.lock_any(id)
        if not is_colleague(by, before) and not runs(by, before):
            raise NotFound("there is no such booking")
        if before.checked_out_at is not None:
            return before
        if before.status != "in_use":
            raise errors.WrongState("check in first", status_now=before.status)
        end = await shorten(resource, before)
        early = end < before.ends_at
        booking = await revise.write(
            before, "checked_out", by, important=early, status="completed", ends_at=end,
            checked_out_at=resource.now.astimezone(before.starts_at.tzinfo),
        )  # fmt: skip
        if early:
            told: dict[str, tuple[Guest, Kind]] = {
                email: (guest, "finished") for email, guest in guests(booking).items()
            }
            was = Span(before.starts_at, before.ends_at)
            await tell(booking, resource, by, guests=told, owner="owner_finished", before=was)
            await offers.offer(resource)
    ring()
    return booking
