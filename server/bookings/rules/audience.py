"""What the rules ask of the one who books: audience, hours, terms, qualifications, strikes that suspend. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.rules.context import RuleContext, local, refuse
from server.bookings.rules.daily import may_book
from server.qualifications.schemas import Need
from server.resources.opening.opening_hours import fits
from server.resources.rules.schemas import Rules

AUDIENCE_REMEDIES = {
    "own": "only the owner's own organization books this; ask them to book for you",
    "partners": "ask the owner to name your organization as a partner",
    "verified_smes": "have your organization verified as an SME by the operator, or ask the owner to name it a partner",
}


def within_the_audience(asked: RuleContext) -> None:
    limit, actual = asked.rules.audience, asked.guest.circle
    if not may_book(asked.rules, actual):
        refuse("audience", AUDIENCE_REMEDIES[limit], limit, actual)


def within_hours(asked: RuleContext) -> None:
    if asked.allowed is not None and not fits(asked.allowed, asked.span):
        zone = ZoneInfo(asked.time_zone)
        near = [span for span in asked.allowed if span.length >= asked.span.length]
        near.sort(key=lambda span: abs(span.starts_at - asked.span.starts_at))
        limit = [msgspec.to_builtins(span) for span in asked.rules.bookable_hours or ()]
        actual = asked.span.starts_at.astimezone(zone).isoformat()
        later = [span.starts_at for span in near if span.starts_at >= max(asked.now, asked.span.starts_at)]
        passing = min(later).astimezone(zone).isoformat() if later else None
        remedy = "choose a time within the hours in `limit`"
        if asked.rules.released_at:
            remedy += f", or ask again on the day itself from {asked.rules.released_at} on"
        refuse("bookable_hours", remedy, limit, actual, passing, open=local(near[:3], zone))


def terms_accepted(asked: RuleContext) -> None:
    if asked.terms is not None and asked.accepts != asked.terms and asked.guest.accepted < asked.terms:
        remedy = f"read the terms of the resource and send `accept_terms: {asked.terms}`"
        actual = asked.guest.accepted if asked.accepts is None else asked.accepts
        refuse("terms", remedy, asked.terms, actual or None)


def without_terms(asked: RuleContext) -> RuleContext:
    """The same question about a booking whose terms are no matter: the owner's, or one made before."""
    return msgspec.structs.replace(asked, terms=None)


def qualified(asked: RuleContext) -> None:
    """Every qualification must hold until the end of the booking."""
    for need in asked.guest.needs:
        if not need.held or (need.until is not None and need.until < asked.span.ends_at):
            members: dict[str, Any] = {"qualification_id": need.id, "training_resource_id": need.training_resource_id}
            remedy, until = _remedy(need, ZoneInfo(asked.time_zone)), need.until if need.held else None
            refuse("qualification", remedy, need.name, until, **members)


def _remedy(need: Need, zone: ZoneInfo) -> str:
    remedy = f"get the qualification “{need.name}” first"
    if need.held and need.until:
        remedy = f"renew the qualification “{need.name}”, which ends on {_last_day(need.until, zone)}"
    if need.how_to_get:
        remedy += f": {need.how_to_get}"
    if need.training_resource_id:
        remedy += " (attending a booking of the resource `training_resource_id` grants it)"
    return remedy


def _last_day(until: datetime, zone: ZoneInfo) -> str:
    return (until - timedelta(microseconds=1)).astimezone(zone).date().isoformat()  # midnight belongs to the day before


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
        passing = until.astimezone(ZoneInfo(asked.time_zone)).isoformat(timespec="seconds")
        refuse(
            "suspended",
            f"book again from {passing} on, or appeal against a strike: the owner may forgive it",
            asked.rules.suspend_at_strikes,
            len(asked.guest.strikes),
            passing,
            until=passing,
        )
