"""When a person has to decide on a booking, and until when guests may change their minds. Pure."""

from datetime import datetime, timedelta

from server.bookings.rules.context import RuleContext, refuse
from server.bookings.rules.daily import weekly
from server.core.spans import Span
from server.resources.opening.opening_hours import fits
from server.resources.rules.schemas import Rules


def needs_approval(asked: RuleContext) -> bool:
    """Whether a person has to decide on the booking."""
    rules = asked.rules
    if rules.approval == "request" or (rules.approval_first_time and not asked.guest.known):
        return True
    length = asked.span.length / timedelta(minutes=1)
    if rules.approval_above_minutes is not None and length > rules.approval_above_minutes:
        return True
    if rules.approval_outside is None:
        return False
    around = Span(asked.span.starts_at - timedelta(days=1), asked.span.ends_at + timedelta(days=1))
    return not fits(weekly(rules.approval_outside, asked.holidays, asked.time_zone, around), asked.span)


def is_late(rules: Rules, starts_at: datetime, now: datetime) -> bool:
    return rules.cancel_minutes is not None and starts_at - now < timedelta(minutes=rules.cancel_minutes)


def refuse_late(rules: Rules, starts_at: datetime, now: datetime, doing: str) -> None:
    """Refuse to cancel or move (`doing`) a booking after the deadline. Raises RuleRefused."""
    limit = rules.cancel_minutes
    ahead = int((starts_at - now) / timedelta(minutes=1))
    if limit is not None and is_late(rules, starts_at, now):
        until = (starts_at - timedelta(minutes=limit)).isoformat()
        remedy = f"guests could {doing} it until {until}; ask the owner to do it"
        refuse("cancel_minutes", remedy, limit, ahead, until=until)
