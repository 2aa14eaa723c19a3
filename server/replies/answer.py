"""Take an answer over: record it for each booking it is about, and do what it asks for under the resource's rules."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server import audit
from server.access.acting import stand_for
from server.access.authentication import member
from server.bookings.capacity import lock, views
from server.bookings.capacity.booking_facts import invited_uid
from server.bookings.capacity.notify import guests, invited
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.lifecycle import cancel
from server.bookings.schemas import Booking
from server.bookings.series.cancel import cancel_series
from server.bookings.waitlist import offers
from server.calendars import reply_address
from server.core import db
from server.core.actor import Actor
from server.core.db import transaction
from server.core.errors import BusyTryAgain, DomainError
from server.replies.itip import Answer
from server.replies.tell import tell

# Bookings that an invitation was about: one, or those of a series.
INVITED = f"{views.SELECT} WHERE b.id = $1 OR b.series_id = $1 ORDER BY b.recurrence_id, b.id"
# An older answer never takes the place of a newer one (RFC 5546 2.1.5).
TAKE = """
INSERT INTO attendance_answer AS kept (resource_id, booking_id, email, answer, sequence, stamp)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (resource_id, booking_id, email)
DO UPDATE SET answer = excluded.answer, sequence = excluded.sequence, stamp = excluded.stamp, answered_at = now()
WHERE (excluded.sequence, excluded.stamp) >= (kept.sequence, kept.stamp)
RETURNING answer
"""
BEFORE = "SELECT answer FROM attendance_answer WHERE resource_id = $1 AND booking_id = $2 AND email = $3"

ANSWERS = {"ACCEPTED": "accepted", "TENTATIVE": "tentative", "DECLINED": "declined"}
STANDING = ("requested", "confirmed", "in_use")
REASON = "declined in the calendar"  # of a cancellation, for the other side


class Matched(msgspec.Struct, frozen=True):
    """Who answers, and about what."""

    email: str
    said: str  # PARTSTAT
    resource: ResourceSnapshot
    bookings: list[Booking]


async def answer(given: Answer, shown: frozenset[str], sender: str, *, counter: bool) -> str:
    """Take one answer over, in the current transaction, and say what became of it.

    It counts for whose token was `shown`, or for the `sender` whose address the own mail server vouches for.
    """
    found = await _match(given, shown, sender)
    if isinstance(found, str):
        return found
    current = [one for one in found.bookings if not is_stale(given, one)]
    if counter:
        if not current:
            return "stale"
        guest = guests(current[0])[found.email]
        known: dict[str, Any] = {"answered_by": found.email, "stamp": found.resource.now}
        await tell("counter_declined", guest, current[0], found.resource, **known)
        return "counter-declined"
    if found.said not in ANSWERS:
        return "no-answer"
    fresh = [one for one in current if await _take(one, found, given)]
    if not fresh:
        return "stale"
    if found.said == "DECLINED":
        return await _declined(fresh, found, whole=given.occurrence is None and len(fresh) == len(found.bookings))
    return ANSWERS[found.said]


def is_stale(given: Answer, booking: Booking) -> bool:
    """Whether it answers what is no longer so: the time has changed since, and was asked about anew."""
    return given.sequence < booking.sequence


async def _match(given: Answer, shown: frozenset[str], sender: str) -> Matched | str:
    """Find who answers and which bookings that stand it is about; else say what is wrong."""
    id = _id_in(given.uid)
    rows = await db.fetch(INVITED, id) if id else []
    if not rows or invited_uid(views.booking_of(rows[0])) != given.uid:
        return "unknown-booking"
    proven = [one for one in given.attendees if one[0] == sender or reply_address.proves(shown, given.uid, one[0])]
    if len(proven) != 1:
        return "no-proof"
    email, said = proven[0]
    await stand_for(rows[0]["member_id"])  # as whom a no cancels
    resource = await lock.lock_of_booking(rows[0]["id"])
    bookings = [views.booking_of(row) for row in await db.fetch(INVITED, id)]
    asked = [one for one in bookings if email in invited(one)]
    if not asked:
        return "not-invited"
    zone = ZoneInfo(resource.time_zone)
    meant = [
        one for one in asked
        if one.status in STANDING and one.ends_at > resource.now
        and (given.occurrence is None or given.occurrence.means(one.recurrence_id or one.starts_at, zone))
    ]  # fmt: skip
    return Matched(email, said, resource, meant) if meant else "over"


def _id_in(uid: str) -> UUID | None:
    try:
        return UUID(uid.partition("@")[0])
    except ValueError:
        return None


async def _take(booking: Booking, found: Matched, given: Answer) -> bool:
    """Record it, unless a newer one is known; a member's own is in the audit log as theirs."""
    key = booking.resource_id, booking.id, found.email
    before = await db.fetchval(BEFORE, *key)
    said = ANSWERS[found.said]
    if await db.fetchval(TAKE, *key, said, booking.sequence, given.stamp) is None:
        return False
    if said != before:
        by = await _booker(booking) if found.email == booking.booker_email.lower() else None
        who: dict[str, Any] = {"email": found.email}
        await audit.record(
            "answered", "booking", booking.id, by, of=booking.organization_id, owner=booking.owner_id,
            was={"answer": before}, became={"answer": said, **who},
        )  # fmt: skip
    return True


async def _booker(booking: Booking) -> Actor | None:
    return await member(booking.member_id)


async def _declined(bookings: list[Booking], found: Matched, *, whole: bool) -> str:
    """Cancel for the booker, if the rules let them; tell the booker of a guest who does not come."""
    first = bookings[0]
    booker = guests(first)[first.booker_email]
    known: dict[str, Any] = {"answered_by": found.email, "stamp": found.resource.now}
    if found.email != first.booker_email.lower():
        await tell("guest_declined", booker, first, found.resource, **known)
        return "declined"
    actor = await _booker(first)
    if actor is None:
        return "no-member"
    try:
        async with transaction():
            if first.series_id and whole:
                await cancel_series(first.series_id, actor, reason=REASON)
            else:
                for one in bookings:
                    await cancel.give_up(one.id, actor, REASON)
                await offers.offer(found.resource)
    except BusyTryAgain:
        raise
    except DomainError as refusal:
        await tell("decline_refused", booker, first, found.resource, refused=refusal, **known)
        return "decline-refused"
    return "cancelled"
