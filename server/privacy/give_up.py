"""Give up what a person has ahead: their bookings, holds and places in wait lists, by the verbs that everyone uses."""

from uuid import UUID

from server.access.authentication import actor
from server.bookings.lifecycle.cancel import cancel
from server.bookings.lifecycle.give_back_hold import give_back
from server.bookings.series.cancel import cancel_series
from server.bookings.waitlist.wait import leave
from server.core import db
from server.core.actor import ACTING, Actor
from server.core.errors import Conflict, Forbidden, Refused

MEMBERSHIPS = f"""
SELECT {ACTING}, '{{}}'::text[] AS scopes, NULL::uuid AS key
FROM member m JOIN account a ON a.id = m.account_id JOIN organization o ON o.id = m.organization_id
WHERE m.account_id = $1 ORDER BY m.id
"""
AHEAD = """
SELECT id, series_id FROM booking
WHERE member_id = $1 AND status IN ('requested', 'confirmed') AND starts_at > now() ORDER BY starts_at, id
"""
HOLDS = "SELECT id FROM hold WHERE member_id = $1 AND kind = 'form' AND ended_at IS NULL"
PLACES = "SELECT id FROM waiting WHERE member_id = $1 AND status IN ('waiting', 'offered')"

REFUSALS = (Conflict, Forbidden, Refused)  # by rules; that the system is busy is none


async def give_up(account_id: UUID) -> list[UUID]:
    """Cancel what lies ahead. Return the bookings that their owner's rules do not let go any more: those stay."""
    kept: list[UUID] = []
    for row in await db.fetch(MEMBERSHIPS, account_id):
        by = actor(row)
        for hold in await db.fetch(HOLDS, by.member_id):
            await give_back(hold["id"], by)
        for place in await db.fetch(PLACES, by.member_id):
            await leave(place["id"], by)
        await _cancel_series(by)
        for booking in await db.fetch(AHEAD, by.member_id):
            try:
                await cancel(booking["id"], by)
            except REFUSALS:
                kept.append(booking["id"])
    return kept


async def _cancel_series(by: Actor) -> None:
    """Each series at once, so that one mail tells of it. What that refuses is tried one by one."""
    for id in dict.fromkeys(row["series_id"] for row in await db.fetch(AHEAD, by.member_id) if row["series_id"]):
        try:
            await cancel_series(id, by)
        except REFUSALS:
            continue
