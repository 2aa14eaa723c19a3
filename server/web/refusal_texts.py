"""What a refusal of a booking means, in the reader's language: why not, and what would make it a yes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from server.core.errors import DomainError, OutsideOpeningHours, Refused, RuleRefused, tree
from server.core.translations import N_, translator
from server.web.times import duration, spell_local

# By the name of the rule; `%(limit)s` as people say it.
TEXTS = {
    "unit_numbers": N_("There is no unit with this number."),
    "step_minutes": N_("Bookings start and end every %(limit)s."),
    "blocks": N_("Only whole blocks can be booked; choose one in the calendar."),
    "needs_previous": N_("This block can be booked with the one right before it, or once somebody has that one."),
    "min_minutes": N_("Book at least %(limit)s."),
    "max_minutes": N_("Book at most %(limit)s."),
    "lead_minutes": N_("Book at least %(limit)s ahead."),
    "quotas": N_(
        "What your organization or you may book here is used up. Cancel a booking first, or choose a later time."
    ),
    "monthly_minutes": N_("What your organization lets you book in a month is used up. Ask an administrator for more."),
    "audience": N_("The owner does not open this resource to your organization. Ask the owner to name it a partner."),
    "bookable_hours": N_("Your bookings must lie within certain hours; choose a time that the calendar shows as free."),
    "terms": N_("Read the terms and accept them first."),
    "qualification": N_("This needs the qualification “%(limit)s” first."),
    "suspended": N_("You cannot book here for the time being, because bookings were not kept."),
    "cancel_minutes": N_("It is too late for that: it was possible until %(limit)s before the start. Ask the owner."),
    "check_in_from_minutes": N_("Check in at most %(limit)s before the start."),
    "approval": N_("So long a booking needs the owner's approval. Ask the owner to extend it."),
    "waiting_free": N_("This time is free. Book it instead of waiting for it."),
    "waiting_twice": N_("You wait for this already."),
    "waiting_vain": N_("No time of this length could be booked then, even if others cancelled."),
    "opening_hours": N_("It is closed at that time; choose a time that the calendar shows as free."),
}
# What is said instead where the limit is nothing at all.
NOTHING = {
    "max_attendees": N_("Nobody can be brought along."),
    "lead_minutes": N_("This time has begun or is past."),
    "cancel_minutes": N_("It is too late for that: it was possible until the start. Ask the owner."),
    "check_in_from_minutes": N_("Check in from the start on."),
}
LENGTHS = {"step_minutes", "min_minutes", "max_minutes", "lead_minutes", "cancel_minutes", "check_in_from_minutes"}


def _counted(locale: str, limit: int) -> dict[str, str]:
    """What is said of a number: of one, or of several."""
    ngettext = translator(locale).ngettext
    return {
        "units": ngettext("There is only %(limit)s unit.", "There are only %(limit)s units.", limit),
        "max_units": ngettext("Book at most %(limit)s unit at once.", "Book at most %(limit)s units at once.", limit),
        "max_attendees": ngettext("Bring at most %(limit)s person.", "Bring at most %(limit)s people.", limit),
        "horizon_days": ngettext(
            "Bookings are possible up to %(limit)s day ahead.",
            "Bookings are possible up to %(limit)s days ahead.",
            limit,
        ),
        "live_holds": ngettext(
            "You hold %(limit)s time already. Book it or give it back first.",
            "You hold %(limit)s times already. Book them or give one back first.",
            limit,
        ),
        "waiting_places": ngettext(
            "You wait for %(limit)s thing already. Leave that place first.",
            "You wait for %(limit)s things already. Leave another place first.",
            limit,
        ),
        "waiting_resources": ngettext(
            "This is more than %(limit)s resource. Name a resource, or an owner and a kind.",
            "These are more than %(limit)s resources. Name a resource, or an owner and a kind.",
            limit,
        ),
    }


def refusal(error: DomainError, locale: str, time_zone: str) -> str:
    """Say why not. What has no text of its own is said by its title."""
    _ = translator(locale).gettext
    rule, limit = str(error.members.get("rule")), error.members.get("limit")
    if not isinstance(error, (RuleRefused, OutsideOpeningHours)):
        return _(error.title())
    number = limit if isinstance(limit, int) else 2
    text = _counted(locale, number).get(rule) or _(TEXTS.get(rule, error.title()))
    if limit == 0 and rule in NOTHING:
        text = _(NOTHING[rule])
    said = text % {"limit": duration(number, locale) if rule in LENGTHS else limit}
    earliest = error.members.get("earliest")
    if isinstance(earliest, str) and rule not in ("step_minutes",):
        when = spell_local(datetime.fromisoformat(earliest).astimezone(ZoneInfo(time_zone)), time_zone, locale)
        said += " " + _("The earliest is %(when)s.") % {"when": when}
    return said


def refusal_of(problem: Mapping[str, Any], locale: str, time_zone: str) -> str:
    """Say a problem that stands in an answer, such as why a time of a series cannot be had."""
    slug = str(problem.get("type", "")).rpartition("/")[2]
    known = {kind.slug(): kind for kind in tree()}
    return refusal(known.get(slug, Refused)(**problem), locale, time_zone)
