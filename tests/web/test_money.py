"""How amounts of money are written."""

from decimal import Decimal

import pytest

from server.web.money import money


@pytest.mark.parametrize(
    ("amount", "currency", "chinese", "english"),
    [
        ("350", "CNY", "¥350", "CN¥350"),
        ("1234.5", "EUR", "€1,234.50", "€1,234.50"),
        ("3E+2", "USD", "US$300", "$300"),
        ("90", "CHF", "CHF 90", "CHF 90"),
        ("1", "XQZ", "XQZ 1", "XQZ 1"),
    ],
)
def test_an_amount_is_written_as_the_language_has_it(amount: str, currency: str, chinese: str, english: str) -> None:
    assert money(Decimal(amount), currency, "zh-CN") == chinese
    assert money(Decimal(amount), currency, "en") == english
