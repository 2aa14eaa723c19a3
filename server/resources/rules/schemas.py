"""The booking rules of a resource, as an owner sets them. What they mean is in server.bookings.rules. Pure."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from server.core.spans import Minutes as HourMinutes
from server.resources.opening.holiday_facts import is_known
from server.resources.opening.opening_hours import DAY, WEEK, is_always
from server.resources.opening.week import WEEK_DAYS, WeekSpan

Minutes = Annotated[int, Meta(ge=0, le=366 * DAY)]
SomeMinutes = Annotated[int, Meta(ge=1, le=366 * DAY)]
Weekly = Annotated[tuple[WeekSpan, ...], Meta(max_length=50)]
Clock = Annotated[str, Meta(pattern=r"\A(?:[01][0-9]|2[0-3]):[0-5][0-9]\Z")]

# Who stands how near to the owner, nearest first; each circle holds those before it.
Circle = Literal["own", "partners", "verified_smes", "everyone"]
CIRCLES: tuple[Circle, ...] = get_args(Circle)

INHERIT = "inherit"  # said of a rule: take back what was said of it


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


Blocks = Annotated[tuple[Block, ...], Meta(max_length=50)]


class Quota(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most so much, counted per local day, week or month in which bookings start; without a period, not yet over."""

    __schema_name__ = "BookingQuota"
    per: Literal["organization", "member"] = "organization"
    period: Literal["day", "week", "month"] | None = None
    bookings: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    minutes: Minutes | None = None  # of all units together
    across: Literal["resource", "owner"] = "resource"  # on this resource, or on all of its owner
    during: Weekly = ()  # count only bookings that touch these local hours

    def __post_init__(self) -> None:
        if (self.bookings is None) == (self.minutes is None):
            raise ValueError("a quota limits either bookings or minutes")
        if self.during and self.minutes is not None:
            raise ValueError("a quota during certain hours limits bookings, not minutes")


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a booking must keep to. Minutes unless said otherwise; None means no limit."""

    __schema_name__ = "BookingRules"
    approval: Literal["instant", "request"] = "instant"
    decide_within_minutes: SomeMinutes = 4 * DAY  # requests expire then; two working days, even over a weekend
    approval_first_time: bool = False  # who never had a booking here confirmed needs approval
    approval_above_minutes: Minutes | None = None  # longer bookings need approval
    approval_outside: Weekly | None = None  # bookings not wholly within these local hours need approval
    step_minutes: Annotated[int, Meta(ge=1, le=DAY)] = 15  # bookings start and end on this grid, from local midnight
    blocks: Annotated[
        tuple[Block, ...], Meta(max_length=50)
    ] = ()  # instead of the grid: bookings consist of whole blocks, one after the other
    min_minutes: SomeMinutes = 15
    max_minutes: SomeMinutes | None = None
    max_units: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    lead_minutes: Minutes = 0  # at least this long before the start
    horizon_days: Annotated[int, Meta(ge=1, le=1100)] = 366  # at most this far ahead
    buffer_before_minutes: Annotated[int, Meta(ge=0, le=7 * DAY)] = 0  # kept free of other bookings, for setting up
    buffer_after_minutes: Annotated[int, Meta(ge=0, le=7 * DAY)] = 0  # the same, for clearing away
    max_attendees: Annotated[int, Meta(ge=0, le=1000)] = 100
    cancel_minutes: Minutes | None = None  # guests cancel and move at least this long before the start
    holidays: Literal["closed", "open"] | None = None  # None: closed in China, unless open around the clock
    audience: Circle = "everyone"  # the widest circle that may book
    bookable_hours: Weekly | None = None  # bookings lie within these local hours, besides the opening hours
    released_at: Clock | None = None  # from this local time, `bookable_hours` no longer limit the rest of the same day
    suspend_at_strikes: Annotated[int, Meta(ge=1, le=100)] | None = None  # so many strikes suspend; None: none count
    strikes_within_days: Annotated[int, Meta(ge=1, le=3660)] = 180
    suspended_for_days: Annotated[int, Meta(ge=1, le=3660)] = 30  # from the last strike on
    quotas: Annotated[tuple[Quota, ...], Meta(max_length=20)] = ()
    for_audience: dict[Circle, dict[str, Any]] = {}  # other rules for a circle: only what differs
    check_in_required: bool = False  # who does not check in is counted as missing
    check_in_from_minutes: Minutes = 15  # one may check in so long before the start
    release_after_minutes: Minutes | None = None  # without the demanded check-in the rest is free then

    def __post_init__(self) -> None:
        if overlapping(self.blocks):
            raise ValueError("blocks overlap")

    @property
    def distance(self) -> int:
        """Minutes between the end of one booking and the start of the next on the same unit."""
        return self.buffer_before_minutes + self.buffer_after_minutes

    @property
    def even(self) -> bool:
        """Whether each day has the same grid, so that bookings last whole steps."""
        return not self.blocks and DAY % self.step_minutes == 0

    @property
    def shortest(self) -> int:
        """The shortest length that a booking really has: steps of 180 minutes make 180 of 60."""
        return -(-self.min_minutes // self.step_minutes) * self.step_minutes if self.even else self.min_minutes

    @property
    def longest(self) -> int | None:
        """The longest, likewise: steps of 180 minutes make 720 of 840."""
        if self.max_minutes is None or not self.even:
            return self.max_minutes
        return self.max_minutes // self.step_minutes * self.step_minutes

    @property
    def really(self) -> "Rules":
        """The same rules with the lengths that bookings really have."""
        if (self.shortest, self.longest) == (self.min_minutes, self.max_minutes):
            return self
        return msgspec.structs.replace(self, min_minutes=self.shortest, max_minutes=self.longest)

    def closes_on_holidays(self, country: str, week: HourMinutes) -> bool:
        """Whether public holidays are days off. `week`: the opening hours. Why China: docs/decisions/0042."""
        if self.holidays is None:
            return country == "CN" and not is_always(week)
        return self.holidays == "closed"


DEFAULTS = Rules()


def laid_over(rules: Rules, said: Mapping[str, Any]) -> Rules:
    """Rules with what `said` says instead. Raises msgspec.ValidationError."""
    return msgspec.convert(msgspec.to_builtins(rules) | dict(said), Rules)


def restated(said: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What an owner says after saying `given` too; "inherit" takes a rule back."""
    return {name: value for name, value in {**said, **given}.items() if value != INHERIT}


# Bookings keep their distance from each other whoever made them, and when; so these are said of a resource as a whole.
WHOLE = {"buffer_before_minutes", "buffer_after_minutes"}


def wrong_with(said: Mapping[str, Any], *, of_days: bool = False) -> str | None:
    """What is wrong with rules that someone states, if anything; `of_days`, for some days only."""
    try:
        rules = laid_over(DEFAULTS, said)
        if of_days and WHOLE & said.keys():
            return "buffers are the same on all days"
        variants = [rules]
        for circle, part in rules.for_audience.items():
            if ({"audience", "for_audience"} | WHOLE) & part.keys():
                return f"for_audience.{circle}: buffers are the same for all, and who may book is said in `audience`"
            variants.append(laid_over(rules, part))
    except msgspec.ValidationError as error:
        return str(error)
    for one in variants:
        if one.longest is not None and one.longest < one.shortest and "max_minutes" in said:
            if one.max_minutes is not None and one.max_minutes < one.min_minutes:
                return "max_minutes is less than min_minutes: nothing could be booked"
            return f"max_minutes leaves no whole step of {one.step_minutes} minutes: nothing could be booked"
    return None


def closes_without_country(country: str, *said: Mapping[str, Any]) -> bool:
    """Whether rules, each laid over those before, close on holidays where the country has none that are known."""
    rules = {name: value for one in said for name, value in one.items() if value != INHERIT}
    parts = (rules, *rules.get("for_audience", {}).values())
    return any(one.get("holidays") == "closed" for one in parts) and not is_known(country)
