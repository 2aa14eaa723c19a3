"""The one computation that answers what something costs, and why. Pure; its order is fixed (decision 0315):

billed interval, grace, step, minimum → split by hours → caps on minutes → first units or tiers → start-up → caps on
amounts → add-ons → floor, ceiling → surcharges → each line rounded once, when it is made → tax by the line → sum.

What comes later is counted from the rounded lines before it: whoever has the paper can do the sum.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from server.core.errors import Invalid
from server.core.translations import N_
from server.prices.amounts import charged, over_the_caps
from server.prices.asked import Asked
from server.prices.billed import billed
from server.prices.cost import Because, Cost, Line, LineKind, summed
from server.prices.explained import because_of_time, said
from server.prices.rounding import rounded, to_digits
from server.prices.schemas import AddOn, PriceRule, Surcharge
from server.prices.taxed import taxed
from server.prices.units import SECONDS, Unit

MANDATORY = N_("belongs to it")
CHOSEN = N_("chosen")


def compute(rule: PriceRule, asked: Asked) -> Cost:
    """What this booking costs by this rule. Raises Invalid where something is chosen that the rule does not have."""
    counted = _Lines(rule)
    span = billed(rule, asked.booked, asked.used)
    parts = charged(rule, span, asked)
    for part in parts:
        why = because_of_time(rule, asked, span, part)
        counted.add("use", part.quantity, part.unit_price, unit=rule.unit, because=why)
    if rule.start_up:
        counted.add("start_up", 1, rule.start_up)
    over = rounded(over_the_caps(rule, parts, asked), rule.currency)
    counted.lower("cap", over, N_("more is not charged in this time"))
    for add_on, quantity in _add_ons(rule.add_ons, asked):
        of_time = SECONDS.get(add_on.unit)
        times = Fraction(quantity) * (Fraction(span.length // timedelta(seconds=1), of_time) if of_time else 1)
        how = (said(MANDATORY if add_on.mandatory else CHOSEN),)
        counted.add("add_on", times, add_on.amount, unit=add_on.unit, name=add_on.name, because=how)
    counted.raise_to("floor", rule.floor, N_("this is the least that is charged"))
    if rule.ceiling is not None:
        counted.lower("ceiling", counted.total - rule.ceiling, N_("more is never charged"))
    _surcharge(counted, rule, asked)
    return summed(rule.currency, rule.tax, tuple(counted.lines))


class _Lines:
    """The lines so far, and what they come to before tax is told apart."""

    def __init__(self, rule: PriceRule) -> None:
        self._rule = rule
        self.lines: list[Line] = []
        self.total = Decimal(0)

    def add(
        self, kind: LineKind, quantity: Fraction | int, unit_price: Decimal, *, unit: Unit = "booking", name: str = "",
        because: tuple[Because, ...] = (), amount: Decimal | None = None,
    ) -> None:  # fmt: skip
        """One more line; its amount is quantity times price, unless it is said."""
        if amount is None:
            amount = rounded(Fraction(quantity) * Fraction(unit_price), self._rule.currency)
        net, tax, gross = taxed(amount, self._rule.tax, self._rule.currency)
        self.total += amount
        shown = to_digits(Fraction(quantity), 6).normalize()
        self.lines.append(
            Line(
                kind=kind, name=name, quantity=shown, unit=unit, unit_price=unit_price,
                net=net, tax=tax, gross=gross, because=because,
            )
        )  # fmt: skip

    def lower(self, kind: LineKind, by: Decimal, why: str) -> None:
        """Take off what is too much, and never more than there is."""
        if (by := min(by, self.total)) > 0:
            self.add(kind, 1, -by, because=(said(why),), amount=-by)

    def raise_to(self, kind: LineKind, least: Decimal, why: str) -> None:
        if (by := rounded(Fraction(least), self._rule.currency) - self.total) > 0:
            self.add(kind, 1, by, because=(said(why),), amount=by)


def _add_ons(offered: tuple[AddOn, ...], asked: Asked) -> Iterator[tuple[AddOn, Decimal]]:
    """What is charged besides: what is mandatory, and what was chosen, in the order of the rule."""
    if unknown := sorted(asked.add_ons.keys() - {one.name for one in offered}):
        raise Invalid(f"there is no add-on “{unknown[0]}”")
    for add_on in offered:
        usual = Decimal(asked.units if add_on.unit == "seat" else 1) if add_on.mandatory else Decimal(0)
        quantity = asked.add_ons.get(add_on.name, usual)
        if quantity < 0 or (add_on.mandatory and quantity < usual):
            raise Invalid(f"of “{add_on.name}” at least {usual} is charged")
        if quantity:
            yield add_on, quantity


def _surcharge(counted: _Lines, rule: PriceRule, asked: Asked) -> None:
    base = counted.total
    for surcharge in rule.surcharges:
        if _applies(surcharge, asked):
            on = counted.total if rule.surcharges_are == "chained" else base
            amount = rounded(Fraction(on) * Fraction(surcharge.percent) / 100, rule.currency)
            why = said(N_("%(percent)s %% of %(amount)s"), percent=f"{surcharge.percent:f}", amount=f"{on:f}")
            counted.add("surcharge", 1, amount, name=surcharge.name, because=(why,), amount=amount)


def _applies(surcharge: Surcharge, asked: Asked) -> bool:
    if surcharge.notice_minutes is not None:
        return asked.notice is not None and asked.notice < timedelta(minutes=surcharge.notice_minutes)
    return surcharge.when == "always" or asked.urgent
