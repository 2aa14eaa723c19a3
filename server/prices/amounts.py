"""Which amount each part of a booking has: first units, hours, tiers; and what caps on amounts take off. Pure."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from server.core.spans import Span
from server.prices.asked import Asked
from server.prices.bands import Piece, by_window, capped, split
from server.prices.schemas import PriceRule, Tiers

FIRST = -1  # the place of the first units among the bands
SECOND = timedelta(seconds=1)


class Charged(NamedTuple):
    """So many units at one amount; `pieces` say when, of what is charged by time."""

    quantity: Fraction
    unit_price: Decimal
    band: int | None = None
    pieces: tuple[Piece, ...] = ()


def charged(rule: PriceRule, span: Span, asked: Asked) -> list[Charged]:
    """The billed time, or the things, told apart by what a unit of them costs; what comes first stands first."""
    times = asked.units if rule.for_each_unit else 1
    if not rule.of_time:
        things = max(asked.things, rule.minimum_units)
        return list(_by_number(rule, Fraction(things) * (times if rule.unit == "seat" else 1), asked))
    pieces = split(rule, span, asked.time_zone, asked.holidays)
    pieces = capped(pieces, rule.caps, asked.time_zone, asked.before.month_time)
    if rule.tiers:
        return list(_by_number(rule, _units(rule, pieces) * times, asked))
    if rule.first:
        pieces = _first_apart(pieces, timedelta(seconds=float(rule.first.units * rule.unit_seconds)))
    by_band: dict[int | None, list[Piece]] = {}
    for piece in pieces:
        by_band.setdefault(piece.band, []).append(piece)
    return [Charged(_units(rule, of) * times, _amount(rule, band), band, tuple(of)) for band, of in by_band.items()]


def _units(rule: PriceRule, pieces: list[Piece]) -> Fraction:
    return sum((Fraction(piece.span.length / SECOND) for piece in pieces), Fraction(0)) / rule.unit_seconds


def _amount(rule: PriceRule, band: int | None) -> Decimal:
    if band == FIRST and rule.first:
        return rule.first.amount
    return rule.amount if band is None else rule.bands[band].amount


def _first_apart(pieces: list[Piece], length: timedelta) -> list[Piece]:
    """The first time of a booking, whichever hours it lies in, apart from the rest."""
    result: list[Piece] = []
    for piece in pieces:
        start, end = piece.span
        cut = start + min(length, piece.span.length)
        length -= cut - start
        result += [Piece(Span(start, cut), FIRST)] if cut > start else []
        result += [Piece(Span(cut, end), piece.band)] if end > cut else []
    return result


def _by_number(rule: PriceRule, quantity: Fraction, asked: Asked) -> Iterator[Charged]:
    """Units at the amounts of first units or tiers."""
    if rule.tiers:
        yield from _by_tiers(rule.tiers, rule.amount, quantity, _used_before(rule.tiers, asked))
        return
    first = min(quantity, Fraction(rule.first.units)) if rule.first else Fraction(0)
    if rule.first and first:
        yield Charged(first, rule.first.amount, FIRST)
    if quantity > first:
        yield Charged(quantity - first, rule.amount)


def _used_before(tiers: Tiers, asked: Asked) -> Fraction:
    before = asked.before
    by_period = {"month": before.month_units, "year": before.year_units, "last_month": before.last_month_units}
    return Fraction(by_period.get(tiers.per, 0))


def _by_tiers(tiers: Tiers, amount: Decimal, quantity: Fraction, used: Fraction) -> Iterator[Charged]:
    """Below the first tier a unit costs the amount of the rule."""
    steps = [(Fraction(0), amount), *((Fraction(tier.from_units), tier.amount) for tier in tiers.tiers)]
    if tiers.how == "whole":
        reached = used if tiers.per == "last_month" else used + quantity
        yield Charged(quantity, [price for start, price in steps if start <= reached][-1])
        return
    ends = [start for start, _ in steps[1:]] + [used + quantity]
    for (start, price), end in zip(steps, ends, strict=True):
        part = min(end, used + quantity) - max(start, used)
        if part > 0:
            yield Charged(part, price)


def over_the_caps(rule: PriceRule, parts: list[Charged], asked: Asked) -> Fraction:
    """By how much the parts exceed what is charged at most in each period; of several caps all must hold."""
    off = Fraction(0)
    for cap in rule.caps:
        if cap.amount is None:
            continue
        windows = _amounts(rule, parts, cap.per, asked)
        most = [Fraction(cap.amount)] * len(windows)
        if cap.per == "month" and most:
            most[0] = max(most[0] - Fraction(asked.before.month_amount), Fraction(0))
        off = max(
            off, sum((max(had - limit, Fraction(0)) for had, limit in zip(windows, most, strict=True)), Fraction(0))
        )
    return off


def _amounts(rule: PriceRule, parts: list[Charged], per: str, asked: Asked) -> list[Fraction]:
    """What the parts come to in each period; what has no time of its own lies in the first."""
    pieces = sorted((piece for part in parts for piece in part.pieces), key=lambda piece: piece.span)
    if not pieces:
        return [sum((part.quantity * Fraction(part.unit_price) for part in parts), Fraction(0))]
    times = asked.units if rule.for_each_unit else 1
    return [
        sum((_units(rule, [piece]) * times * Fraction(_amount(rule, piece.band)) for piece in inside), Fraction(0))
        for _, inside in by_window(pieces, per, asked.time_zone)
    ]
