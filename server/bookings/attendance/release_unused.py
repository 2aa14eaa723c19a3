"""No-shows are released; what is over is completed. Sweeps, by the database clock."""

from asyncpg import Record

from server.bookings.attendance.shorten import shorten
from server.bookings.attendance.strikes import strike
from server.bookings.capacity import revise
from server.bookings.capacity.notify import Guest, guests, tell
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.holds import holds
from server.bookings.schemas import Booking
from server.bookings.waitlist import offers
from server.core import db
from server.core.db import transaction
from server.core.due import each_due
from server.core.spans import Span
from server.outbox.notices import Kind
from server.qualifications.grant import grant_for_attending

# What rules_at() tells, for one rule: said of the resource or its organization, over it what the newest override says
# for the local day of the start, and over both what is said of the guest's circle.
_SAID = """coalesce((
    SELECT v.rules -> '{rule}' FROM rule_override v
    WHERE v.resource_id = r.id AND v.rules ? '{rule}'
      AND (b.starts_at AT TIME ZONE r.time_zone)::date BETWEEN v.first_day AND v.last_day
    ORDER BY v.id DESC LIMIT 1
), (o.rules || r.rules) -> '{rule}')"""
_CIRCLE = """CASE
    WHEN b.organization_id = r.owner_id THEN 'own'
    WHEN EXISTS (SELECT FROM partner p WHERE p.owner_id = r.owner_id AND p.organization_id = b.organization_id)
        THEN 'partners'
    WHEN EXISTS (SELECT FROM organization g
                 WHERE g.id = b.organization_id AND g.kind = 'sme' AND g.verified_at IS NOT NULL) THEN 'verified_smes'
    ELSE 'everyone'
END"""
_PART = f"({_SAID.format(rule='for_audience')} -> {_CIRCLE})"
_RULE = f"((CASE WHEN {_PART} ? '{{rule}}' THEN {_PART} -> '{{rule}}' ELSE {_SAID} END) #>> '{{{{}}}}')"
_DEMANDED = f"coalesce({_RULE.format(rule='check_in_required')}::boolean, false)"
_RELEASED_AFTER = f"make_interval(mins => {_RULE.format(rule='release_after_minutes')}::int)"
_BEGUN = f"""
SELECT b.id, {_DEMANDED} AS demanded
FROM booking b
JOIN resource r ON r.id = b.resource_id
JOIN organization o ON o.id = r.owner_id
WHERE b.status IN ('confirmed', 'in_use') AND b.starts_at <= now()
"""
_UNUSED = f"""{_BEGUN}
  AND b.status = 'confirmed' AND b.ends_at > now() AND {_DEMANDED} AND b.starts_at + {_RELEASED_AFTER} <= now()
"""
_OVER = f"{_BEGUN} AND b.ends_at <= now()"

UNUSED = f"{_UNUSED} ORDER BY b.starts_at, b.id LIMIT $1"
OVER = f"{_OVER} ORDER BY b.ends_at, b.id LIMIT $1"
IS_UNUSED = f"{_UNUSED} AND b.id = $1"
IS_OVER = f"{_OVER} AND b.id = $1"


async def release_unused() -> int:
    """Release bookings that demand a check-in and had none in time: no shows, whose rest is free for others."""
    return await each_due(UNUSED, _release)


async def complete_over() -> int:
    """Complete bookings that are over; those that demand a check-in and had none are no shows."""
    return await each_due(OVER, _complete)


async def _release(due: Record) -> bool:
    async with transaction():
        resource, before = await revise.lock_any(due["id"])
        if not await db.fetchval(IS_UNUSED, before.id):
            return False
        end = await shorten(resource, before)
        freed = end < before.ends_at
        booking = await revise.write(before, "missed", None, important=freed, status="no_show", ends_at=end)
        await _tell_missed(before, booking, resource)
        await strike("no_show", booking, resource)
        if freed:
            await offers.offer(resource)
    return True


async def _complete(due: Record) -> bool:
    async with transaction():
        resource, booking = await revise.lock_any(due["id"])
        over = await db.fetchrow(IS_OVER, booking.id)
        if over is None:
            return False
        await holds.end_proposals(resource, booking.id)
        if booking.status == "confirmed" and over["demanded"]:
            missed = await revise.write(booking, "missed", None, important=False, status="no_show")
            await _tell_missed(booking, missed, resource)
            await strike("no_show", missed, resource)
        else:
            completed = await revise.write(booking, "completed", None, important=False, status="completed")
            await grant_for_attending(completed)
    return True


async def _tell_missed(before: Booking, booking: Booking, resource: ResourceSnapshot) -> None:
    """Tell everyone whose calendar changes; when no time was given back, only the booker."""
    invited = guests(booking)
    if booking.ends_at == before.ends_at:
        booker: dict[str, tuple[Guest, Kind]] = {booking.booker_email: (invited[booking.booker_email], "missed")}
        await tell(booking, resource, None, guests=booker, owner=None)
        return
    told: dict[str, tuple[Guest, Kind]] = {email: (guest, "released") for email, guest in invited.items()}
    was = Span(before.starts_at, before.ends_at)
    await tell(booking, resource, None, guests=told, owner="owner_released", before=was)
