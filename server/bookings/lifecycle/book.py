"""Book resources: lock them, ask the rules, take the time, owe the notices. All items or none."""

from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Range

from server.access.acting import acting
from server.bookings.capacity import alternatives, booking_rows, lock
from server.bookings.capacity.history import record
from server.bookings.capacity.notify import Guest, guests, tell
from server.bookings.capacity.occupancy import Occupancy, around, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.unit_names import names_of
from server.bookings.costs.count import Priced, cost_of, refuse_unless_costs
from server.bookings.holds import holds
from server.bookings.rules import rules
from server.bookings.rules.audience import without_terms
from server.bookings.rules.context import RuleContext
from server.bookings.rules.rules import needs_approval
from server.bookings.schemas import Booking, Wanted, details_of
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import DomainError, SlotTaken
from server.core.ids import new_id
from server.core.instants import span
from server.core.settings import settings
from server.core.spans import Span
from server.outbox.notices import Kind
from server.resources.terms import accept

# Whether so much is taken that the wanted units cannot be free: a cheap look without the lock, which proves nothing.
TAKEN = """
SELECT (upper($2::tstzrange) - lower($2)) * (r.units - $3) < (
    SELECT sum(upper(c.during * $2) - lower(c.during * $2)) FROM claim c
    WHERE c.resource_id = $1 AND c.released_at IS NULL AND c.during && $2
      AND (c.expires_at IS NULL OR c.expires_at > now())
)
FROM resource r WHERE r.id = $1 AND r.units >= $3
"""


@rerunning
async def book(items: list[Wanted], by: Actor) -> list[Booking]:
    """Reserve every item for the actor's organization, or none.

    Raises NotFound, RuleRefused or OutsideOpeningHours with the remedy, SlotTaken with the nearest free times, and
    PriceChanged where one expects another total.
    """
    spans = [span(item.starts_at, item.ends_at) for item in items]
    try:
        await _refuse_early(items, spans)
        async with acting(by):
            bookings = await _book(items, spans, by)
    except SlotTaken as refusal:
        raise await _with_offer(refusal, items, by) from None
    ring()
    return bookings


async def _refuse_early(items: list[Wanted], spans: list[Span]) -> None:
    for index, (item, wanted) in enumerate(zip(items, spans, strict=True)):
        if item.hold_id is None and await db.fetchval(TAKEN, item.resource_id, Range(*wanted), item.units):
            raise SlotTaken(item=index)


async def _with_offer(refusal: SlotTaken, items: list[Wanted], by: Actor) -> SlotTaken:
    """Say what the time meets and what would work; in a group, for which item."""
    index = refusal.members["item"]
    item = items[index]
    resource = await lock.read(item.resource_id, by.organization_id)
    wanted = span(item.starts_at, item.ends_at)
    offered = await alternatives.taken(resource, wanted, item.units, guest=by, asked=item.unit_numbers)
    if len(items) > 1:
        offered.members["item"] = index
    return offered


async def _book(items: list[Wanted], spans: list[Span], by: Actor) -> list[Booking]:
    resources = await lock.lock({item.resource_id for item in items}, by.organization_id)
    group_id = new_id() if len(items) > 1 else None
    booked: dict[int, Booking] = {}
    # Who asks for units by number chooses first: the others take any.
    for index in sorted(range(len(items)), key=lambda index: not items[index].unit_numbers):
        item = items[index]
        try:
            booked[index] = await _book_one(item, spans[index], resources[item.resource_id], by, group_id)
        except DomainError as refusal:
            refusal.members["item"] = index
            raise
    return [booked[index] for index in range(len(items))]


async def _book_one(
    item: Wanted, wanted: Span, resource: ResourceSnapshot, by: Actor, group_id: UUID | None
) -> Booking:
    if item.hold_id is not None:
        await holds.use(item.hold_id, resource, by)
    seen = await lock.look_around(resource, around(wanted, lock.MARGIN), guest=by)
    asked = ask(item, wanted, resource, seen, by)
    rules.refuse_unless_allowed(asked)
    if asked.terms is not None and asked.accepts == asked.terms:
        await accept(resource.id, resource.owner_id, asked.terms, by)
    priced = cost_of(resource, seen, wanted, item.units, by.organization_id)
    refuse_unless_costs(item.expected_total, priced.cost)
    booking = new(item, resource, by, group_id, needs_approval(asked), priced)
    await booking_rows.insert([booking])
    booking.unit_numbers = await lock.choose_and_take(
        resource, seen, wanted, item.units, "booking", booking_id=booking.id, asked=item.unit_numbers
    )
    booking.unit_names = await names_of(resource, booking.unit_numbers)
    await record("booked", booking, by)
    invited = guests(booking)
    if booking.confirmed_at is not None:
        everyone: dict[str, tuple[Guest, Kind]] = {email: (guest, "confirmed") for email, guest in invited.items()}
        await tell(booking, resource, by, guests=everyone, owner="owner_confirmed")
    else:
        booker: dict[str, tuple[Guest, Kind]] = {by.email: (invited[by.email], "requested")}
        await tell(booking, resource, by, guests=booker, owner="owner_requested")
    return booking


def ask(item: Wanted, wanted: Span, resource: ResourceSnapshot, seen: Occupancy, by: Actor) -> RuleContext:
    """What the rules are asked about an item."""
    asked = rule_context(resource, seen, wanted, item.units, len(item.attendees), item.accept_terms)
    return without_terms(asked) if by.runs(resource.owner_id, resource.id) else asked


def new(
    item: Wanted, resource: ResourceSnapshot, by: Actor, group_id: UUID | None, approval: bool, priced: Priced
) -> Booking:
    """A booking by the resource's rules: confirmed at once, or requested. Who runs the resource needs no approval."""
    zone = ZoneInfo(resource.time_zone)
    now = resource.now.replace(microsecond=0)
    confirmed = by.runs(resource.owner_id, resource.id) or not approval
    id = new_id()
    return Booking(
        id=id,
        resource_id=resource.id,
        resource_name=resource.name,
        owner_id=resource.owner_id,
        owner_name=resource.owner_name,
        organization_id=by.organization_id,
        organization_name=by.organization_name,
        member_id=by.member_id,
        booker_name=by.name,
        booker_email=by.email,
        group_id=group_id,
        status="confirmed" if confirmed else "requested",
        starts_at=item.starts_at.astimezone(zone),
        ends_at=item.ends_at.astimezone(zone),
        time_zone=resource.time_zone,
        units=item.units,
        unit_numbers=[],
        uid=f"{id}@{urlsplit(settings().base_url).hostname}",
        sequence=0,
        version=1,
        reason="",
        created_at=now,
        due_at=None if confirmed else resource.due_at(item.starts_at),
        confirmed_at=now if confirmed else None,
        revised_at=now,
        cost=priced.cost,
        price_rule_id=priced.rule_id,
        **details_of(item),
    )
