"""Net, tax and gross of a line: in a gross price the tax is what is left above the net, to a net it is added. Pure.

At 6 % a gross 25.00 has a net of 23.58 and a tax of 1.42, though 6 % of 23.58 would be 1.41: of 100,000 gross amounts
5,660 have no net that would fit otherwise. EN 16931 takes both.
"""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from server.prices.rounding import rounded
from server.prices.schemas import Tax


class Taxed(NamedTuple):
    net: Decimal
    tax: Decimal
    gross: Decimal


def taxed(amount: Decimal, tax: Tax, currency: str) -> Taxed:
    """What an amount means that has been rounded, by the tax of its rule."""
    rate = Fraction(tax.percent) / 100
    if tax.included:
        net = rounded(Fraction(amount) / (1 + rate), currency)
        return Taxed(net, amount - net, amount)
    added = rounded(Fraction(amount) * rate, currency)
    return Taxed(amount, added, amount + added)
