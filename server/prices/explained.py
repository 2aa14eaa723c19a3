"""How a line came about, in sentences that the pages, mails and statements say in the reader's language. Pure."""

from datetime import timedelta

from server.core.spans import Span
from server.core.translations import N_
from server.prices.amounts import FIRST, Charged
from server.prices.asked import Asked
from server.prices.billed import counted
from server.prices.cost import Because
from server.prices.schemas import PriceRule

MINUTE = timedelta(minutes=1)


def said(says: str, **values: str) -> Because:
    return Because(says=says, values=values)


def because_of_time(rule: PriceRule, asked: Asked, billed: Span, part: Charged) -> tuple[Because, ...]:
    """Why so many units, and why at this amount."""
    return tuple(_why_so_many(rule, asked, billed)) + tuple(_why_this_amount(rule, part))


def _why_so_many(rule: PriceRule, asked: Asked, billed: Span) -> list[Because]:
    if not rule.of_time:
        return []
    found = []
    actual = counted(rule, asked.booked, asked.used).length
    if billed.length != actual:
        says = N_("%(actual)s minutes count as %(billed)s minutes")
        found.append(said(says, actual=_minutes(actual), billed=_minutes(billed.length)))
    if rule.for_each_unit and asked.units > 1:
        found.append(said(N_("for each of %(units)s units"), units=str(asked.units)))
    return found


def _why_this_amount(rule: PriceRule, part: Charged) -> list[Because]:
    if part.band == FIRST and rule.first:
        return [said(N_("the first %(units)s units of a booking"), units=f"{rule.first.units.normalize():f}")]
    if part.band is not None:
        band = rule.bands[part.band]
        return [said(N_("from %(opens)s to %(closes)s"), opens=band.opens, closes=band.closes)]
    return []


def _minutes(length: timedelta) -> str:
    return f"{length / MINUTE:g}"
