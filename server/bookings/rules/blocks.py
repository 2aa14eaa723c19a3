"""Where bookings start and end: on a grid of steps, or in blocks, pieces such as evenings, half days or weeks. Pure.

The grid is every `step` minutes of the wall clock, from local midnight on.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from server.core.spans import TICK, Span, moment, tick
from server.core.time_zones import jump
from server.resources.opening.opening_hours import DAY, open_spans
from server.resources.opening.week import WEEK_DAYS, WeekDay, WeekSpan, week_minutes
from server.resources.rules.schemas import Block, Rules

Piece = tuple[int, int, int]  # from, until (ticks), and for how many units

_DAY = timedelta(minutes=DAY)
ZERO = timedelta(0)
MOST_TOGETHER = 14  # blocks in one booking that are offered where some need the one before


def blocks_in(blocks: tuple[Block, ...], zone: ZoneInfo, window: Span) -> list[Span]:
    """The blocks that lie wholly in `window`, by start. Blocks that cross midnight belong to the day they start on."""
    return sorted({span for span, _ in placed(blocks, zone, window)})


def placed(blocks: tuple[Block, ...], zone: ZoneInfo, window: Span) -> Iterator[tuple[Span, Block]]:
    """The same, each with the block that it is an instance of."""
    for block in blocks:
        for day in block.days:
            for span in _long(block, day, zone, window) if block.days_long else _of_a_day(block, day, zone, window):
                if window.holds(span):
                    yield span, block


def chains(blocks: list[Span]) -> list[list[Span]]:
    """Blocks that follow each other without a gap, together."""
    result: list[list[Span]] = []
    for block in blocks:
        if result and result[-1][-1].ends_at == block.starts_at:
            result[-1].append(block)
        else:
            result.append([block])
    return result


def is_whole(blocks: tuple[Block, ...], zone: ZoneInfo, span: Span) -> bool:
    """Whether a span consists of whole blocks."""
    found = chains(blocks_in(blocks, zone, span))
    return len(found) == 1 and (found[0][0].starts_at, found[0][-1].ends_at) == span


def dependent(blocks: tuple[Block, ...]) -> bool:
    """Whether some block needs the one before it."""
    return any(block.needs_previous for block in blocks)


def may_begin(blocks: tuple[Block, ...], zone: ZoneInfo, span: Span, follows: bool) -> bool:
    """Whether a booking of whole blocks may begin like this; `follows`: something booked ends where it starts."""
    first = next((block for one, block in placed(blocks, zone, span) if one.starts_at == span.starts_at), None)
    return follows or first is None or not first.needs_previous


def bookings_in(
    blocks: tuple[Block, ...], zone: ZoneInfo, window: Span, follows: Callable[[datetime], bool]
) -> Iterator[Span]:
    """Every time that a booking of blocks that follow each other can have in `window`, where some need others."""
    for chain in chains(blocks_in(blocks, zone, window)):
        for index, first in enumerate(chain):
            if may_begin(blocks, zone, first, follows(first.starts_at)):
                for last in chain[index : index + MOST_TOGETHER]:
                    yield Span(first.starts_at, last.ends_at)


def one_by_one(
    rules: Rules, zone: ZoneInfo, pieces: list[Piece], follows: Callable[[datetime], bool], minutes: int
) -> list[tuple[Rules, list[Piece]]]:
    """Each time that can be booked, alone, with rules by which it is booked whole. `minutes`: what somebody needs."""
    found = []
    for start, end, units in pieces:
        for one in bookings_in(rules.blocks, zone, Span(moment(start), moment(end)), follows):
            length = int(one.length / timedelta(minutes=1))
            if max(rules.min_minutes, minutes) <= length <= (rules.max_minutes or length):
                exactly = replace(rules, min_minutes=length, max_minutes=length)
                found.append((exactly, [(tick(one.starts_at), tick(one.ends_at), units)]))
    return found


def _of_a_day(block: Block, day: WeekDay, zone: ZoneInfo, window: Span) -> list[Span]:
    around = Span(window.starts_at - 2 * _DAY, window.ends_at + 2 * _DAY)
    return open_spans(week_minutes((WeekSpan((day,), block.opens, block.closes),)), {}, zone.key, around)


def _long(block: Block, day: WeekDay, zone: ZoneInfo, window: Span) -> Iterator[Span]:
    """On the wall clock, from a time of one day to a time of another."""
    date, last = window.starts_at.astimezone(zone).date(), window.ends_at.astimezone(zone).date()
    date += timedelta(days=(WEEK_DAYS.index(day) - date.weekday()) % 7)
    opens, closes = block.minutes
    while date <= last:
        midnight = datetime.combine(date, time())
        starts_at, ends_at = (
            (midnight + timedelta(minutes=minute)).replace(tzinfo=zone).astimezone(UTC) for minute in (opens, closes)
        )
        yield Span(starts_at, ends_at)
        date += timedelta(days=7)


def on_grid(moment: datetime, zone: tzinfo, step: int) -> bool:
    return _past(moment, zone, step) == 0


def next_on_grid(moment: datetime, zone: tzinfo, step: int) -> datetime:
    """The first instant of the grid at or after `moment`. `step` in minutes."""
    while past := _past(moment, zone, step):
        to_step = step * 60 - past
        local = moment.astimezone(zone)
        to_midnight = 24 * 3600 - (local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6)
        moment = _unless_jumped(zone, moment, moment + timedelta(seconds=min(to_step, to_midnight)))
    return moment


def last_on_grid(moment: datetime, zone: tzinfo, step: int) -> datetime:
    """The last instant of the grid at or before `moment`."""
    while past := _past(moment, zone, step):
        before = moment - timedelta(seconds=past)
        jumped = _unless_jumped(zone, before, moment)
        moment = before if jumped in (moment, before) else jumped - TICK
    return moment


def _unless_jumped(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """A later moment, or where clocks are put forward on the way to it, the moment at which they are."""
    if not isinstance(zone, ZoneInfo):
        return after
    shift = (after.astimezone(zone).utcoffset() or ZERO) - (before.astimezone(zone).utcoffset() or ZERO)
    return jump(zone, before, after) if shift > ZERO else after


def _past(moment: datetime, zone: tzinfo, step: int) -> float:
    """Seconds since the grid was last met on the wall clock."""
    local = moment.astimezone(zone)
    past = (local.hour * 60 + local.minute) % step * 60 + local.second
    return past + local.microsecond / 1e6 if local.microsecond else past
