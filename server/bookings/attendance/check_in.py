"""Check in: whoever booked has come."""

import base64
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from server.access.acting import acting
from server.bookings.capacity import lock, revise
from server.bookings.holds import holds
from server.bookings.rights import is_colleague, runs
from server.bookings.schemas import Booking
from server.core import errors, lasting_key
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import Forbidden, NotFound, RuleRefused
from server.core.spans import Span
from server.qualifications.grant import grant_for_attending

CODE_LENGTH = 8  # of base32: 40 bits, and each guess is a request


def code_of(booking_id: UUID) -> str:
    """The code that shows who has come: told to those who booked, typed in by someone at the owner's."""
    digest = hmac.digest(lasting_key.key().encode(), b"check-in " + booking_id.bytes, "sha256")
    return base64.b32encode(digest).decode()[:CODE_LENGTH]


def is_code(given: str, booking_id: UUID) -> bool:
    plain = given.replace("-", "").replace(" ", "").upper()
    return hmac.compare_digest(plain.encode(), code_of(booking_id).encode())


@rerunning
async def check_in(id: UUID, by: Actor, code: str = "") -> Booking:
    """Note that whoever booked has come. A second time changes nothing.

    Raises NotFound, Forbidden, WrongState for what is not confirmed or is over, and RuleRefused when it is too early.
    """
    async with acting(by):
        resource, booking = await revise.lock_any(id)
        _refuse_unless_may(by, booking, code)
        if booking.status == "in_use":
            return booking
        revise.refuse_unless_live(booking, resource.now)
        if booking.status != "confirmed":
            raise errors.WrongState("it is not confirmed yet", status_now=booking.status)
        standing = await lock.stands(resource, booking, Span(booking.starts_at, booking.ends_at))
        rules = resource.rules_at(booking.starts_at, standing.circle)
        _refuse_too_early(booking, resource.now, rules.check_in_from_minutes)
        await holds.end_proposals(resource, id)
        came = resource.now.astimezone(booking.starts_at.tzinfo)
        booking = await revise.write(
            booking, "checked_in", by, important=False, status="in_use", checked_in_at=came
        )  # fmt: skip
        await grant_for_attending(booking)
        await lock.pin(resource, id)  # also who comes before the start sits there now
    return booking


def _refuse_unless_may(by: Actor, booking: Booking, code: str) -> None:
    """Colleagues of the booker may, who runs the resource may, and with the code everyone at the owner's."""
    if is_colleague(by, booking) or runs(by, booking):
        return
    if by.organization_id != booking.owner_id:
        raise NotFound("there is no such booking")
    if not is_code(code, booking.id):
        raise Forbidden("send the code that the guest shows you, or let a manager check in", role=by.role)


def _refuse_too_early(booking: Booking, now: datetime, limit: int) -> None:
    earliest = booking.starts_at - timedelta(minutes=limit)
    if now < earliest:
        passing = earliest.isoformat()
        remedy = f"check in at {passing} or later"
        actual = int((booking.starts_at - now) / timedelta(minutes=1))
        raise RuleRefused(
            remedy, rule="check_in_from_minutes", limit=limit, actual=actual, remedy=remedy, earliest=passing
        )
