"""Who may book, at which hours, and what they have to accept. Pure."""

from zoneinfo import ZoneInfo

import msgspec

from server.bookings.rules.context import RuleContext, local, refuse
from server.bookings.rules.daily import may_book
from server.resources.opening.opening_hours import fits

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
