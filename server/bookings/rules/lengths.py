"""How long bookings are as the rules count it: in whole steps of the grid, so that a day of 23 hours is a day. Pure.

Where each day has the same grid, a length is so many steps. That differs from the minutes that pass only across a
change of clocks, and only where a step is longer than the change: the day on which clocks go forward can be booked
where bookings last just a day.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from server.bookings.rules.blocks import MOST_TOGETHER, Piece, blocks_in, chains, next_on_grid
from server.core.spans import TICK, Span, moment
from server.resources.rules.schemas import Rules

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def counted(span: Span, zone: tzinfo, rules: Rules) -> float:
    """The minutes of a booking as its rules count them."""
    span = Span(*(one.astimezone(UTC) for one in span))  # to count in real time
    if not _counts_steps(rules) or not _shift(span, zone) % rules.step_minutes:
        return span.length / MINUTE
    return rules.step_minutes * sum(1 for _ in _steps(span, zone, rules.step_minutes))


def end_after(start: datetime, minutes: int, zone: tzinfo, rules: Rules) -> datetime:
    """The first end on the grid with which a booking from `start` counts at least so many minutes."""
    if not rules.even:
        return next_on_grid(start + minutes * MINUTE, zone, rules.step_minutes)
    steps = -(-minutes // rules.step_minutes)
    end = start + steps * rules.step_minutes * MINUTE
    if _shift(Span(start, end), zone) % rules.step_minutes:
        end = start
        for _ in range(steps):
            end = next_on_grid(end + TICK, zone, rules.step_minutes)
    return end


def again(first: Span, wall: datetime, start: datetime, zone: ZoneInfo, rules: Rules) -> datetime:
    """When something ends that is like `first` and starts at `start`, which is `wall` on the clock of the resource.

    It lasts as long. Where bookings are whole blocks, or of steps that are longer than a change of clocks, it lasts as
    long on the wall clock: a day is a day.
    """
    if not (rules.blocks or _counts_steps(rules)):
        return start + (first.ends_at.astimezone(UTC) - first.starts_at.astimezone(UTC))
    begins, ends = (one.astimezone(zone).replace(tzinfo=None) for one in first)
    return (wall + (ends - begins)).replace(tzinfo=zone).astimezone(UTC)


def times(span: Span, minutes: int, zone: ZoneInfo, rules: Rules) -> Iterator[Span]:
    """What can be booked in a free window for at least so many minutes: from each start the shortest, by start."""
    minutes = max(minutes, rules.shortest)
    most = rules.longest
    if rules.blocks:
        for chain in chains(blocks_in(rules.blocks, zone, span)):
            for index, first in enumerate(chain):
                ends = (one.ends_at for one in chain[index : index + MOST_TOGETHER])
                spans = (Span(first.starts_at, end) for end in ends)
                found = next((one for one in spans if one.length >= minutes * MINUTE), None)
                if found and (most is None or found.length <= most * MINUTE):
                    yield found
        return
    start = next_on_grid(span.starts_at, zone, rules.step_minutes)
    while start < span.ends_at:
        time = Span(start, end_after(start, minutes, zone, rules))
        if time.ends_at <= span.ends_at and (most is None or counted(time, zone, rules) <= most):
            yield time
        start = next_on_grid(start + TICK, zone, rules.step_minutes)


def long_enough(piece: Piece, minutes: int, zone: tzinfo, rules: Rules) -> bool:
    """Whether a booking of so many minutes has room in a piece that begins and ends on the grid."""
    span = Span(moment(piece[0]), moment(piece[1]))
    if span.length >= minutes * MINUTE + DAY:
        return True
    return span.length > timedelta(0) and counted(span, zone, rules) >= minutes


def by_length(rules: Rules, zone: ZoneInfo, pieces: list[Piece]) -> list[tuple[Rules, list[Piece]]]:
    """The pieces with the shortest and the longest length that a booking in them really has, in minutes that pass."""
    alike, found = rules.really, []
    if not _counts_steps(rules):
        return [(alike, pieces)]
    plain = []
    for piece in pieces:
        off = _deviations(Span(moment(piece[0]), moment(piece[1])), zone, rules.step_minutes)
        if off:
            found.append((_with_deviations(alike, off), [piece]))
        else:
            plain.append(piece)
    return ([(alike, plain)] if plain else []) + found


def _counts_steps(rules: Rules) -> bool:
    return rules.even and 60 % rules.step_minutes != 0


def _shift(span: Span, zone: tzinfo) -> int:
    """By how many minutes clocks are put forward in a span, all in all."""
    first, last = (one.astimezone(zone).utcoffset() or timedelta(0) for one in span)
    return (last - first) // MINUTE


def _steps(span: Span, zone: tzinfo, step: int) -> Iterator[Span]:
    start = span.starts_at
    while start < span.ends_at:
        end = next_on_grid(start + TICK, zone, step)
        yield Span(start, end)
        start = end


def _deviations(span: Span, zone: ZoneInfo, step: int) -> list[int]:
    """By how many minutes steps are longer than others, on the days that are not 24 hours long; by start."""
    day, last = (one.astimezone(zone).date() for one in span)
    found: list[int] = []
    midnights = [
        datetime(one.year, one.month, one.day, tzinfo=zone)
        for one in (day + number * DAY for number in range((last - day).days + 2))
    ]
    for start, end in pairwise(midnights):
        if start.utcoffset() != end.utcoffset():
            around = Span(max(start.astimezone(UTC), span.starts_at), min(end.astimezone(UTC), span.ends_at))
            found += [one.length // MINUTE - step for one in _steps(around, zone, step)]
    return [one for one in found if one]


def _with_deviations(rules: Rules, off: list[int]) -> Rules:
    """Limits in minutes that pass, between which any time on the grid counts as many steps as the rules demand."""
    step = rules.step_minutes
    runs = [total for start in range(len(off)) for total in accumulate(off[start:])]
    shorter, longer = min(0, *runs), max(0, *runs)
    least = rules.min_minutes
    least = max(least + shorter, least - step + longer + 1 if least > step else 1)
    most = rules.max_minutes
    if most is not None:
        most = min(most + longer, most + step + shorter - 1)
    return replace(rules, min_minutes=least, max_minutes=most)
