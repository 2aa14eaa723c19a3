"""Each rule at its very limit: what just keeps to it passes, what just does not is refused, and how it is said."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from server.bookings.rules import rules as asking
from server.bookings.rules.allowance import left, within_allowance
from server.bookings.rules.audience import AUDIENCE_REMEDIES, suspended_until, without_terms
from server.bookings.rules.context import Counted, GuestContext, RuleContext, also_allowed
from server.core.errors import NotOffered, OutsideOpeningHours, RuleRefused
from server.core.spans import Span
from server.qualifications.schemas import Need
from server.resources.opening.week import WEEK_DAYS, WeekSpan
from server.resources.rules.schemas import DEFAULTS, Block, Quota, Rules, laid_over

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 1, 7, tzinfo=UTC)  # Monday, 9:07 in Shanghai
MONDAY = datetime(2026, 3, 2, tzinfo=ZONE)
ALWAYS = [Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALVES = (Block(WEEK_DAYS, "08:00", "12:00"), Block(WEEK_DAYS, "12:00", "16:00", needs_previous=True))


def span(day: int, opens: float, closes: float) -> Span:
    """Local hours of a day after the Monday."""
    start = MONDAY + day * DAY
    return Span(*((start + hours * HOUR).astimezone(UTC) for hours in (opens, closes)))


def local(hours: float, day: int = 0) -> str:
    return (MONDAY + day * DAY + hours * HOUR).isoformat()


HOUR_AT_TEN = span(1, 10, 11)


def asked(when: Span = HOUR_AT_TEN, *, rules: dict[str, Any] | None = None, **more: Any) -> RuleContext:
    given: dict[str, Any] = {
        "rules": laid_over(DEFAULTS, rules or {}), "time_zone": ZONE.key, "total_units": 3, "span": when, "units": 1,
        "attendees": 1, "now": NOW, "opening": ALWAYS,
    }  # fmt: skip
    return RuleContext(**(given | more))


def booked(day: int, opens: float, closes: float, units: int = 1) -> Counted:
    return Counted(*span(day, opens, closes), units, here=True, mine=True)


def spent(*counted: Counted, allowance: int = 180) -> GuestContext:
    return GuestContext(allowance=allowance, spent=counted)


NEED = Need(UUID(int=1), "Laser", "ask Ms Li", None, held=False, until=None)
HELD = replace(NEED, held=True, until=HOUR_AT_TEN.ends_at)
STRIKES: dict[str, Any] = {"suspend_at_strikes": 2, "strikes_within_days": 10, "suspended_for_days": 5}


def struck(*days: float) -> GuestContext:
    return GuestContext(strikes=tuple(NOW - day * DAY for day in days))


# What just passes, what just does not, and what the refusal says besides its remedy.
LIMITS: dict[str, tuple[RuleContext, RuleContext, dict[str, Any]]] = {
    "units": (asked(units=3), asked(units=4), {"limit": 3, "actual": 4}),
    "max_units": (
        asked(units=2, rules={"max_units": 2}), asked(units=3, rules={"max_units": 2}), {"limit": 2, "actual": 3}
    ),
    "max_attendees": (
        asked(attendees=2, rules={"max_attendees": 2}), asked(attendees=3, rules={"max_attendees": 2}),
        {"limit": 2, "actual": 3},
    ),
    "step_minutes": (
        asked(), asked(span(1, 10, 10.9)),
        {"limit": 15, "actual": local(10.9, 1), "earliest": local(11, 1)},
    ),
    "blocks": (
        asked(span(1, 8, 12), rules={"blocks": HALVES}), asked(span(1, 9, 12), rules={"blocks": HALVES}),
        {"limit": [
            {"days": WEEK_DAYS, "opens": "08:00", "closes": "12:00", "days_long": 0, "needs_previous": False},
            {"days": WEEK_DAYS, "opens": "12:00", "closes": "16:00", "days_long": 0, "needs_previous": True},
        ], "actual": local(9, 1), "open": [
            {"starts_at": local(12), "ends_at": local(16)},
            {"starts_at": local(8, 1), "ends_at": local(12, 1)}, {"starts_at": local(12, 1), "ends_at": local(16, 1)},
        ]},
    ),
    "needs_previous": (
        asked(span(1, 12, 16), rules={"blocks": HALVES}, follows=True),
        asked(span(1, 12, 16), rules={"blocks": HALVES}),
        {"limit": [
            {"days": WEEK_DAYS, "opens": "12:00", "closes": "16:00", "days_long": 0, "needs_previous": True}
        ], "actual": local(12, 1), "open": [{"starts_at": local(8, 1), "ends_at": local(16, 1)}]},
    ),
    "min_minutes": (
        asked(rules={"min_minutes": 60}), asked(span(1, 10, 10.75), rules={"min_minutes": 60}),
        {"limit": 60, "actual": 45},
    ),
    "max_minutes": (
        asked(rules={"max_minutes": 60}), asked(span(1, 10, 11.25), rules={"max_minutes": 60}),
        {"limit": 60, "actual": 75},
    ),
    "lead_minutes": (
        asked(Span(NOW + 90 * MINUTE, NOW + 180 * MINUTE), rules={"lead_minutes": 90, "step_minutes": 1}),
        asked(span(0, 10.5, 11), rules={"lead_minutes": 90}),
        {"limit": 90, "actual": 83, "earliest": local(10.75)},
    ),
    "horizon_days": (
        asked(Span(NOW + 2 * DAY - HOUR, NOW + 2 * DAY), rules={"horizon_days": 2, "step_minutes": 1}),
        asked(span(2, 8.25, 9.25), rules={"horizon_days": 2}),
        {"limit": 2, "actual": 2.0},
    ),
    "opening_hours": (
        asked(opening=[span(1, 10, 11)]),
        asked(opening=[span(1, 9, 10), span(1, 10.25, 11), span(6, 9, 10), span(0, 9, 12), span(5, 9, 10)]),
        {"open": [{"starts_at": local(9, day), "ends_at": local(ends, day)}
                  for day, ends in ((0, 12), (1, 10), (5, 10))]},
    ),
    "bookable_hours": (
        asked(allowed=[span(1, 10, 11)]),
        asked(
            rules={"bookable_hours": [{"days": ["tue"], "opens": "09:00", "closes": "10:00"}], "released_at": "12:00"},
            allowed=[span(1, 9, 10), span(1, 10.25, 11), span(6, 9, 10), span(0, 9, 12), span(5, 9, 10)],
        ),
        {"limit": [{"days": ("tue",), "opens": "09:00", "closes": "10:00"}], "actual": local(10, 1),
         "earliest": local(9, 5),
         "open": [{"starts_at": local(9, day), "ends_at": local(ends, day)}
                  for day, ends in ((0, 12), (1, 10), (5, 10))]},
    ),
    "quotas": (
        asked(rules={"quotas": [Quota(period="day", minutes=120)]}, guest=GuestContext(booked=(booked(1, 8, 9),))),
        asked(rules={"quotas": [Quota(period="day", minutes=119)]}, guest=GuestContext(booked=(booked(1, 8, 9),))),
        {"limit": 119, "actual": 120, "unit": "minutes", "per": "organization", "period": "day", "across": "resource",
         "earliest": local(0, 2)},
    ),
    "monthly_minutes": (
        asked(guest=spent(booked(0, 8, 10))), asked(guest=spent(booked(0, 8, 10.25))),
        {"limit": 180, "actual": 195, "unit": "minutes", "period": "month", "per": "member",
         "earliest": "2026-04-01T00:00:00+08:00"},
    ),
    "qualification": (
        asked(guest=GuestContext(needs=(HELD,))),
        asked(guest=GuestContext(needs=(HELD, replace(HELD, until=HOUR_AT_TEN.ends_at - MINUTE)))),
        {"limit": "Laser", "actual": HOUR_AT_TEN.ends_at - MINUTE, "qualification_id": UUID(int=1),
         "training_resource_id": None},
    ),
    "suspended": (
        asked(guest=struck(1, 11), rules=STRIKES), asked(guest=struck(1, 10.9), rules=STRIKES),
        {"limit": 2, "actual": 2, "earliest": "2026-03-06T09:07:00+08:00", "until": "2026-03-06T09:07:00+08:00"},
    ),
    "terms": (
        asked(terms=3, guest=GuestContext(accepted=3)), asked(terms=3, guest=GuestContext(accepted=2)),
        {"limit": 3, "actual": 2},
    ),
    "audience": (
        asked(rules={"audience": "partners"}, guest=GuestContext(circle="partners")),
        asked(rules={"audience": "partners"}, guest=GuestContext(circle="verified_smes")),
        {"limit": "partners", "actual": "verified_smes"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", LIMITS)
def test_what_just_keeps_to_a_rule_passes_and_what_just_does_not_is_told_how(rule: str) -> None:
    passing, refused, members = LIMITS[rule]
    asking.refuse_unless_allowed(passing)
    with pytest.raises((RuleRefused, OutsideOpeningHours)) as refusal:
        asking.refuse_unless_allowed(refused)
    told = dict(refusal.value.members)
    assert told.pop("remedy") == refusal.value.detail
    assert told == {"rule": rule, **members}


REMEDIES: dict[str, tuple[RuleContext, str]] = {
    "one unit": (asked(total_units=1, units=2), "there is 1 unit"),
    "two units": (asked(total_units=2, units=3), "there are 2 units"),
    "units at once": (asked(units=2, rules={"max_units": 1}), "book at most 1 unit at once"),
    "attendees": (asked(attendees=2, rules={"max_attendees": 1}), "bring at most 1 attendee"),
    "none": (asked(rules={"max_attendees": 0}), "bring no attendees"),
    "grid": (
        asked(span(1, 10.1, 11), rules={"step_minutes": 30}),
        f"start and end every 30 minutes, such as {local(10.5, 1)}",
    ),
    "short": (asked(rules={"min_minutes": 90}), "book at least 90 minutes"),
    "long": (asked(rules={"max_minutes": 45}), "book at most 45 minutes"),
    "soon": (asked(span(0, 10, 11), rules={"lead_minutes": 90}), f"start at {local(10.75)} or later"),
    "far": (asked(span(3, 9, 10), rules={"horizon_days": 2}), "end by 2026-03-04T09:07+08:00, or book later"),
    "closed": (asked(opening=[span(2, 9, 12)]), "choose a time inside `open`"),
    "closed for so long": (
        asked(opening=[span(1, 10, 10.5)]), "it is not open for so long on any day around; book less"
    ),
    "hours": (asked(allowed=[]), "choose a time within the hours in `limit`"),
    "hours of priority": (
        asked(allowed=[], rules={"released_at": "12:00"}),
        "choose a time within the hours in `limit`, or ask again on the day itself from 12:00 on",
    ),
    "blocks": (
        asked(span(1, 9, 12), rules={"blocks": HALVES}),
        "book whole blocks that follow each other, such as those in `open`",
    ),
    "the block before": (
        asked(span(1, 12, 16), rules={"blocks": HALVES}),
        "book the block right before it as well, as in `open`, or wait until somebody has booked that one",
    ),
    "terms": (asked(terms=3), "read the terms of the resource and send `accept_terms: 3`"),
    "no qualification": (asked(guest=GuestContext(needs=(NEED,))), "get the qualification “Laser” first: ask Ms Li"),
    "a qualification by training": (
        asked(guest=GuestContext(needs=(replace(NEED, how_to_get="", training_resource_id=UUID(int=2)),))),
        "get the qualification “Laser” first (attending a booking of the resource `training_resource_id` grants it)",
    ),
    "a qualification that ended": (
        asked(guest=GuestContext(needs=(replace(HELD, until=MONDAY),))),
        "renew the qualification “Laser”, which ends on 2026-03-01: ask Ms Li",
    ),
    "a qualification that ends in a night": (
        asked(guest=GuestContext(needs=(replace(HELD, until=MONDAY + 4 * HOUR),))),
        "renew the qualification “Laser”, which ends on 2026-03-02: ask Ms Li",
    ),
    "one that was given back": (
        asked(guest=GuestContext(needs=(replace(HELD, held=False),))),
        "get the qualification “Laser” first: ask Ms Li",
    ),
    "a month's minutes": (
        asked(guest=spent(booked(0, 8, 11))),
        "your organization lets you book 180 minutes in a calendar month; book from 2026-04-01 on, or ask an admin for"
        " more",
    ),
    "more than a month's minutes": (
        asked(guest=spent(allowance=30)),
        "your organization lets you book 30 minutes in a calendar month; book less, or ask an admin for more",
    ),
    "suspended": (
        asked(guest=struck(1, 2), rules=STRIKES),
        "book again from 2026-03-06T09:07:00+08:00 on, or appeal against a strike: the owner may forgive it",
    ),
    "a quota": (
        asked(rules={"quotas": [Quota(period="week", bookings=1)]}, guest=GuestContext(booked=(booked(2, 8, 9),))),
        "your organization may book 1 booking a week on this resource; book from 2026-03-09 on, or cancel one first",
    ),
    "a quota at a time": (
        asked(rules={"quotas": [Quota(per="member", across="owner", minutes=30)]}),
        "each member may book 30 minutes at a time on all resources of this owner; book less, or wait until one is"
        " over, or cancel one",
    ),
    "a quota of some hours": (
        asked(rules={"quotas": [Quota(bookings=0, during=(WeekSpan(WEEK_DAYS, "09:00", "12:00"),))]}),
        "your organization may book 0 bookings at a time on this resource in these hours; book less, or wait until one"
        " is over, or cancel one",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REMEDIES)
def test_what_a_refusal_tells_to_do(case: str) -> None:
    context, remedy = REMEDIES[case]
    with pytest.raises((RuleRefused, OutsideOpeningHours)) as refusal:
        asking.refuse_unless_allowed(context)
    assert refusal.value.detail == remedy


@pytest.mark.parametrize("audience", AUDIENCE_REMEDIES)
def test_who_stands_one_circle_too_far_off_learns_what_would_help(audience: Any) -> None:
    with pytest.raises(RuleRefused) as refusal:
        asking.refuse_unless_allowed(asked(rules={"audience": audience}))
    assert refusal.value.detail == AUDIENCE_REMEDIES[audience]


def test_what_is_withheld_is_not_offered() -> None:
    with pytest.raises(NotOffered):
        asking.refuse_unless_allowed(asked(withheld=True))


def test_terms_are_accepted_with_the_request_or_are_no_matter() -> None:
    asking.refuse_unless_allowed(asked(terms=3, accepts=3))
    for context, actual in ((asked(terms=3), None), (asked(terms=3, accepts=2), 2)):
        with pytest.raises(RuleRefused) as refusal:
            asking.refuse_unless_allowed(context)
        assert refusal.value.members["actual"] == actual
        asking.refuse_unless_allowed(without_terms(context))


def test_what_only_gives_time_back_is_asked_for_its_shape() -> None:
    """Too soon, too far off, closed, too long and used up: it may be shortened all the same."""
    late: dict[str, Any] = {"rules": {"lead_minutes": 2000, "max_minutes": 30}, "opening": [], "withheld": True}
    asking.refuse_unless_shorter(asked(span(0, 10, 11), **late))
    with pytest.raises(RuleRefused):
        asking.refuse_unless_shorter(asked(span(0, 10, 10.1), **late))


def cancelling(minutes: int | None) -> Rules:
    return laid_over(DEFAULTS, {"cancel_minutes": minutes})


def test_it_is_late_from_the_first_moment_after_the_deadline() -> None:
    starts_at = NOW + HOUR
    asking.refuse_late(cancelling(None), NOW, NOW, "cancel")
    asking.refuse_late(cancelling(60), starts_at, NOW, "cancel")
    assert not asking.is_late(cancelling(60), starts_at, NOW)
    assert asking.is_late(cancelling(60), starts_at, NOW + timedelta(microseconds=1))
    with pytest.raises(RuleRefused) as refusal:
        asking.refuse_late(cancelling(60), starts_at, NOW + 90 * timedelta(seconds=1), "move")
    assert refusal.value.members == {
        "rule": "cancel_minutes", "limit": 60, "actual": 58, "until": NOW.isoformat(),
        "remedy": f"guests could move it until {NOW.isoformat()}; ask the owner to do it",
    }  # fmt: skip


NIGHTS = [{"days": ["mon"], "opens": "22:00", "closes": "06:00"}]


@pytest.mark.parametrize(
    ("rules", "context", "needed"),
    [
        ({}, {}, False),
        ({"approval": "request"}, {}, True),
        ({"approval_first_time": True}, {}, True),
        ({"approval_first_time": True}, {"guest": GuestContext(known=True)}, False),
        ({"approval_above_minutes": 60}, {}, False),
        ({"approval_above_minutes": 59}, {}, True),
        ({"approval_above_minutes": 0}, {}, True),
        ({"approval_outside": NIGHTS}, {}, True),
        ({"approval_outside": NIGHTS}, {"span": span(0, 22, 30)}, False),
        ({"approval_outside": NIGHTS}, {"span": span(1, 5, 6)}, False),
        ({"approval_outside": NIGHTS}, {"span": span(1, 5, 6.25)}, True),
        ({"approval_outside": NIGHTS}, {"span": span(0, 21.75, 23)}, True),
        ({"approval_outside": NIGHTS}, {"span": span(0, 22, 23), "holidays": {date(2026, 3, 2): None}}, True),
        ({"approval_outside": NIGHTS}, {"span": span(5, 22, 23), "holidays": {date(2026, 3, 7): 0}}, False),
    ],
)
def test_when_a_person_has_to_decide(rules: dict[str, Any], context: dict[str, Any], needed: bool) -> None:
    assert asking.needs_approval(asked(rules=rules, **context)) is needed


def test_the_lead_time_ends_on_the_grid_of_the_resource() -> None:
    """In Kathmandu the quarters of the hour lie elsewhere, and an hour's grid is its own."""
    zone = ZoneInfo("Asia/Kathmandu")
    early = asked(Span(NOW, NOW + HOUR), time_zone=zone.key, rules={"lead_minutes": 1, "step_minutes": 60})
    with pytest.raises(RuleRefused) as refusal:
        asking.early_enough(early)
    assert refusal.value.members["earliest"] == "2026-03-02T07:00:00+05:45"


def test_what_is_left_of_a_month() -> None:
    standing = spent(booked(0, 8, 9), booked(29, 23, 25), booked(30, 0, 1, units=2), booked(-2, 23, 25))
    days = {day: left(standing, day, ZONE) for day in (date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 1))}
    assert list(days.values()) == [60, 0, 60]
    assert left(spent(booked(365, 8, 9)), date(2026, 3, 2), ZONE) == 180  # a month of another year
    assert left(GuestContext(), date(2026, 3, 2), ZONE) is None


def test_a_month_with_enough_left_is_looked_for_two_years_ahead() -> None:
    """From a 31st, and past the end of a year; a month that is too full is passed over."""
    late = asked(span(303, 10, 11), guest=spent(booked(302, 8, 11), booked(304, 8, 11)))  # December 31 is day 304
    with pytest.raises(RuleRefused) as refusal:
        within_allowance(late)
    assert refusal.value.members["earliest"] == "2027-01-01T00:00:00+08:00"
    full = [booked(30 * month, 8, 11) for month in range(30)]
    with pytest.raises(RuleRefused) as refusal:
        within_allowance(asked(guest=spent(*full)))
    assert "earliest" not in refusal.value.members


def test_the_allowance_of_another_goes_with_the_standing_of_one() -> None:
    one, other = GuestContext(known=True), spent(booked(0, 8, 9))
    assert also_allowed(one, other) == GuestContext(known=True, allowance=180, spent=other.spent)
    assert also_allowed(other, one) == other


def test_qualifications_end_the_time_that_can_be_booked() -> None:
    last = replace(HELD, until=NOW + 5 * DAY)
    assert GuestContext(needs=(HELD, last)).qualified_until == HELD.until
    assert GuestContext(needs=(replace(HELD, until=None),)).qualified_until is None
    assert (GuestContext(needs=(HELD, NEED)).qualified_until or NOW) < NOW


@pytest.mark.parametrize(
    ("days", "until"),
    [
        ((), None),
        ((1,), None),
        ((1, 2), NOW + 4 * DAY),
        ((4.9, 5.1), NOW + 0.1 * DAY),
        ((5, 5.1), None),  # its end is the moment at which one may again
        ((1, 11), None),  # too far from each other
        ((1, 2, 9), NOW + 4 * DAY),
        ((9, 1, 2), NOW + 4 * DAY),
    ],
)
def test_strikes_suspend_from_the_last_one_on(days: tuple[float, ...], until: datetime | None) -> None:
    assert suspended_until(struck(*days).strikes, laid_over(DEFAULTS, STRIKES), NOW) == until
    assert suspended_until(struck(*days).strikes, DEFAULTS, NOW) is None


def test_the_blocks_that_are_named_are_the_nearest_ones() -> None:
    with pytest.raises(RuleRefused) as refusal:
        asking.in_whole_blocks(asked(span(1, 12, 13), rules={"blocks": HALVES}))
    starts = [one["starts_at"] for one in refusal.value.members["open"]]
    assert starts == [local(8, 1), local(12, 1), local(8, 2)]
    with pytest.raises(RuleRefused) as refusal:
        asking.with_the_block_before(asked(span(1, 12, 16), rules={"blocks": HALVES[1:]}))
    assert refusal.value.members["open"] == []
