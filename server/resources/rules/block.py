"""Fixed pieces of a week, of which bookings may have to consist. What they mean: server.bookings.rules.blocks."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from server.resources.opening.opening_hours import DAY, WEEK
from server.resources.opening.week import WEEK_DAYS, WeekSpan


class Block(WeekSpan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of time on each of `days`. With `days_long` it closes so many days after the one on which it opens."""

    __schema_name__ = "BookingBlock"
    days_long: Annotated[int, Meta(ge=0, le=7)] = 0  # 7 from Monday 00:00 to 00:00 is a week
    needs_previous: bool = False  # taken only with the block right before it, or when something booked ends there

    def __post_init__(self) -> None:
        opens, closes = self.minutes
        if not opens < closes <= opens + WEEK:
            raise ValueError("a block closes after it opens, and lasts a week at most")

    @property
    def minutes(self) -> tuple[int, int]:
        """When it opens and closes, from midnight of its day."""
        opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (self.opens, self.closes))
        if self.days_long:
            return opens, closes + self.days_long * DAY
        return opens, closes if closes > opens else closes + DAY


def overlapping(blocks: Iterable[Block]) -> bool:
    """Whether two of these blocks meet."""
    spans = []
    for block in blocks:
        for day in block.days:
            opens, closes = (minute + WEEK_DAYS.index(day) * DAY for minute in block.minutes)
            spans += [(opens, closes)] if closes <= WEEK else [(opens, WEEK), (0, closes - WEEK)]
    spans.sort()
    return any(one[1] > other[0] for one, other in pairwise(spans))
