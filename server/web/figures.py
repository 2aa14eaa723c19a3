"""Countries and numbers as people read them."""

from babel import Locale
from babel.numbers import format_decimal


def country_name(code: str, locale: str) -> str:
    """Name a country by its two letters (ISO 3166-1); the letters themselves where it is not known."""
    return str(Locale.parse(locale, sep="-").territories.get(code, code))


def amount(value: float, locale: str) -> str:
    """Write a number with its thousands apart; with one decimal below a hundred, where that one says something."""
    places = "#,##0.#" if abs(value) < 100 else "#,##0"
    return format_decimal(value, places, locale=locale.replace("-", "_"))
