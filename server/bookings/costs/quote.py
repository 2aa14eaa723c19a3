"""Tell what a time would cost the one who asks, before it is booked: the same computation, and nothing is taken."""

from uuid import UUID

import msgspec

from server.bookings.capacity import lock
from server.bookings.capacity.occupancy import around
from server.bookings.costs.count import cost_of
from server.bookings.schemas import Units
from server.core.actor import Actor
from server.core.instants import Instant, span
from server.prices.cost import Cost


class NewQuote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time on a resource; whether it is free is not asked."""

    __schema_name__ = "QuoteRequest"
    resource_id: UUID
    starts_at: Instant
    ends_at: Instant
    units: Units = 1


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What it costs now, to be booked with its `gross` as `expected_total`. Without `cost` the owner names no price."""

    cost: Cost | None
    price_rule_id: UUID | None  # none: counted by the resource's price per hour


async def quote(wanted: NewQuote, by: Actor) -> Quote:
    """What the actor's organization would pay. Raises Invalid, NotFound."""
    time = span(wanted.starts_at, wanted.ends_at)
    resource = await lock.read(wanted.resource_id, by.organization_id)
    seen = await lock.look_around(resource, around(time, lock.MARGIN), guest=by)
    priced = cost_of(resource, seen, time, wanted.units, by.organization_id)
    return Quote(cost=priced.cost, price_rule_id=priced.rule_id)
