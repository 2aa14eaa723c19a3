"""When strikes, which are counted no-shows, suspend booking rights. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.bookings.rules.context import RuleContext, refuse
from server.resources.rules.schemas import Rules


def suspended_until(struck: Sequence[datetime], rules: Rules, now: datetime) -> datetime | None:
    """Until when someone with these strikes may not book; None: they may. What is forgiven does not count."""
    most = rules.suspend_at_strikes
    if most is None or len(struck) < most:
        return None
    period, pause = timedelta(days=rules.strikes_within_days), timedelta(days=rules.suspended_for_days)
    ordered = sorted(struck)
    ends = [
        last + pause
        for first, last in zip(ordered, ordered[most - 1 :], strict=False)
        if last - first < period and last + pause > now
    ]
    return max(ends, default=None)


def not_suspended(asked: RuleContext) -> None:
    until = suspended_until(asked.guest.strikes, asked.rules, asked.now)
    if until is not None:
        passing = until.isoformat(timespec="seconds")
        refuse(
            "suspended",
            f"book again from {passing} on, or appeal against a strike: the owner may forgive it",
            asked.rules.suspend_at_strikes,
            len(asked.guest.strikes),
            passing,
            until=passing,
        )
