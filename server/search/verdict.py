"""Say whether a resource can be booked as wanted, and if not why: with the rules that booking asks. Pure."""

from datetime import timedelta

import msgspec

from server.bookings.capacity.resource_snapshot import Bookable, Surroundings, question
from server.bookings.rules import rules
from server.bookings.rules.audience import without_terms
from server.core.errors import DomainError, OutsideOpeningHours, SlotTaken
from server.core.spans import Span
from server.search.query import Search

TAKEN_REMEDY = "see when it is free, or wait for this time"


def verdict(
    wanted: Search, resource: Bookable, seen: Surroundings, *, plainly_taken: bool = False
) -> DomainError | None:
    """Tell what a booking of the wanted time would be answered; None: accepted.

    `plainly_taken`: what booking says without asking a rule. Terms are left out: they can be accepted with the booking.
    """
    if wanted.exactly is None:
        return _any_gap(wanted, resource, seen)
    if plainly_taken:
        return SlotTaken(TAKEN_REMEDY)
    if refusal := _by_the_rules(resource, seen, wanted.exactly, wanted.units):
        return refusal
    return None if seen.has_room(resource, wanted.exactly, wanted.units) else SlotTaken(TAKEN_REMEDY)


def _any_gap(wanted: Search, resource: Bookable, seen: Surroundings) -> DomainError | None:
    """What stands in the way of every gap: what the rules say of the first that is open, or else that all is taken."""
    if seen.free_by_rules(resource, wanted.units, wanted.minutes):
        return None
    length = timedelta(minutes=max(wanted.minutes, 1))
    opening = [span for span in seen.opening(resource) if span.ends_at - max(span.starts_at, resource.now) >= length]
    if not opening:
        remedy = "it is not open for so long in this time; look at other days or a shorter time"
        return OutsideOpeningHours(remedy, rule="opening_hours", remedy=remedy)
    alone = msgspec.structs.replace(seen, taken=[])
    if alone.free_by_rules(resource, wanted.units, wanted.minutes):
        return SlotTaken(TAKEN_REMEDY)
    start = max(opening[0].starts_at, resource.now)
    refusal = _by_the_rules(resource, seen, Span(start, start + length), wanted.units)
    return refusal or SlotTaken(TAKEN_REMEDY)


def _by_the_rules(resource: Bookable, seen: Surroundings, span: Span, units: int) -> DomainError | None:
    asked = without_terms(question(resource, seen, span, units, 0))
    try:
        rules.refuse_unless_allowed(asked)
    except DomainError as refusal:
        return refusal
    return None
