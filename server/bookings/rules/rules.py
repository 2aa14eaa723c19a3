"""The rules a booking must keep to, such as its lead time, and when it needs approval. Pure: each raises or passes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.rules import quotas
from server.bookings.rules.allowance import within_allowance
from server.bookings.rules.audience import not_suspended, qualified, terms_accepted, within_hours, within_the_audience
from server.bookings.rules.blocks import blocks_in, is_whole, may_begin, next_on_grid, on_grid
from server.bookings.rules.context import Counted, RuleContext, local, refuse
from server.bookings.rules.daily import weekly
from server.bookings.rules.lengths import counted
from server.core.errors import NotOffered, OutsideOpeningHours, RuleRefused
from server.core.spans import Span
from server.core.text import many
from server.resources.opening.opening_hours import fits
from server.resources.rules.schemas import Rules


def refuse_unless_allowed(asked: RuleContext) -> None:
    """Apply every rule. Raises RuleRefused or OutsideOpeningHours."""
    for rule in RULES:
        rule(asked)


def refuse_unless_shorter(asked: RuleContext) -> None:
    """Apply what still matters to a booking that only gives time back. Raises RuleRefused."""
    for rule in SHORTER:
        rule(asked)


def offered(asked: RuleContext) -> None:
    if asked.withheld:
        raise NotOffered("the operator has suspended its owner; look for another resource")


def within_units(asked: RuleContext) -> None:
    if asked.units > asked.total_units:
        there = "there is" if asked.total_units == 1 else "there are"
        refuse("units", f"{there} {many(asked.total_units, 'unit')}", asked.total_units, asked.units)
    most = asked.rules.max_units
    if most is not None and asked.units > most:
        refuse("max_units", f"book at most {many(most, 'unit')} at once", most, asked.units)


def within_attendees(asked: RuleContext) -> None:
    limit = asked.rules.max_attendees
    if asked.attendees > limit:
        remedy = f"bring at most {many(limit, 'attendee')}" if limit else "bring no attendees"
        refuse("max_attendees", remedy, limit, asked.attendees)


def starts_on_the_grid(asked: RuleContext) -> None:
    zone, step = ZoneInfo(asked.time_zone), asked.rules.step_minutes
    if asked.rules.blocks:
        return
    for moment in asked.span:
        if not on_grid(moment, zone, step):
            passing = next_on_grid(moment, zone, step).astimezone(zone).isoformat()
            actual = moment.astimezone(zone).isoformat()
            refuse(
                "step_minutes", f"start and end every {many(step, 'minute')}, such as {passing}", step, actual, passing
            )


def in_whole_blocks(asked: RuleContext) -> None:
    blocks, zone = asked.rules.blocks, ZoneInfo(asked.time_zone)
    if blocks and not is_whole(blocks, zone, asked.span):
        near = blocks_in(blocks, zone, Span(asked.span.starts_at - NEAR, asked.span.ends_at + NEAR))
        near.sort(key=lambda block: abs(block.starts_at - asked.span.starts_at))
        actual = asked.span.starts_at.astimezone(zone).isoformat()
        limit = [msgspec.to_builtins(block) for block in blocks]
        remedy = "book whole blocks that follow each other, such as those in `open`"
        refuse("blocks", remedy, limit, actual, open=local(near[:3], zone))


def with_the_block_before(asked: RuleContext) -> None:
    blocks, zone, span = asked.rules.blocks, ZoneInfo(asked.time_zone), asked.span
    if may_begin(blocks, zone, span, asked.follows):
        return
    before = blocks_in(blocks, zone, Span(span.starts_at - NEAR, span.starts_at))[-1:]
    together = [Span(one.starts_at, span.ends_at) for one in before if one.ends_at == span.starts_at]
    limit = [msgspec.to_builtins(block) for block in blocks if block.needs_previous]
    remedy = "book the block right before it as well, as in `open`, or wait until somebody has booked that one"
    refuse("needs_previous", remedy, limit, span.starts_at.astimezone(zone).isoformat(), open=local(together, zone))


def long_enough(asked: RuleContext) -> None:
    limit, actual = asked.rules.shortest, _counted(asked)
    if actual < limit:
        refuse("min_minutes", f"book at least {many(limit, 'minute')}", limit, actual)


def short_enough(asked: RuleContext) -> None:
    limit, actual = asked.rules.longest, _counted(asked)
    if limit is not None and actual > limit:
        refuse("max_minutes", f"book at most {many(limit, 'minute')}", limit, actual)


def early_enough(asked: RuleContext) -> None:
    limit = asked.rules.lead_minutes
    earliest = asked.now + timedelta(minutes=limit)
    if asked.span.starts_at < earliest:
        actual = int((asked.span.starts_at - asked.now) / timedelta(minutes=1))
        passing = _earliest(asked).isoformat()
        refuse("lead_minutes", f"start at {passing} or later", limit, actual, passing)


def not_too_far(asked: RuleContext) -> None:
    limit = asked.rules.horizon_days
    latest = asked.now + timedelta(days=limit)
    if asked.span.ends_at > latest:
        actual = (asked.span.ends_at - asked.now) / timedelta(days=1)
        passing = latest.astimezone(ZoneInfo(asked.time_zone)).isoformat(timespec="minutes")
        refuse("horizon_days", f"end by {passing}, or book later", limit, round(actual, 1))


def while_open(asked: RuleContext) -> None:
    if not fits(asked.opening, asked.span):
        zone = ZoneInfo(asked.time_zone)
        near = [span for span in asked.opening if span.length >= asked.span.length]
        near.sort(key=lambda span: abs(span.starts_at - asked.span.starts_at))
        hours = local(near[:3], zone)
        remedy = "choose a time inside `open`" if hours else "it is not open for so long on any day around; book less"
        raise OutsideOpeningHours(remedy, rule="opening_hours", remedy=remedy, open=hours)


def within_quotas(asked: RuleContext) -> None:
    zone = ZoneInfo(asked.time_zone)
    wanted = Counted(asked.span.starts_at, asked.span.ends_at, asked.units, here=True, mine=True)
    for quota in asked.rules.quotas:
        if members := quotas.refusal(quota, asked.guest, wanted, zone, asked.now):
            raise RuleRefused(members["remedy"], **members)


# What depends on the person and not on the time: asked anew when another takes a booking over.
PERSONAL: tuple[Callable[[RuleContext], None], ...] = (within_quotas, within_allowance, qualified, not_suspended)

# What a booking has to keep to that only gives time back: it may lie where it could not be booked any more.
SHORTER: tuple[Callable[[RuleContext], None], ...] = (
    within_attendees, starts_on_the_grid, in_whole_blocks, with_the_block_before, long_enough
)  # fmt: skip

NEAR = timedelta(days=8)  # where the nearest blocks are looked for

RULES: tuple[Callable[[RuleContext], None], ...] = (
    offered,
    within_units,
    within_the_audience,
    within_attendees,
    starts_on_the_grid,
    in_whole_blocks,
    with_the_block_before,
    long_enough,
    short_enough,
    early_enough,
    not_too_far,
    while_open,
    within_hours,
    within_quotas,
    within_allowance,
    qualified,
    not_suspended,
    terms_accepted,
)


def _counted(asked: RuleContext) -> float:
    """How long it is as rules count it: the minutes that pass, where clocks are not changed meanwhile."""
    zone = ZoneInfo(asked.time_zone)
    if len({moment.astimezone(zone).utcoffset() for moment in asked.span}) == 1:
        return asked.span.length / timedelta(minutes=1)
    return counted(asked.span, zone, asked.rules)


def _earliest(asked: RuleContext) -> datetime:
    """The first start that the lead time allows."""
    zone = ZoneInfo(asked.time_zone)
    moment = asked.now + timedelta(minutes=asked.rules.lead_minutes)
    return next_on_grid(moment, zone, asked.rules.step_minutes).astimezone(zone)


def needs_approval(asked: RuleContext) -> bool:
    """Whether a person has to decide on the booking."""
    rules = asked.rules
    if rules.approval == "request" or (rules.approval_first_time and not asked.guest.known):
        return True
    if rules.approval_above_minutes is not None and _counted(asked) > rules.approval_above_minutes:
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
