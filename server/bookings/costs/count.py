"""What a time on a resource costs a guest, by the rules that stand when it is asked. Pure.

An owner owes itself nothing, unless it has set a price for its own circle.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from server.bookings.capacity.occupancy import Occupancy
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.schemas import Booking
from server.core.errors import PriceChanged
from server.core.spans import Span
from server.prices.asked import Asked
from server.prices.choose import choose
from server.prices.compute import compute
from server.prices.cost import Cost
from server.prices.schemas import PriceRule
from server.resources.rules.schemas import Circle


class Priced(NamedTuple):
    """A cost, and the rule it was counted by: none where the resource has only a price per hour."""

    cost: Cost | None = None
    rule_id: UUID | None = None


def cost_of(
    resource: ResourceSnapshot, seen: Occupancy, wanted: Span, units: int, guest: UUID, *,
    kept: UUID | None = None, made: datetime | None = None,
) -> Priced:  # fmt: skip
    """What it costs, or nothing where the owner names no price.

    `kept` is the rule that a booking was made by, which goes on to hold as long as it stands; `made` is when.
    """
    circle: Circle = "own" if guest == resource.owner_id else seen.guest.circle
    found = next((one for one in resource.prices if one.id == kept), None)
    found = found or choose(resource.prices, mode="self", guest=guest, circle=circle, at=resource.now)
    if circle == "own" and (found is None or found.circle != "own"):
        return Priced()
    rule = found.rule if found else _per_hour(resource)
    if rule is None:
        return Priced()
    days_off = frozenset(day for day, worked_like in seen.holidays.items() if worked_like is None)
    notice = wanted.starts_at - (made or resource.now)
    asked = Asked(wanted, resource.time_zone, units=units, notice=notice, holidays=days_off)
    return Priced(compute(rule, asked), found.id if found else None)


def recounted(resource: ResourceSnapshot, seen: Occupancy, before: Booking, time: Span, units: int) -> dict[str, Any]:
    """The fields of a booking that say what it costs, at another time: by its own rule as long as that stands."""
    made, kept = before.created_at, before.price_rule_id
    priced = cost_of(resource, seen, time, units, before.organization_id, kept=kept, made=made)
    return {"cost": priced.cost, "price_rule_id": priced.rule_id}


def refuse_unless_costs(expected: Decimal | None, cost: Cost | None) -> None:
    """Raise PriceChanged with the lines where it costs otherwise than the guest was shown."""
    if expected is not None and expected != (cost.gross if cost else None):
        detail = "it costs otherwise by now; look at `cost`, and send its `gross` as `expected_total` to agree"
        raise PriceChanged(detail, cost=msgspec.to_builtins(cost))


def _per_hour(resource: ResourceSnapshot) -> PriceRule | None:
    if resource.price_per_hour is None or not resource.currency:
        return None
    return PriceRule(currency=resource.currency, unit="hour", amount=resource.price_per_hour)
