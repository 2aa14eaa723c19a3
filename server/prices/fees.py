"""What is owed for cancelling late, not coming, staying too long: fee rules, and what they come to. Pure."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from server.prices.rounding import rounded
from server.prices.schemas import Currency, Minutes, SomeMinutes, refuse_amounts, refuse_percent


class FeeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A percentage of what the booking costs, a flat amount, or an amount for each block begun."""

    kind: Literal["late_cancel", "no_show", "overtime"]
    currency: Currency
    percent: Decimal | None = None
    flat: Decimal | None = None
    block_minutes: SomeMinutes | None = None  # of overtime: `flat` or `percent` for each block begun
    free_until_minutes: Minutes | None = None  # before the start, to cancel; after the end, to leave
    rebooked_waives: bool = False  # nothing is owed where somebody else books the time

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.flat is None):
            raise ValueError("a fee is a percentage or a flat amount")
        if self.block_minutes and self.kind != "overtime":
            raise ValueError("blocks are for staying too long")
        if self.kind == "no_show" and self.free_until_minutes is not None:
            raise ValueError("who does not come has no time until which that is free")
        refuse_amounts(self, "flat")
        if self.percent is not None:
            refuse_percent(self, "percent")


def late_cancel_fee(rule: FeeRule, price: Decimal, before_start: timedelta, *, rebooked: bool = False) -> Decimal:
    """Owed for cancelling so long before the start: free up to and with the last moment."""
    free = timedelta(minutes=rule.free_until_minutes or 0)
    if before_start >= free or (rebooked and rule.rebooked_waives):
        return Decimal(0)
    return _amount(rule, price, 1)


def no_show_fee(rule: FeeRule, price: Decimal, *, rebooked: bool = False) -> Decimal:
    """Owed for not coming."""
    return Decimal(0) if rebooked and rule.rebooked_waives else _amount(rule, price, 1)


def overtime_fee(rule: FeeRule, price: Decimal, stayed: timedelta) -> Decimal:
    """Owed for staying so long after the end; a block begun counts whole."""
    over = stayed - timedelta(minutes=rule.free_until_minutes or 0)
    if over <= timedelta(0):
        return Decimal(0)
    blocks = -(-stayed // timedelta(minutes=rule.block_minutes)) if rule.block_minutes else 1
    return _amount(rule, price, blocks)


def _amount(rule: FeeRule, price: Decimal, times: int) -> Decimal:
    each = Fraction(rule.flat) if rule.flat is not None else Fraction(price) * Fraction(rule.percent or 0) / 100
    return rounded(each * times, rule.currency)
