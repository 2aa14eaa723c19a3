"""Which amount holds when: the billed time cut at the owner's local hours, and at what a cap leaves. Pure.

Hours are those of the clock on the resource's wall; what is counted is the time that passes: the night from 21 to 9 has
11 hours in Berlin when summer time begins, and 13 when it ends.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from server.core.spans import Span, within, without
from server.prices.schemas import Band, Cap, PriceRule
from server.resources.opening.opening_hours import DAY, WEEK, open_spans
from server.resources.opening.week import week_minutes

ONE_DAY = timedelta(days=1)


class Piece(NamedTuple):
    """Time at one amount: `band` is the place of its band in the rule, None outside all of them."""

    span: Span
    band: int | None


def split(rule: PriceRule, span: Span, time_zone: str, holidays: frozenset[date]) -> list[Piece]:
    """Cut the span where the amount changes, by start. Of bands that overlap the first holds."""
    found: list[Piece] = []
    left = [span] if span.length else []
    for place, band in enumerate(rule.bands):
        hours = _hours(band, time_zone, span, holidays)
        taken = [Span(*pair) for one in left for pair in within(hours, one)]
        found += [Piece(one, place) for one in taken]
        left = [Span(*pair) for pair in without(left, taken)]
    return sorted(found + [Piece(one, None) for one in left], key=lambda piece: piece.span)


def _hours(band: Band, time_zone: str, span: Span, holidays: frozenset[date]) -> list[Span]:
    shifts = week_minutes([band])
    if band.holidays == "also":
        return open_spans(shifts, {}, time_zone, span)
    if band.holidays == "not":
        return open_spans(shifts, dict.fromkeys(holidays, ()), time_zone, span)
    days = {day: _of_the_day(shifts, day) for day in holidays}
    return open_spans((), days, time_zone, span)


def _of_the_day(shifts: Iterable[tuple[int, int]], day: date) -> tuple[tuple[int, int], ...]:
    first = day.weekday() * DAY
    return tuple((start - first, end - first) for start, end in shifts if first <= start % WEEK < first + DAY)


def capped(pieces: Iterable[Piece], caps: Iterable[Cap], time_zone: str, used_in_month: timedelta) -> list[Piece]:
    """What is left to charge of the time once the caps on minutes have been reached; the earliest time counts."""
    left = list(pieces)
    for cap in caps:
        if cap.minutes is not None:
            left = list(_capped(left, cap, timedelta(minutes=cap.minutes), time_zone, used_in_month))
    return left


def _capped(
    pieces: list[Piece], cap: Cap, most: timedelta, time_zone: str, used_in_month: timedelta
) -> Iterator[Piece]:
    for window, inside in by_window(pieces, cap.per, time_zone):
        room = most - (used_in_month if cap.per == "month" and window == 0 else timedelta(0))
        for piece in inside:
            length = max(min(piece.span.length, room), timedelta(0))
            room -= length
            if length:
                yield Piece(Span(piece.span.starts_at, piece.span.starts_at + length), piece.band)


def by_window(pieces: list[Piece], per: str, time_zone: str) -> Iterator[tuple[int, list[Piece]]]:
    """The pieces cut at the ends of each period, numbered from the first: what lies in one period is together."""
    if not pieces:
        return
    first, last = pieces[0].span.starts_at, pieces[-1].span.ends_at
    for number, window in enumerate(_windows(first, last, per, ZoneInfo(time_zone))):
        inside = [Piece(Span(*pair), piece.band) for piece in pieces for pair in within([piece.span], window)]
        if inside:
            yield number, inside


def _windows(first: datetime, last: datetime, per: str, zone: ZoneInfo) -> Iterator[Span]:
    following = _FOLLOWING[per]
    while first < last:
        after = following(first, zone)
        yield Span(first, after)
        first = after


def _next_midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    return _midnight(moment.astimezone(zone).date() + ONE_DAY, zone)


def _next_month(moment: datetime, zone: ZoneInfo) -> datetime:
    day = moment.astimezone(zone).date().replace(day=1) + timedelta(days=31)
    return _midnight(day.replace(day=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


_FOLLOWING: dict[str, Callable[[datetime, ZoneInfo], datetime]] = {
    "booking": lambda moment, zone: datetime.max.replace(tzinfo=UTC),
    "local_day": _next_midnight,
    "rolling_day": lambda moment, zone: moment + ONE_DAY,
    "month": _next_month,
}
