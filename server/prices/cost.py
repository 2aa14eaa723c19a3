"""What something costs: lines that add up, each with how it came about. Amounts are strings in JSON. Pure."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.prices.schemas import Currency, Tax
from server.prices.units import Unit

LineKind = Literal["use", "start_up", "cap", "add_on", "floor", "ceiling", "surcharge", "fee", "adjustment"]


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the way to an amount: a sentence of the catalogues, and what stands in its places."""

    __schema_name__ = "CostReason"
    says: str
    values: dict[str, str] = {}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Rounded once, to the digits of the currency; `tax` is the difference between gross and net."""

    __schema_name__ = "CostLine"
    kind: LineKind
    name: str = ""  # of an add-on or a surcharge
    quantity: Annotated[Decimal, Meta(description="at most six decimals")]
    unit: Unit
    unit_price: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    because: tuple[Because, ...] = ()


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of one booking and their sums."""

    currency: Currency
    net: Decimal
    tax: Decimal
    gross: Decimal
    tax_percent: Decimal
    exempt_because: str
    lines: tuple[Line, ...]


def summed(currency: str, tax: Tax, lines: tuple[Line, ...]) -> Cost:
    """Add the lines up. Lines of other currencies or rates never come together here."""
    return Cost(
        currency=currency,
        net=sum((line.net for line in lines), Decimal(0)),
        tax=sum((line.tax for line in lines), Decimal(0)),
        gross=sum((line.gross for line in lines), Decimal(0)),
        tax_percent=tax.percent,
        exempt_because=tax.exempt_because,
        lines=lines,
    )
