"""What availability offers to somebody, booking accepts: over rules, circles, quotas, blocks, overrides and holidays.

Both sides are what the program uses: Occupancy.free() for availability and search, rule_context() and the rules with
has_room() for booking. Only the reading of rows is left out; the tests of each rule go through HTTP.
"""

import os
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.bookings.capacity import occupancy
from server.bookings.capacity.availability import nearest
from server.bookings.capacity.occupancy import Occupancy, rule_context
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import TakenSpan
from server.bookings.rules import daily, lengths
from server.bookings.rules import rules as asking
from server.bookings.rules.blocks import blocks_in, next_on_grid
from server.bookings.rules.context import Counted, GuestContext
from server.bookings.rules.daily import Override
from server.bookings.schemas import Availability, Free
from server.bookings.series import plan
from server.bookings.series.plan import Slot
from server.core.errors import DomainError, OutsideOpeningHours, RuleRefused
from server.core.spans import Span
from server.resources.opening.week import WEEK_DAYS, WeekSpan
from server.resources.rules.schemas import CIRCLES, DEFAULTS, Block, Quota, Rules, laid_over
from server.search.query import Search
from server.search.verdict import verdict
from server.site.book import slots

NOW = datetime(2026, 3, 25, 7, 10, tzinfo=UTC)  # a Wednesday; Berlin changes its clocks on Sunday
DAYS = 8
EXAMPLES = int(os.environ.get("RONGTONG_RULES_EXAMPLES", "200"))  # of each property; many in `make test-long`
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York")

weekly = st.builds(
    WeekSpan,
    days=st.lists(st.sampled_from(WEEK_DAYS), min_size=1, max_size=7, unique=True).map(tuple),
    opens=st.sampled_from(["00:00", "08:00", "09:30", "14:00", "21:00"]),
    closes=st.sampled_from(["00:00", "07:00", "12:00", "18:30", "22:00"]),
)
halves = (Block(WEEK_DAYS, "09:00", "21:00"), Block(WEEK_DAYS, "21:00", "09:00"))
evenings = (Block(WEEK_DAYS[:5], "17:30", "20:30"), Block(WEEK_DAYS, "20:30", "00:00", needs_previous=True))
weeks = (Block(("tue",), "06:00", "06:00", days_long=7),)
quota = st.one_of(
    st.builds(
        Quota,
        per=st.sampled_from(["organization", "member"]),
        period=st.sampled_from(["day", "week", "month", None]),
        bookings=st.integers(0, 3),
        across=st.sampled_from(["resource", "owner"]),
        during=st.one_of(st.just(()), weekly.map(lambda one: (one,))),
    ),
    st.builds(
        Quota,
        per=st.sampled_from(["organization", "member"]),
        period=st.sampled_from(["day", "week", "month", None]),
        minutes=st.integers(0, 1500),
        across=st.sampled_from(["resource", "owner"]),
    ),
)
part: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "step_minutes": st.sampled_from([15, 30, 50, 120, 180, 1440]),
        "min_minutes": st.sampled_from([15, 60, 240, 1440]),
        "max_minutes": st.sampled_from([None, 120, 600, 840, 1440]),
        "max_units": st.sampled_from([None, 1, 2]),
        "lead_minutes": st.sampled_from([0, 90, 2000]),
        "horizon_days": st.sampled_from([2, 5, 366]),
        "holidays": st.sampled_from(["closed", "open", None]),
        "bookable_hours": st.one_of(st.none(), st.lists(weekly, max_size=2).map(tuple)),
        "released_at": st.sampled_from([None, "00:00", "23:00"]),
        "blocks": st.sampled_from([(), halves, evenings, weeks]),
        "quotas": st.lists(quota, max_size=2).map(tuple),
    },
)
rules = st.fixed_dictionaries(
    {"buffer_after_minutes": st.sampled_from([0, 20])},
    optional={
        "audience": st.sampled_from(CIRCLES),
        "for_audience": st.dictionaries(st.sampled_from(CIRCLES), part, max_size=2),
    },
)
hours = st.sampled_from(
    [
        ((0, 7 * 1440),),
        tuple((d * 1440 + 480, d * 1440 + 1080) for d in range(5)),
        tuple((d * 1440 + 1320, d * 1440 + 1800) for d in range(7)),  # nights
        tuple((d * 1440 + shift, d * 1440 + shift + 480) for d in range(5) for shift in (360, 840, 1320)),
    ]
)
moments = st.integers(-4 * 96, 8 * 96).map(lambda quarter: NOW.replace(minute=0) + timedelta(minutes=15 * quarter))
counted = st.builds(
    lambda start, minutes, units, here, mine: Counted(start, start + timedelta(minutes=minutes), units, here, mine),
    moments, st.sampled_from([30, 180, 700]), st.integers(1, 2), st.booleans(), st.booleans(),
)  # fmt: skip
days = st.integers(0, DAYS).map(lambda ahead: NOW.date() + timedelta(days=ahead))


def an_override(first: date, length: int, said: dict[str, Any]) -> Override:
    return Override(first, first + timedelta(days=length), said)


@st.composite
def situations(draw: st.DrawFn) -> tuple[ResourceSnapshot, Occupancy]:
    """A resource with rules of all kinds, what is taken on it, and somebody who asks."""
    resource = ResourceSnapshot(
        id=uuid4(), owner_id=uuid4(), owner_name="", name="", name_en="", country="CN", place="",
        time_zone=draw(st.sampled_from(ZONES)), units=draw(st.integers(1, 2)), week=draw(hours),
        rules=laid_over(DEFAULTS, draw(part) | draw(rules)),
        overrides=tuple(draw(st.lists(st.builds(an_override, days, st.integers(0, 2), part), max_size=2))),
        now=NOW,
    )  # fmt: skip
    taken = draw(st.lists(st.tuples(st.integers(1, 2), moments, st.integers(1, 20), st.booleans()), max_size=6))
    seen = Occupancy(
        window=Span(NOW - timedelta(days=1), NOW + timedelta(days=DAYS)),
        taken=[TakenSpan(unit, Span(at, at + timedelta(minutes=15 * n)), apart) for unit, at, n, apart in taken],
        exceptions=draw(st.dictionaries(days, st.sampled_from([(), ((600, 900),)]), max_size=2)),
        holidays=draw(st.dictionaries(days, st.sampled_from([None, 0, 4]), max_size=3)),
        guest=GuestContext(
            circle=draw(st.sampled_from(CIRCLES)), booked=tuple(draw(st.lists(counted, max_size=4)))
        ),
    )  # fmt: skip
    return resource, seen


def spans_in(start: datetime, end: datetime, window_rules: Rules, resource: ResourceSnapshot, at: float) -> list[Span]:
    """Some times in a window that are neither too short nor too long, on the grid or in whole blocks."""
    zone, least = ZoneInfo(resource.time_zone), timedelta(minutes=window_rules.min_minutes)
    most = timedelta(minutes=window_rules.max_minutes or 10**6)
    if window_rules.blocks:
        blocks = blocks_in(window_rules.blocks, zone, Span(start, end))
        pairs = [(one.starts_at, other.ends_at) for n, one in enumerate(blocks) for other in blocks[n : n + 3]]
    else:
        first = next_on_grid(start + (end - start) * at, zone, window_rules.step_minutes)
        lengths = (least, min(most, timedelta(hours=3)), min(most, end - first))
        pairs = [
            (one, next_on_grid(one + n, zone, window_rules.step_minutes)) for one in (start, first) for n in lengths
        ]
    return [Span(a, b) for a, b in pairs if a < b <= end and least <= b - a <= most]


@settings(max_examples=EXAMPLES, deadline=None)
@given(situations(), st.integers(1, 2), st.floats(0, 1))
def test_what_is_offered_is_accepted(situation: tuple[ResourceSnapshot, Occupancy], units: int, at: float) -> None:
    resource, seen = situation
    offered = [
        span
        for window in seen.free(resource, units)
        for span in spans_in(
            window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC), window.rules, resource, at
        )
    ]
    for span in offered:
        asking.refuse_unless_allowed(rule_context(resource, seen, span, units, 0))
        assert seen.has_room(resource, span, units)


@settings(max_examples=EXAMPLES, deadline=None)
@given(situations(), st.integers(1, 2), moments, st.integers(1, 60))
def test_what_is_accepted_is_offered_unless_the_rules_change_meanwhile(
    situation: tuple[ResourceSnapshot, Occupancy], units: int, start: datetime, quarters: int
) -> None:
    """Windows end at midnight where the rules of the next day differ; nothing else is held back."""
    resource, seen = situation
    span = Span(start, start + timedelta(minutes=15 * quarters))
    assume(span.ends_at <= seen.window.ends_at)
    try:
        asking.refuse_unless_allowed(rule_context(resource, seen, span, units, 0))
    except (RuleRefused, OutsideOpeningHours):
        return
    if not seen.has_room(resource, span, units):
        return
    day, last = (resource.rules_at(moment, seen.guest.circle) for moment in span)
    if resource.overrides or day.quotas or last != day:
        return
    assert any(window.span.holds(span) for window in seen.free(resource, units))


def accepts(resource: ResourceSnapshot, seen: Occupancy, span: Span, units: int) -> None:
    """What booking does: ask every rule, and look for room."""
    asking.refuse_unless_allowed(rule_context(resource, seen, Span(*(one.astimezone(UTC) for one in span)), units, 0))
    assert seen.has_room(resource, span, units)


@settings(max_examples=EXAMPLES, deadline=None)
@given(situations(), st.integers(1, 2), st.sampled_from([1, 40, 90, 300, 720]))
def test_what_the_wait_list_would_offer_is_accepted(
    situation: tuple[ResourceSnapshot, Occupancy], units: int, minutes: int
) -> None:
    resource, seen = situation
    for window in seen.free(resource, units, minutes):
        whole = Span(window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC))
        offered = [*islice(lengths.times(whole, minutes, resource.zone, window.rules), 5)]
        assert offered, "a window for so many minutes has a time of so many minutes"
        for span in offered:
            assert lengths.counted(span, resource.zone, window.rules) >= minutes
            accepts(resource, seen, span, units)


@settings(max_examples=EXAMPLES, deadline=None)
@given(situations(), st.integers(1, 2), moments, st.sampled_from([15, 60, 150, 720]))
def test_what_is_offered_instead_is_accepted(
    situation: tuple[ResourceSnapshot, Occupancy], units: int, start: datetime, minutes: int
) -> None:
    resource, seen = situation
    wanted = Span(start, start + timedelta(minutes=minutes))
    for span in nearest(seen.free(resource, units), wanted, resource.time_zone):
        accepts(resource, seen, span, units)


@settings(max_examples=EXAMPLES, deadline=None)
@given(situations(), st.integers(1, 2), moments, st.integers(1, 60))
def test_search_says_what_booking_would_say_and_why(
    situation: tuple[ResourceSnapshot, Occupancy], units: int, start: datetime, quarters: int
) -> None:
    resource, seen = situation
    span = Span(start, start + timedelta(minutes=15 * quarters))
    assume(span.ends_at <= seen.window.ends_at)
    told = verdict(Search(exactly=span, units=units), resource, seen)
    refused: DomainError | None = None
    try:
        asking.refuse_unless_allowed(rule_context(resource, seen, span, units, 0))
    except (RuleRefused, OutsideOpeningHours) as refusal:
        refused = refusal
    if refused is not None:
        assert told is not None
        assert (type(told), told.members["rule"]) == (type(refused), refused.members["rule"])
    else:
        assert (told is None) == seen.has_room(resource, span, units)


@settings(max_examples=EXAMPLES, deadline=None)
@given(situations(), st.booleans())
def test_what_the_page_of_a_resource_lets_one_choose_is_accepted(
    situation: tuple[ResourceSnapshot, Occupancy], longer: bool
) -> None:
    """Where the rules are the same for all and on all days, as the page takes them to be."""
    resource, seen = situation
    assume(not resource.overrides and not resource.rules.for_audience)
    zone = resource.zone
    free = [
        Free(start.astimezone(zone), end.astimezone(zone), units, rules.min_minutes, rules.max_minutes)
        for window in seen.free(resource) for start, end, units, rules in [(*window.span, window.units, window.rules)]
    ]  # fmt: skip
    shown = Availability(resource.time_zone, free, [])
    chosen = None
    for _ in range(2):
        week = slots.week(NOW.date(), zone, shown, NOW, rules=resource.rules, chosen=chosen)
        asked = [Span(*cell.to) for _, row in week.rows for cell in row if cell.to]
        for span in asked:
            accepts(resource, seen, span, 1)
        if not (longer and asked):
            return
        chosen = asked[0]


@settings(max_examples=EXAMPLES, deadline=None)
@given(situations(), st.integers(1, 2), moments, st.integers(1, 60))
def test_a_series_is_previewed_as_booking_would_say_and_why(
    situation: tuple[ResourceSnapshot, Occupancy], units: int, start: datetime, quarters: int
) -> None:
    resource, seen = situation
    span = Span(start, start + timedelta(minutes=15 * quarters))
    assume(span.ends_at <= seen.window.ends_at)
    slot = Slot(start.replace(tzinfo=None), span)
    plan.decide(
        resource, seen, [slot], units, uuid4(), lambda here, asked: rule_context(resource, here, asked, units, 0)
    )  # fmt: skip
    refused: DomainError | None = None
    try:
        asking.refuse_unless_allowed(rule_context(resource, seen, span, units, 0))
    except (RuleRefused, OutsideOpeningHours) as refusal:
        refused = refusal
    if refused is None:
        assert (slot.refusal is None) == seen.has_room(resource, span, units)
    else:
        assert slot.refusal is not None
        assert (type(slot.refusal), slot.refusal.members["rule"]) == (type(refused), refused.members["rule"])


FORGETTING: dict[str, tuple[Any, str, Any]] = {
    "within_quotas": (daily, "left", lambda rules, *_: (rules, ())),
    "within_hours": (Occupancy, "allowed", lambda *_: None),
    "within_the_audience": (daily, "may_book", lambda *_: True),
    "with_the_block_before": (occupancy, "dependent", lambda *_: False),
}


@pytest.mark.parametrize("switched_off", FORGETTING)
def test_the_property_would_notice_if_availability_forgot_a_rule(
    switched_off: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: availability that does not know a rule offers what is refused."""
    monkeypatch.setattr(*FORGETTING[switched_off])
    limits: dict[str, Any] = {
        "within_quotas": {"quotas": [{"bookings": 0}]},
        "within_hours": {"bookable_hours": []},
        "within_the_audience": {"audience": "own"},
        "with_the_block_before": {"blocks": [msgspec.to_builtins(evenings[1])]},
    }
    resource = ResourceSnapshot(
        id=uuid4(), owner_id=uuid4(), owner_name="", name="", name_en="", place="", time_zone="Asia/Shanghai", units=1,
        week=((0, 7 * 1440),), rules=laid_over(DEFAULTS, limits[switched_off]), now=NOW,
    )  # fmt: skip
    seen = Occupancy(Span(NOW, NOW + timedelta(days=2)), [], {})
    (window, *_) = seen.free(resource)
    monkeypatch.undo()
    with pytest.raises(RuleRefused):
        asking.refuse_unless_allowed(rule_context(resource, seen, window.span, 1, 0))
    assert seen.free(resource) == []
