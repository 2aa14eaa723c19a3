"""What an owner says that a booking costs: one rule, with all that price lists of this trade say. Pure.

Amounts are decimals in the rule's currency: money with at most six decimals (a price per second is small), a percentage
with at most four. Durations are minutes unless said otherwise.
"""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.core.text import Line
from server.prices.units import OWN_LENGTH, SECONDS, TIME_UNITS, Unit
from server.resources.opening.week import WeekSpan

DEAREST = Decimal(10) ** 9
MOST_PERCENT = Decimal(10_000)
NOTHING = Decimal(0)

Currency = Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z", description="ISO 4217")]
Name = Annotated[Line, Meta(min_length=1)]
SomeMinutes = Annotated[int, Meta(ge=1, le=366 * 1440)]
Minutes = Annotated[int, Meta(ge=0, le=366 * 1440)]
Mode = Literal["self", "staffed", "sample", "session"]
Period = Literal["booking", "local_day", "rolling_day", "month"]


def refuse_amounts(one: object, *names: str) -> None:
    """Raise ValueError unless each amount named is a price that may be: from 0 on, with at most six decimals."""
    for name in names:
        amount = getattr(one, name)
        if amount is not None and not _is_amount(amount):
            raise ValueError(f"`{name}` is an amount from 0 to {DEAREST:,}, with at most 6 decimals")


def _is_amount(amount: Decimal) -> bool:
    if not amount.is_finite() or not 0 <= amount <= DEAREST:
        return False
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -6


def refuse_percent(one: object, name: str) -> None:
    """Raise ValueError unless this is a percentage from 0 to 10,000 with at most four decimals."""
    percent = getattr(one, name)
    exponent = percent.as_tuple().exponent if percent.is_finite() else None
    if not isinstance(exponent, int) or exponent < -4 or not 0 <= percent <= MOST_PERCENT:
        raise ValueError(f"`{name}` is a percentage from 0 to {MOST_PERCENT:,}, with at most 4 decimals")


class Spoken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Part of a price rule."""


class FirstUnits(Spoken, frozen=True, kw_only=True):
    """The first `units` of a booking at another amount each."""

    units: Decimal
    amount: Decimal

    def __post_init__(self) -> None:
        refuse_amounts(self, "units", "amount")


class Band(WeekSpan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Local hours with an amount of their own: also on public holidays, not on them, or only then."""

    __schema_name__ = "PriceBand"
    amount: Decimal
    holidays: Literal["also", "not", "only"] = "also"

    def __post_init__(self) -> None:
        refuse_amounts(self, "amount")


class Tier(Spoken, frozen=True, kw_only=True):
    """From so many units on, each at this amount."""

    from_units: Decimal
    amount: Decimal

    def __post_init__(self) -> None:
        refuse_amounts(self, "from_units", "amount")


class Tiers(Spoken, frozen=True, kw_only=True):
    """Amounts by how much is used. `graduated`: each unit at the amount of its tier; `whole`: all at that of the last.

    Counted within this booking, with what was used before in its month or year, or by what was used the month before.
    """

    tiers: Annotated[tuple[Tier, ...], Meta(min_length=1, max_length=20)]
    how: Literal["graduated", "whole"] = "graduated"
    per: Literal["booking", "month", "year", "last_month"] = "booking"

    def __post_init__(self) -> None:
        if any(one.from_units >= other.from_units for one, other in pairwise(self.tiers)):
            raise ValueError("tiers go up, each from more units than the one before")
        if self.per == "last_month" and self.how == "graduated":
            raise ValueError("by the use of the month before all units cost the same: say `whole`")


class Cap(Spoken, frozen=True, kw_only=True):
    """At most so much is charged within a period: so many minutes, or such an amount."""

    per: Period
    minutes: SomeMinutes | None = None
    amount: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.amount is None):
            raise ValueError("a cap limits either minutes or an amount")
        refuse_amounts(self, "amount")


class AddOn(Spoken, frozen=True, kw_only=True):
    """What is charged beside the main thing: always, or where the guest chooses it."""

    name: Name
    unit: Unit
    amount: Decimal
    mandatory: bool = False

    def __post_init__(self) -> None:
        refuse_amounts(self, "amount")
        if self.unit in OWN_LENGTH:
            raise ValueError("of an add-on say hours, or 24 hours, instead of days")


class Surcharge(Spoken, frozen=True, kw_only=True):
    """So many percent on top: always, when the guest asks for urgency, or when booked shortly before the start."""

    name: Name
    percent: Decimal
    when: Literal["always", "urgent", "short_notice"] = "always"
    notice_minutes: SomeMinutes | None = None

    def __post_init__(self) -> None:
        refuse_percent(self, "percent")
        if (self.when == "short_notice") != (self.notice_minutes is not None):
            raise ValueError("a surcharge at short notice says within how many minutes before the start")


class Tax(Spoken, frozen=True, kw_only=True):
    """Value added tax of a rule, rounded once for each line: everywhere the same way (decision 0315)."""

    percent: Decimal = NOTHING
    included: bool = True
    exempt_because: Line = ""

    def __post_init__(self) -> None:
        refuse_percent(self, "percent")
        if self.percent > 100:
            raise ValueError("a tax is at most 100 percent")
        if self.exempt_because and self.percent:
            raise ValueError("what is exempt has no tax")


class PriceRule(Spoken, frozen=True, kw_only=True):
    """What one product of an owner costs one group of guests. Without tiers, caps and the like: amount times units."""

    currency: Currency
    unit: Unit
    amount: Decimal
    mode: Mode = "self"
    unit_minutes: SomeMinutes | None = None  # how long a `half_day` or `day` of this owner is
    for_each_unit: bool = True  # of the units of the resource that are booked; else once for all of them
    bills: Literal["booked", "used", "longer"] = "booked"  # `longer`: from the earlier start to the later end
    first: FirstUnits | None = None
    start_up: Decimal = NOTHING
    step_minutes: SomeMinutes | None = None  # time is charged in whole steps; without: to the second
    grace_minutes: Minutes = 0  # a step begun is free up to and with so many minutes
    threshold_minutes: Minutes = 0  # a step begun counts once so many minutes of it are used
    minimum_minutes: Minutes = 0
    minimum_units: Decimal = NOTHING  # of things
    bands: Annotated[tuple[Band, ...], Meta(max_length=30)] = ()  # the first that fits; outside all of them: `amount`
    caps: Annotated[tuple[Cap, ...], Meta(max_length=5)] = ()
    tiers: Tiers | None = None
    add_ons: Annotated[tuple[AddOn, ...], Meta(max_length=50)] = ()
    floor: Decimal = NOTHING
    ceiling: Decimal | None = None
    surcharges: Annotated[tuple[Surcharge, ...], Meta(max_length=10)] = ()
    surcharges_are: Literal["chained", "added"] = "added"  # each on what came before it, or all on the same
    tax: Tax = Tax()

    def __post_init__(self) -> None:
        refuse_amounts(self, "amount", "start_up", "minimum_units", "floor", "ceiling")
        for why, wrong in self._wrongs():
            if wrong:
                raise ValueError(why)

    @property
    def of_time(self) -> bool:
        return self.unit in TIME_UNITS

    @property
    def unit_seconds(self) -> int:
        """How long a unit of time is."""
        return (self.unit_minutes or 0) * 60 or SECONDS[self.unit]

    @property
    def step(self) -> timedelta | None:
        return timedelta(minutes=self.step_minutes) if self.step_minutes else None

    def _wrongs(self) -> tuple[tuple[str, bool], ...]:
        step, spared = self.step_minutes, self.grace_minutes or self.threshold_minutes
        timed = step or self.minimum_minutes or self.bands or any(cap.minutes for cap in self.caps)
        own_length = self.unit in OWN_LENGTH
        names = [one.name for one in self.add_ons]
        return (
            (
                "say how many minutes a `half_day` or `day` has, and only of these",
                own_length != bool(self.unit_minutes),
            ),
            ("steps, bands and capped minutes are for what is charged by time", bool(timed) and not self.of_time),
            ("`minimum_units` is for things; of time say `minimum_minutes`", self.of_time and self.minimum_units > 0),
            (
                "say `grace_minutes` or `threshold_minutes`, not both",
                bool(self.grace_minutes and self.threshold_minutes),
            ),
            ("grace and threshold are shorter than `step_minutes`", bool(spared) and (not step or spared >= step)),
            ("amounts go by the time of day or by tiers, not both", bool(self.bands and self.tiers)),
            ("amounts go by first units or by tiers, not both", bool(self.first and self.tiers)),
            ("the floor lies above the ceiling", self.ceiling is not None and self.floor > self.ceiling),
            ("two add-ons have the same name", len(names) != len(set(names))),
        )
