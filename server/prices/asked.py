"""What a price is asked of: a time, a number of things, what was chosen and what was used before. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from server.core.spans import Span

NOTHING = Decimal(0)


class Before(NamedTuple):
    """What this guest had of this rule before this booking, in the month and year in which it starts."""

    month_units: Decimal = NOTHING
    year_units: Decimal = NOTHING
    last_month_units: Decimal = NOTHING
    month_time: timedelta = timedelta(0)
    month_amount: Decimal = NOTHING


class Asked(NamedTuple):
    """One booking, as its price sees it."""

    booked: Span
    time_zone: str
    units: int = 1  # of the resource
    used: Span | None = None  # once it was
    things: Decimal = Decimal(1)  # samples, runs, seats: what the unit of the rule counts
    add_ons: Mapping[str, Decimal] = {}
    urgent: bool = False
    notice: timedelta | None = None  # from booking to start
    holidays: frozenset[date] = frozenset()
    before: Before = Before()
