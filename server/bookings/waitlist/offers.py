"""Offer what became free to those who wait: the first in line whose rules pass gets a hold, and a mail.

It happens under the resource's lock, in the transaction that frees the time where that is known, and in every round of
the worker for whatever else has changed: a move, a closure, opening hours, a rule, a day that came within the horizon.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog

from server import audit
from server.bookings.capacity import lock
from server.bookings.capacity.occupancy import Occupancy, rule_context
from server.bookings.capacity.quota_reach import counts
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.holds import holds
from server.bookings.holds.holds import Hold
from server.bookings.rules import rules
from server.bookings.rules.audience import without_terms
from server.bookings.rules.lengths import times
from server.bookings.waitlist import waitlist
from server.bookings.waitlist.waitlist import Passed, Place
from server.claims import door
from server.claims.busy import keep_busy
from server.core import db
from server.core.actor import Actor
from server.core.db import transaction
from server.core.errors import DomainError, OutsideOpeningHours, RuleRefused
from server.core.settings import settings
from server.core.spans import Span
from server.outbox.facts import Facts
from server.outbox.notices import Owed, owe

STANDS = timedelta(hours=2)  # for an offer to be answered
LEAST = timedelta(minutes=10)  # what leaves less to answer is not offered
TRIES = 200  # times looked at for one place
MOST = 5  # that a member holds at a time, offers and forms together

# Not waiting for a place that another transaction is about to offer something, nor for who is losing their rights.
OFFERED = """
UPDATE waiting SET status = 'offered' WHERE id = (
    SELECT w.id FROM waiting w JOIN organization o ON o.id = w.organization_id AND o.suspended_at IS NULL
    JOIN member m ON m.id = w.member_id AND m.active JOIN account a ON a.id = m.account_id AND a.locked_at IS NULL
    WHERE w.id = $1 AND w.status = 'waiting'
    FOR KEY SHARE OF o, a, m SKIP LOCKED FOR UPDATE OF w SKIP LOCKED
) RETURNING id
"""
# What is counted over several resources is counted one offer at a time. Organizations are locked before resources, and
# a resource is locked here already: so nobody is waited for.
ONE_AT_A_TIME = "SELECT id FROM organization WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"
IS_LIMITED = "SELECT monthly_minutes IS NOT NULL FROM member WHERE id = $1"
HELD = """
SELECT count(*) FROM hold WHERE member_id = $1 AND kind IN ('form', 'offer') AND ended_at IS NULL AND expires_at > now()
"""
PASSED = """
UPDATE waiting SET status = 'waiting', passed = passed || jsonb_build_array($2::jsonb)
WHERE id = $1 AND status = 'offered' RETURNING organization_id
"""
OVER = """
WITH over AS (
    UPDATE waiting SET status = 'over' WHERE status = 'waiting' AND upper(during) <= now() RETURNING 1
)
SELECT count(*) FROM over
"""
GUEST = """
SELECT a.email, a.name, a.locale, o.name AS organization_name
FROM member m JOIN account a ON a.id = m.account_id JOIN organization o ON o.id = m.organization_id
WHERE m.id = $1
"""

log = structlog.get_logger()


async def offer_freed_time() -> int:
    """Offer free time to those who wait for it. A sweep."""
    done = int(await db.fetchval(OVER))
    for row in await db.fetch(waitlist.LINES):
        try:
            if await _something_fits(await lock.read(row["id"], row["owner_id"])):
                async with transaction():
                    done += await offer(await lock.lock_any(row["id"]))
        except DomainError as refusal:  # busy at this moment
            log.info("not offered in this round", resource=str(row["id"]), reason=str(refusal))
    return done


async def offer(resource: ResourceSnapshot) -> int:
    """Go along the line and hold for each what suits them. Return how many. The resource must be locked."""
    offered = 0
    await keep_busy(resource.id)  # goes before everyone who waits
    for place in await waitlist.line(resource.id):
        if await _first_fit(resource, place) is not None:
            try:
                async with transaction():
                    offered += await _offer(resource, place)
            except DomainError as refusal:
                log.info("cannot be held", place=str(place.id), reason=str(refusal))
    for part in resource.parts:  # locked with it, and freed with it; a whole is locked before its parts: the next round
        offered += await offer(await lock.lock_any(part))
    return offered


async def passed(resource: ResourceSnapshot, hold: Hold, by: Actor | None = None) -> None:
    """Let the place wait on after an offer that was passed or ran out, and offer that time to the next in line.

    The resource must be locked.
    """
    await door.release(resource.id, hold.id)
    what = msgspec.json.encode(Passed(resource.id, hold.starts_at)).decode()
    of = await db.fetchval(PASSED, hold.waiting_id, what)
    was = {"resource_id": resource.id, "starts_at": hold.starts_at}
    await audit.record("passed", "waiting", hold.waiting_id, by, of=of, owner=resource.owner_id, was=was)
    await offer(resource)


async def _something_fits(resource: ResourceSnapshot) -> bool:
    """A look without the lock, which proves nothing: most of the time there is nothing to offer."""
    for place in await waitlist.line(resource.id):
        if await _first_fit(resource, place) is not None:
            return True
    return False


async def _first_fit(resource: ResourceSnapshot, place: Place) -> tuple[Occupancy, Span, datetime] | None:
    """The first time that suits a place and that booking would accept, and until when it can be offered.

    Also beside all that they hold already: what is offered can all be accepted.
    """
    if await db.fetchval(HELD, place.member_id) >= MOST:
        return None
    seen = await lock.look_around(resource, place.during, guest=place, holding=True)
    for tried, time in enumerate(_times(resource, seen, place)):
        asked = without_terms(rule_context(resource, seen, time, place.units, 0))
        until = min(resource.now + STANDS, time.starts_at - timedelta(minutes=asked.rules.lead_minutes))
        if until - resource.now >= LEAST:
            try:
                rules.refuse_unless_allowed(asked)
                return seen, time, until
            except (RuleRefused, OutsideOpeningHours):
                pass
        if tried == TRIES:
            break
    return None


def _times(resource: ResourceSnapshot, seen: Occupancy, place: Place) -> Iterator[Span]:
    """The free times of at least a place's length, without those that meet what was passed."""
    length = timedelta(minutes=place.minutes)
    gone = [Span(one.starts_at, one.starts_at + length) for one in place.passed if one.resource_id == resource.id]
    for window in seen.free(resource, place.units, place.minutes):
        whole = Span(*(one.astimezone(UTC) for one in window.span))  # to count in real time
        for time in times(whole, place.minutes, resource.zone, window.rules):
            if not any(time.meets(one) for one in gone):
                yield time


async def _offer(resource: ResourceSnapshot, place: Place) -> bool:
    """Hold what suits a place by now. Where what is counted is being counted elsewhere: later."""
    spanning = counts(resource) == "owner" or await db.fetchval(IS_LIMITED, place.member_id)
    if spanning and await db.fetchval(ONE_AT_A_TIME, place.organization_id) is None:
        return False
    found = await _first_fit(resource, place)
    if found is None or await db.fetchval(OFFERED, place.id) is None:
        return False
    seen, time, until = found
    made = await holds.keep(
        resource, seen, time, place.units, kind="offer", organization_id=place.organization_id,
        member_id=place.member_id, expires_at=until, waiting_id=place.id,
    )  # fmt: skip
    became = {"resource_id": resource.id, "starts_at": made.starts_at, "ends_at": made.ends_at, "until": until}
    await audit.record(
        "offered", "waiting", place.id, None, of=place.organization_id, owner=resource.owner_id, became=became
    )
    guest: Any = await db.fetchrow(GUEST, place.member_id)
    now = resource.now.replace(microsecond=0)
    facts = Facts(
        booking_id=place.id,
        uid=f"{place.id}@{urlsplit(settings().base_url).hostname}",
        sequence=0,
        version=len(place.passed) + 1,  # a mail of its own for each offer
        stamp=now,
        created=now,
        status="requested",
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        units=place.units,
        purpose="",
        resource_id=resource.id,
        resource_name=resource.name,
        resource_name_en=resource.name_en,
        place=resource.place,
        time_zone=resource.time_zone,
        owner_name=resource.owner_name,
        organization_name=guest["organization_name"],
        booker_name=guest["name"],
        booker_email=guest["email"],
        recipient_name=guest["name"],
        valid_until=until,
    )
    await owe([Owed("offered", guest["email"], guest["locale"], facts)])
    return True
