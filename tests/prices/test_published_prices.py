"""What published price lists of this trade say comes out as they say it; each row names whose it is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from server.core.spans import Span
from server.prices.asked import Asked, Before
from server.prices.billed import billed
from server.prices.compute import compute
from server.prices.fees import FeeRule, late_cancel_fee, no_show_fee, overtime_fee
from server.prices.schemas import PriceRule

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 30, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def rule(**said: Any) -> PriceRule:
    return msgspec.convert({"currency": "CNY", "unit": "hour", "amount": "0", **said}, PriceRule)


def asked(length: timedelta, start: datetime = MONDAY, zone: str = "Asia/Shanghai", **more: Any) -> Asked:
    start = start.astimezone(UTC)
    return Asked(booked=Span(start, start + length), time_zone=zone, **more)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


MISSISSIPPI = {"step_minutes": 30, "grace_minutes": 10, "minimum_minutes": 60}
FUJIAN = {"unit": "half_hour", "step_minutes": 30, "threshold_minutes": 15}
INDIANA = {"amount": "60", "bands": [{"days": WEEK, "opens": "09:00", "closes": "21:00", "amount": "80"}]}


@pytest.mark.parametrize(
    ("said", "length", "gross"),
    [
        ({"amount": "500", "minimum_minutes": 60}, minutes(20), "500"),
        ({"unit": "second", "amount": "0.36", "currency": "TWD"}, timedelta(seconds=5832), "2099.52"),
        ({"amount": "400", "first": {"units": "1", "amount": "500"}}, minutes(150), "1100"),
        ({"amount": "400", "first": {"units": "1", "amount": "500"}, "step_minutes": 60}, minutes(150), "1300"),
        ({"amount": "1600", "start_up": "2000"}, 3 * HOUR, "6800"),
        ({"amount": "4000", "mode": "staffed"}, 2 * HOUR, "8000"),
        ({"amount": "1", "caps": [{"per": "local_day", "minutes": 720}]}, 30 * HOUR, "24"),
        ({"amount": "1", "caps": [{"per": "rolling_day", "minutes": 720}]}, 30 * HOUR, "18"),
        ({"amount": "50", "caps": [{"per": "rolling_day", "amount": "200"}]}, 30 * HOUR, "400"),
        ({"amount": "50", "ceiling": "600"}, 30 * HOUR, "600"),
        ({"amount": "50", "floor": "600"}, 3 * HOUR, "600"),
        ({"unit": "day", "unit_minutes": 480, "step_minutes": 480, "amount": "900"}, 9 * HOUR, "1800"),
    ],
)
def test_what_a_rule_charges(said: dict[str, Any], length: timedelta, gross: str) -> None:
    cost = compute(rule(**said), asked(length))
    assert cost.gross == Decimal(gross)
    assert sum(line.gross for line in cost.lines) == cost.gross


@pytest.mark.parametrize(
    ("said", "used", "counts"),
    [
        *[(MISSISSIPPI, used, counts) for used, counts in ((68, 60), (70, 60), (71, 90), (100, 90), (101, 120))],
        *[(FUJIAN, used, counts * 30) for used, counts in ((29, 1), (44, 1), (44.99, 1), (45, 2))],
    ],
)
def test_grace_and_threshold(said: dict[str, Any], used: float, counts: int) -> None:
    assert billed(rule(**said), asked(minutes(used)).booked, None).length == minutes(counts)


def test_the_hours_of_the_day() -> None:
    cost = compute(rule(**INDIANA), asked(minutes(210), MONDAY.replace(hour=19, minute=30)))
    assert [(line.quantity, line.unit_price) for line in cost.lines] == [
        (Decimal("1.5"), Decimal(80)),
        (Decimal(2), Decimal(60)),
    ]
    assert cost.gross == 240


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 11), (date(2026, 10, 24), 13), (date(2026, 6, 1), 12)])
def test_a_night_counts_the_hours_that_pass(day: date, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(day.year, day.month, day.day, 21, tzinfo=zone)
    night = {"days": WEEK, "opens": "21:00", "closes": "09:00", "amount": "1"}
    end = (start + 12 * HOUR).astimezone(UTC)  # twelve hours later on the wall
    booked = Asked(Span(start.astimezone(UTC), end), "Europe/Berlin")
    cost = compute(rule(bands=[night]), booked)
    assert cost.gross == hours


@pytest.mark.parametrize(
    ("used", "length"),
    [(((9, 20), (10, 30)), minutes(120)), (((8, 50), (11, 25)), minutes(155)), (None, minutes(120))],
)
def test_from_the_earlier_start_to_the_later_end(used: Any, length: timedelta) -> None:
    booked = Span(MONDAY.replace(hour=9), MONDAY.replace(hour=11))
    was = used and Span(*(MONDAY.replace(hour=hour, minute=minute) for hour, minute in used))
    assert billed(rule(amount="1", bills="longer"), booked, was).length == length


@pytest.mark.parametrize(("how", "gross"), [("chained", "187.50"), ("added", "175.00")])
def test_surcharges_are_chained_or_added_as_the_rule_says(how: str, gross: str) -> None:
    said = [{"name": "outside", "percent": "25"}, {"name": "urgent", "percent": "50", "when": "urgent"}]
    cost = compute(rule(amount="100", surcharges=said, surcharges_are=how), asked(HOUR, urgent=True))
    assert cost.gross == Decimal(gross)
    assert compute(rule(amount="100", surcharges=said, surcharges_are=how), asked(HOUR)).gross == 125


@pytest.mark.parametrize(("notice", "gross"), [(HOUR * 24, 100), (HOUR * 24 - timedelta(seconds=1), 150)])
def test_a_surcharge_at_short_notice(notice: timedelta, gross: int) -> None:
    said = {"name": "soon", "percent": "50", "when": "short_notice", "notice_minutes": 1440}
    assert compute(rule(amount="100", surcharges=[said]), asked(HOUR, notice=notice)).gross == gross


def test_tax_that_is_included_is_what_is_left_above_the_net() -> None:
    cost = compute(rule(amount="25", tax={"percent": "6"}), asked(HOUR))
    assert (cost.net, cost.tax, cost.gross) == (Decimal("23.58"), Decimal("1.42"), Decimal("25.00"))


def test_tax_is_rounded_for_each_line() -> None:
    said = [{"name": f"line {number}", "unit": "booking", "amount": "8.42", "mandatory": True} for number in range(12)]
    cost = compute(rule(unit="booking", add_ons=said, tax={"percent": "6", "included": False}), asked(HOUR))
    assert cost.tax == Decimal("6.12")
    assert cost.net + cost.tax == cost.gross


@pytest.mark.parametrize(
    ("per", "how", "before", "gross"),
    [
        ("booking", "graduated", Before(), "109"),
        ("year", "graduated", Before(year_units=Decimal(25)), "75"),
        ("year", "whole", Before(year_units=Decimal(25)), "60"),
        ("last_month", "whole", Before(last_month_units=Decimal(10)), "90"),
    ],
)
def test_tiers(per: str, how: str, before: Before, gross: str) -> None:
    said = {"tiers": [{"from_units": "10", "amount": "3"}, {"from_units": "40", "amount": "2"}], "how": how, "per": per}
    things = Decimal(33) if per == "booking" else Decimal(30)
    cost = compute(rule(unit="core_hour", amount="4", tiers=said), asked(HOUR, things=things, before=before))
    assert cost.gross == Decimal(gross)


@pytest.mark.parametrize(("before_start", "fee"), [(timedelta(days=14), 0), (timedelta(days=14, seconds=-1), 1000)])
def test_cancelling_is_free_up_to_the_last_moment(before_start: timedelta, fee: int) -> None:
    said = FeeRule(kind="late_cancel", currency="SGD", flat=Decimal(1000), free_until_minutes=14 * 1440)
    assert late_cancel_fee(said, Decimal(5000), before_start) == fee


def test_a_fee_is_waived_where_the_time_is_booked_again() -> None:
    said = FeeRule(
        kind="late_cancel", currency="EUR", percent=Decimal(100), free_until_minutes=1440, rebooked_waives=True
    )
    assert late_cancel_fee(said, Decimal(80), HOUR, rebooked=True) == 0
    assert late_cancel_fee(said, Decimal(80), HOUR) == 80
    assert no_show_fee(FeeRule(kind="no_show", currency="CNY", flat=Decimal(100)), Decimal(80)) == 100


@pytest.mark.parametrize(("stayed", "fee"), [(minutes(10), 0), (minutes(11), 5000), (minutes(121), 10000)])
def test_staying_too_long_costs_by_the_block(stayed: timedelta, fee: int) -> None:
    said = FeeRule(kind="overtime", currency="CNY", flat=Decimal(5000), block_minutes=120, free_until_minutes=10)
    assert overtime_fee(said, Decimal(0), stayed) == fee
