"""Who is notified of a change: the booker and each attendee, one by one, and those who run the resource."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from server.bookings.capacity.booking_facts import facts_of
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.schemas import Booking
from server.core import db
from server.core.actor import Actor
from server.core.spans import Span
from server.outbox.facts import Facts
from server.outbox.notices import Kind, Owed, owe

PEOPLE = """
SELECT a.email, a.name, a.locale, true AS runs
FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND m.role IN ('admin', 'manager') AND a.id IS DISTINCT FROM $2
  AND (NOT m.named_only OR m.role = 'admin'
       OR EXISTS (SELECT FROM member_resource mr WHERE mr.member_id = m.id AND mr.resource_id = $4))
UNION ALL
SELECT email, name, locale, false FROM account WHERE email = ANY($3)
"""


UNINVITED: tuple[Kind, ...] = ("cancelled", "handed_over", "passed_on")
LOCALE = "zh-CN"  # of whom we know nothing


class Guest(msgspec.Struct, frozen=True):
    """Someone to whom the booking is sent."""

    email: str
    name: str


def guests(booking: Booking) -> dict[str, Guest]:
    """The booker and the attendees, by mail address."""
    people = {a.email.lower(): Guest(a.email, a.name) for a in booking.attendees}
    return {booking.booker_email: Guest(booking.booker_email, booking.booker_name)} | {
        key: guest for key, guest in people.items() if key != booking.booker_email
    }


def invited(booking: Booking) -> dict[str, Guest]:
    """Whose calendar holds the booking: who asks for it at once, as tentative; the others when it was promised once."""
    everyone = guests(booking)
    return everyone if booking.confirmed_at is not None else {booking.booker_email: everyone[booking.booker_email]}


async def tell(
    booking: Booking,
    resource: ResourceSnapshot,
    by: Actor | None,
    *,
    guests: dict[str, tuple[Guest, Kind]],
    owner: Kind | None,
    before: Span | None = None,
    valid_until: datetime | None = None,
    stamp: datetime | None = None,
    instead: Sequence[Span] = (),
) -> None:
    """Owe a notice to each guest and, when `owner` names a kind, to those who run the resource (not to the actor).

    What the program does by itself has no actor. `stamp` dates a notice that tells of no change; `instead` are other
    times for the guests.
    """
    rows = await db.fetch(PEOPLE, resource.owner_id, by and by.account_id, list(guests), resource.id)
    locales = {row["email"]: row["locale"] for row in rows if not row["runs"]}
    default = locales.get(booking.booker_email, by.locale if by else LOCALE)
    facts = msgspec.structs.replace(facts_of(booking, resource, before), valid_until=valid_until)
    if stamp is not None:
        facts = msgspec.structs.replace(facts, stamp=stamp.replace(microsecond=0))
    for_guests = msgspec.structs.replace(facts, instead=tuple(instead))
    notices = [
        Owed(kind, guest.email, locales.get(email, default), _for(for_guests, guest.name, kind))
        for email, (guest, kind) in guests.items()
    ]
    if owner is not None:
        notices += [
            Owed(owner, row["email"], row["locale"], _for(facts, row["name"], owner)) for row in rows if row["runs"]
        ]
    await owe(notices)


def _for(facts: Facts, name: str, kind: Kind) -> Facts:
    """The facts for one recipient. Whoever is uninvited sees the booking cancelled, whatever it is for the others."""
    uninvited = kind in UNINVITED and facts.status not in ("cancelled", "declined")
    return msgspec.structs.replace(facts, recipient_name=name, **({"status": "cancelled"} if uninvited else {}))
