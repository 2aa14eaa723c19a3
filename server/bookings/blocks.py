"""Blocks: fixed pieces of time of which bookings consist, such as evenings or half days. Pure."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from server.resources.hours import DAY, open_spans
from server.resources.week import WeekSpan, week_minutes
from server.spans import Span

_DAY = timedelta(minutes=DAY)


def blocks_in(blocks: tuple[WeekSpan, ...], zone: ZoneInfo, window: Span) -> list[Span]:
    """The blocks that lie wholly in `window`, by start. Blocks that cross midnight belong to the day they start on."""
    around = Span(window.starts_at - 2 * _DAY, window.ends_at + 2 * _DAY)
    found: set[Span] = set()
    for block in blocks:
        for day in block.days:
            one = week_minutes((WeekSpan((day,), block.opens, block.closes),))
            found.update(span for span in open_spans(one, {}, zone.key, around) if window.holds(span))
    return sorted(found)


def chains(blocks: list[Span]) -> list[list[Span]]:
    """Blocks that follow each other without a gap, together."""
    result: list[list[Span]] = []
    for block in blocks:
        if result and result[-1][-1].ends_at == block.starts_at:
            result[-1].append(block)
        else:
            result.append([block])
    return result


def is_whole(blocks: tuple[WeekSpan, ...], zone: ZoneInfo, span: Span) -> bool:
    """Whether a span consists of whole blocks."""
    found = chains(blocks_in(blocks, zone, span))
    return len(found) == 1 and (found[0][0].starts_at, found[0][-1].ends_at) == span
