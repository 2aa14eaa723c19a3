"""Which rule holds for a guest: that for them by name, then of the nearest circle, then of the owner. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from server.prices.rounding import to_digits
from server.prices.schemas import Mode, PriceRule
from server.resources.rules.schemas import CIRCLES, Circle


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it stands: whose it is, for whom, and from when until when. Never changed; a change is a new one."""

    __schema_name__ = "Price"
    id: UUID
    resource_id: UUID | None  # None: for all resources of the owner that have none of their own
    partner_id: UUID | None  # for one organization, or
    circle: Circle  # for a circle and all within it
    rule: PriceRule
    valid_from: datetime
    valid_to: datetime | None


def choose(kept: Iterable[Kept], *, mode: Mode, guest: UUID | None, circle: Circle, at: datetime) -> Kept | None:
    """The rule for a guest's organization that stands in this circle, at this time; None: the owner names no price."""
    fit = [one for one in kept if one.rule.mode == mode and _valid(one, at) and _is_for(one, guest, circle)]
    return min(fit, key=_nearness, default=None)


def _valid(one: Kept, at: datetime) -> bool:
    return one.valid_from <= at and (one.valid_to is None or at < one.valid_to)


def _is_for(one: Kept, guest: UUID | None, circle: Circle) -> bool:
    if one.partner_id is not None:
        return one.partner_id == guest
    return CIRCLES.index(circle) <= CIRCLES.index(one.circle)


def _nearness(one: Kept) -> tuple[Any, ...]:
    return (one.partner_id is None, CIRCLES.index(one.circle), one.resource_id is None, -one.valid_from.timestamp())


def percent_of(rule: PriceRule, percent: Decimal) -> PriceRule:
    """The same rule at so many percent of each of its amounts: twice the price for those from outside is 200."""

    def of(amount: Decimal) -> Decimal:
        return to_digits(Fraction(amount) * Fraction(percent) / 100, 6).normalize()

    def each(parts: Any) -> Any:
        return tuple(replace(part, amount=of(part.amount)) for part in parts)

    return replace(
        rule,
        amount=of(rule.amount),
        start_up=of(rule.start_up),
        first=rule.first and replace(rule.first, amount=of(rule.first.amount)),
        bands=each(rule.bands),
        tiers=rule.tiers and replace(rule.tiers, tiers=each(rule.tiers.tiers)),
        caps=tuple(cap if cap.amount is None else replace(cap, amount=of(cap.amount)) for cap in rule.caps),
        add_ons=each(rule.add_ons),
        floor=of(rule.floor),
        ceiling=None if rule.ceiling is None else of(rule.ceiling),
    )
