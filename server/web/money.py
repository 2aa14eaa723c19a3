"""How people read an amount of money: `¥350`, `US$42.50`, `CHF 90`."""

from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import format_currency, get_currency_symbol

from server.web.times import CHINESE, LOCALES


def money(amount: Decimal, currency: str, locale: str) -> str:
    """Write an amount with the sign of its currency as the language has it; a code without a sign stays a code."""
    known = LOCALES.get(locale, CHINESE)
    space = " " if get_currency_symbol(currency, known)[-1:].isalpha() else ""
    places = max(2, -int(amount.normalize().as_tuple().exponent))  # a price per second has more
    digits = "#,##0" if amount == amount.to_integral_value() else "#,##0." + "0" * places
    return format_currency(amount, currency, f"¤{space}{digits}", locale=known, currency_digits=False)


def sent_amount(text: Any) -> Decimal | None:
    """The amount that a page has sent back as it was shown; nothing where it is none."""
    try:
        return Decimal(str(text)) if text else None
    except InvalidOperation:
        return None
