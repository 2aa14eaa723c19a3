"""What holds of every price: lines add up, nothing is below zero, hours are counted as a watch counts them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.spans import Span
from server.prices import bands, compute
from server.prices.asked import Asked
from server.prices.schemas import PriceRule

PERIODS = ("booking", "local_day", "rolling_day", "month")
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Tehran",
)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

amounts = st.decimals(0, 10_000, places=2)
rates = st.sampled_from((Decimal(0), Decimal(6), Decimal(13)))
periods = st.sampled_from(PERIODS)
capped_minutes = st.builds(lambda per, minutes: {"per": per, "minutes": minutes}, periods, st.integers(1, 2000))
capped_amounts = st.builds(lambda per, amount: {"per": per, "amount": amount}, periods, amounts)
caps = st.one_of(capped_minutes, capped_amounts)
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
days = st.lists(st.sampled_from(WEEK), min_size=1, max_size=7, unique=True)
band = st.builds(
    lambda days, opens, closes, amount: {"days": days, "opens": opens, "closes": closes, "amount": amount},
    days,
    clocks,
    clocks,
    amounts,
)
starts = st.integers(0, 730 * 1440).map(lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute))
near_a_change = st.sampled_from(
    [
        datetime(2026, 3, 8, tzinfo=UTC),
        datetime(2026, 3, 28, tzinfo=UTC),
        datetime(2026, 10, 24, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 4, 4, tzinfo=UTC),
        datetime(2026, 10, 3, tzinfo=UTC),
    ]
).flatmap(lambda day: st.integers(0, 2880).map(lambda minute: day + timedelta(minutes=minute)))


@st.composite
def rules(draw: st.DrawFn) -> PriceRule:
    """Any rule that may be saved."""
    said: dict[str, Any] = {
        "currency": draw(st.sampled_from(("CNY", "JPY", "KWD"))),
        "unit": draw(st.sampled_from(("minute", "half_hour", "hour", "twenty_four_hours"))),
        "amount": draw(amounts),
        "start_up": draw(amounts),
        "for_each_unit": draw(st.booleans()),
        "step_minutes": draw(st.sampled_from((None, 15, 30, 60))),
        "minimum_minutes": draw(st.sampled_from((0, 60, 240))),
        "caps": draw(st.lists(caps, max_size=2)),
        "add_ons": [{"name": "operator", "unit": "hour", "amount": draw(amounts), "mandatory": draw(st.booleans())}],
        "surcharges": [{"name": "weekend", "percent": draw(st.decimals(0, 100, places=1))}],
        "surcharges_are": draw(st.sampled_from(("chained", "added"))),
        "tax": {"percent": draw(rates), "included": draw(st.booleans())},
    }
    how = draw(st.sampled_from(("bands", "first", "tiers", "plain")))
    if how == "bands":
        said["bands"] = draw(st.lists(band, max_size=3))
    if how == "first":
        said["first"] = {"units": draw(st.sampled_from((Decimal(1), Decimal("0.5")))), "amount": draw(amounts)}
    if how == "tiers":
        said["tiers"] = {
            "tiers": [{"from_units": 2, "amount": draw(amounts)}],
            "how": draw(st.sampled_from(("graduated", "whole"))),
        }
    if draw(st.booleans()):
        said["floor"], said["ceiling"] = Decimal(100), Decimal(5000)
    return msgspec.convert(said, PriceRule)


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    start = draw(st.one_of(starts, near_a_change))
    booked = Span(start, start + timedelta(minutes=draw(st.integers(1, 5000))))
    return Asked(booked=booked, time_zone=draw(st.sampled_from(ZONES)), units=draw(st.integers(1, 4)))


@given(rules(), questions())
@settings(max_examples=300, deadline=None)
def test_lines_add_up_and_nothing_is_owed_back(rule: PriceRule, asked: Asked) -> None:
    cost = compute.compute(rule, asked)
    assert cost.gross == sum(line.gross for line in cost.lines) == cost.net + cost.tax
    assert all(line.net + line.tax == line.gross for line in cost.lines)
    assert cost.net >= 0
    assert cost.gross >= 0
    before = cost.gross if rule.tax.included else cost.net
    surcharges = sum(line.gross if rule.tax.included else line.net for line in cost.lines if line.kind == "surcharge")
    if rule.ceiling is not None:
        assert rule.floor <= before - surcharges <= rule.ceiling


@given(rules(), questions())
@settings(max_examples=100, deadline=None)
def test_the_same_question_has_the_same_answer_also_once_it_was_kept(rule: PriceRule, asked: Asked) -> None:
    cost = compute.compute(rule, asked)
    kept = msgspec.json.decode(msgspec.json.encode(rule), type=PriceRule)
    assert compute.compute(kept, asked) == cost
    assert msgspec.json.decode(msgspec.json.encode(cost), type=type(cost)) == cost


def by_the_watch(rule: PriceRule, asked: Asked) -> dict[Decimal, int]:
    """The minutes at each amount, counted one after the other: what the clock on the wall shows decides."""
    zone, found = ZoneInfo(asked.time_zone), dict[Decimal, int]()
    moment = asked.booked.starts_at
    while moment < asked.booked.ends_at:
        wall = moment.astimezone(zone)
        amount = next((one.amount for one in rule.bands if shows(one, wall)), rule.amount)
        found[amount] = found.get(amount, 0) + 1
        moment += timedelta(minutes=1)
    return found


def shows(one: Any, wall: datetime) -> bool:
    """Whether a band holds at what the clock shows: of today, or of the night that began yesterday."""
    clock, today, yesterday = f"{wall:%H:%M}", WEEK[wall.weekday()], WEEK[wall.weekday() - 1]
    if one.opens < one.closes:
        return today in one.days and one.opens <= clock < one.closes
    return (today in one.days and clock >= one.opens) or (yesterday in one.days and clock < one.closes)


def whole_clock(rule: PriceRule, asked: Asked) -> bool:
    """Bounds that the wall clock skips or shows twice are a moment of their own (opening hours); not of this test."""
    zone = ZoneInfo(asked.time_zone)
    return all(
        _offset(asked, zone, minute) == _offset(asked, zone, 0)
        for minute in (-1500, int(asked.booked.length / timedelta(minutes=1)) + 1500)
    )


def _offset(asked: Asked, zone: ZoneInfo, minute: int) -> Any:
    return (asked.booked.starts_at + timedelta(minutes=minute)).astimezone(zone).utcoffset()


@pytest.mark.parametrize("zone", ZONES)
@given(bands_=st.lists(band, min_size=1, max_size=3), start=near_a_change, length=st.integers(1, 3000))
@settings(max_examples=60, deadline=None)
def test_hours_of_the_day_are_counted_as_a_watch_counts_them(
    zone: str, bands_: Any, start: datetime, length: int
) -> None:
    rule = msgspec.convert({"currency": "CNY", "unit": "hour", "amount": "20000", "bands": bands_}, PriceRule)
    asked = Asked(booked=Span(start, start + timedelta(minutes=length)), time_zone=zone)
    cut = dict[Decimal, int]()
    for piece in bands.split(rule, asked.booked, zone, frozenset()):
        amount = rule.amount if piece.band is None else rule.bands[piece.band].amount
        cut[amount] = cut.get(amount, 0) + int(piece.span.length / timedelta(minutes=1))
    watch = by_the_watch(rule, asked)
    assert sum(cut.values()) == sum(watch.values()) == length
    skipped = {"00", "01", "02", "03"}  # hours in which clocks change: a bound there is a moment of its own
    if whole_clock(rule, asked) or not any({one.opens[:2], one.closes[:2]} & skipped for one in rule.bands):
        assert cut == watch
