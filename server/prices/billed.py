"""How much time is charged: which interval, less grace, in whole steps, at least the minimum. Pure."""

from datetime import timedelta

from server.core.spans import Span
from server.prices.schemas import PriceRule

ZERO = timedelta(0)


def billed(rule: PriceRule, booked: Span, used: Span | None) -> Span:
    """The interval that is charged. It begins with what it is counted from; rounding moves its end."""
    interval = counted(rule, booked, used)
    length = max(_in_steps(rule, interval.length), timedelta(minutes=rule.minimum_minutes))
    return Span(interval.starts_at, interval.starts_at + length)


def counted(rule: PriceRule, booked: Span, used: Span | None) -> Span:
    """Booked, used, or from the earlier start to the later end. What was not used yet is taken as booked."""
    if used is None or rule.bills == "booked":
        return booked
    if rule.bills == "used":
        return used
    return Span(min(booked.starts_at, used.starts_at), max(booked.ends_at, used.ends_at))


def _in_steps(rule: PriceRule, length: timedelta) -> timedelta:
    step = rule.step
    if step is None:
        return length
    whole, rest = divmod(length, step)
    if rule.threshold_minutes:
        begun = rest >= timedelta(minutes=rule.threshold_minutes)
    else:
        begun = rest > timedelta(minutes=rule.grace_minutes)
    return (whole + begun) * step
