"""Booking rules in plain words. Pure: rules in, sentences out, in the reader's language."""

from babel.dates import get_day_names

from server.resources.rules import Rules
from server.resources.week import WEEK_DAYS, WeekSpan
from server.web.times import PATTERNS, duration
from server.web.translations import translator


def sentences(rules: Rules, locale: str) -> list[str]:
    """Say what a booking must keep to, the most important first."""
    _, ngettext = translator(locale).gettext, translator(locale).ngettext

    def long(minutes: int) -> str:
        return duration(minutes, locale)

    said = [_("A booking counts at once.") if rules.approval == "instant" else _("The owner approves each booking.")]
    if rules.approval == "request":
        said.append(
            _("A request that is not decided within %(time)s expires.") % {"time": long(rules.decide_within_minutes)}
        )
    elif rules.approval_first_time:
        said.append(_("The owner approves the first booking of each organization."))
    if rules.approval == "instant" and rules.approval_above_minutes is not None:
        said.append(
            _("The owner approves bookings longer than %(time)s.") % {"time": long(rules.approval_above_minutes)}
        )
    if rules.approval == "instant" and rules.approval_outside:
        said.append(
            _("The owner approves bookings outside %(hours)s.") % {"hours": weekly(rules.approval_outside, locale)}
        )
    if rules.audience != "everyone":
        who = {
            "own": _("Only the owner's own organization books this."),
            "partners": _("Only partners of the owner book this."),
            "verified_smes": _("Only verified small and medium-sized firms and partners of the owner book this."),
        }
        said.append(who[rules.audience])
    said += _lengths(rules, locale)
    if rules.bookable_hours:
        said.append(_("Bookings lie within %(hours)s.") % {"hours": weekly(rules.bookable_hours, locale)})
    if rules.released_at:
        said.append(_("From %(clock)s on, the rest of the same day is free for all.") % {"clock": rules.released_at})
    if rules.lead_minutes:
        said.append(_("Book at least %(time)s ahead.") % {"time": long(rules.lead_minutes)})
    said.append(
        ngettext("Book up to %(num)s day ahead.", "Book up to %(num)s days ahead.", rules.horizon_days)
        % {"num": rules.horizon_days}
    )
    if rules.distance:
        said.append(_("%(time)s between two bookings are kept free.") % {"time": long(rules.distance)})
    if rules.cancel_minutes is not None:
        said.append(_("Cancel and move until %(time)s before the start.") % {"time": long(rules.cancel_minutes)})
    if rules.max_units is not None:
        said.append(
            ngettext("At most %(num)s unit at a time.", "At most %(num)s units at a time.", rules.max_units)
            % {"num": rules.max_units}
        )
    said.append(
        ngettext("Bring at most %(num)s person.", "Bring at most %(num)s people.", rules.max_attendees)
        % {"num": rules.max_attendees}
    )
    if rules.quotas:
        said.append(
            _("How much an organization or a member may book is limited; the calendar shows only what is left for you.")
        )
    if rules.check_in_required:
        said.append(_("Check in on arrival; who does not is counted as missing."))
    return said


def _lengths(rules: Rules, locale: str) -> list[str]:
    _ = translator(locale).gettext
    said = []
    if rules.blocks:
        said.append(_("Book whole blocks: %(hours)s.") % {"hours": weekly(rules.blocks, locale)})
    else:
        said.append(_("Bookings start and end every %(time)s.") % {"time": duration(rules.step_minutes, locale)})
    shortest, longest = duration(rules.min_minutes, locale), rules.max_minutes
    if longest is None:
        said.append(_("A booking lasts %(shortest)s or longer.") % {"shortest": shortest})
    else:
        known = {"shortest": shortest, "longest": duration(longest, locale)}
        said.append(_("A booking lasts %(shortest)s to %(longest)s.") % known)
    return said


def weekly(spans: tuple[WeekSpan, ...], locale: str) -> str:
    """Write weekly hours: `Mon–Fri 09:00–17:00, Sat 09:00–12:00`."""
    return ", ".join(f"{_days(span, locale)} {span.opens}–{span.closes}" for span in spans)


def _days(span: WeekSpan, locale: str) -> str:
    names = get_day_names("abbreviated", locale=PATTERNS[locale][0])
    numbers = sorted(WEEK_DAYS.index(day) for day in span.days)
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{names[numbers[0]]}–{names[numbers[-1]]}"
    return " ".join(names[number] for number in numbers)
