"""Money is rounded once for each line, half up, to the digits of its currency. Pure."""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def rounded(amount: Fraction, currency: str) -> Decimal:
    """The amount in the smallest unit of its currency: CNY 1.005 is 1.01, JPY 0.5 is 1."""
    return to_digits(amount, get_currency_precision(currency))


def to_digits(amount: Fraction, digits: int) -> Decimal:
    """Rounded half up, away from zero, as people do on paper."""
    scaled = abs(amount) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return EXACT.scaleb(Decimal(whole if amount >= 0 else -whole), -digits)
