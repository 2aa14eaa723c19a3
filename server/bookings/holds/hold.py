"""Hold a time for a few minutes, while someone fills in the form."""

from datetime import timedelta
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.bookings.capacity import alternatives, lock
from server.bookings.capacity.occupancy import around, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.holds import holds
from server.bookings.holds.holds import Hold
from server.bookings.rules import rules
from server.bookings.rules.audience import without_terms
from server.bookings.schemas import UnitNumbers, Units, count_units
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import RuleRefused, SlotTaken
from server.core.instants import Instant, span
from server.core.spans import Span

FORM = timedelta(minutes=10)  # enough to fill in a form, too short to keep others away
MOST = 5  # holds of a member at a time, over all resources

# Two holds of one member count each other. Taken before the resource, and by nothing else that also locks a resource.
MEMBER = "SELECT id FROM member WHERE id = $1 FOR NO KEY UPDATE"
STANDING = (
    "SELECT count(*) FROM hold WHERE member_id = $1 AND kind = 'form' AND ended_at IS NULL AND expires_at > now()"
)


class NewHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time to keep for a few minutes."""

    resource_id: UUID
    starts_at: Instant
    ends_at: Instant
    units: Units = 1
    unit_numbers: UnitNumbers = []  # these and no others

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "units", count_units(self.units, self.unit_numbers))


@rerunning
async def hold(wanted: NewHold, by: Actor) -> Hold:
    """Keep a time as booking it would take it. Raises what booking raises, and RuleRefused for too many holds."""
    time = span(wanted.starts_at, wanted.ends_at)
    try:
        async with acting(by):
            return await _hold(wanted, time, by)
    except SlotTaken:
        resource = await lock.read(wanted.resource_id, by.organization_id)
        raise await alternatives.taken(resource, time, wanted.units, guest=by, asked=wanted.unit_numbers) from None


async def _hold(wanted: NewHold, time: Span, by: Actor) -> Hold:
    await db.execute(MEMBER, by.member_id)
    resource: ResourceSnapshot = (await lock.lock({wanted.resource_id}, by.organization_id))[wanted.resource_id]
    standing = await db.fetchval(STANDING, by.member_id)
    if standing >= MOST:
        remedy = f"give one of your {MOST} holds back, or wait until one is over"
        raise RuleRefused(remedy, rule="live_holds", limit=MOST, actual=standing + 1, remedy=remedy)
    seen = await lock.look_around(resource, around(time, lock.MARGIN), guest=by)
    rules.refuse_unless_allowed(without_terms(rule_context(resource, seen, time, wanted.units, 0)))
    kept = await holds.keep(
        resource, seen, time, wanted.units, kind="form", organization_id=by.organization_id, member_id=by.member_id,
        expires_at=resource.now + FORM, asked=wanted.unit_numbers,
    )  # fmt: skip
    became = {"resource_id": resource.id, "starts_at": kept.starts_at, "ends_at": kept.ends_at, "units": kept.units}
    await audit.record("held", "hold", kept.id, by, of=by.organization_id, owner=resource.owner_id, became=became)
    return kept
