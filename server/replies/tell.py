"""Mails that follow from an answer. Each is owed once for a revision: two programs cannot talk for ever."""

from datetime import datetime

from msgspec.structs import replace

from server.bookings.capacity.booking_facts import facts_of
from server.bookings.capacity.notify import LOCALE, Guest
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.schemas import Booking
from server.core import db
from server.core.errors import DomainError
from server.outbox.notices import Kind, Owed, owe
from server.web.refusal_texts import refusal

ACCOUNT = "SELECT locale FROM account WHERE email = lower($1)"
TOLD = """
SELECT EXISTS (SELECT FROM notice WHERE booking_id = $1 AND recipient = $2 AND kind = $3
    AND facts ->> 'answered_by' = $4 AND (facts ->> 'version')::int = $5)
"""


async def tell(
    kind: Kind, to: Guest, booking: Booking, resource: ResourceSnapshot, *, answered_by: str, stamp: datetime,
    refused: DomainError | None = None,
) -> None:  # fmt: skip
    """Owe one mail, unless it was owed before for this revision. In the current transaction."""
    known = booking.series_id or booking.id, to.email, kind, answered_by, booking.version
    if await db.fetchval(TOLD, *known):
        return
    locale = await db.fetchval(ACCOUNT, to.email) or await db.fetchval(ACCOUNT, booking.booker_email) or LOCALE
    facts = replace(
        facts_of(booking, resource),
        recipient_name=to.name,
        answered_by=answered_by,
        stamp=stamp.replace(microsecond=0),
        reason=refusal(refused, locale, resource.time_zone) if refused else booking.reason,
    )
    await owe([Owed(kind, to.email, locale, facts)])
