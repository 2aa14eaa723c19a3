"""Booking rules in plain words. Pure: rules in, sentences out, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from babel.dates import get_day_names

from server.core.translations import translator
from server.resources.opening.week import WEEK_DAYS, WeekSpan
from server.resources.rules.schemas import Quota, Rules, laid_over
from server.web.times import LOCALES, duration


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
    if rules.cancel_minutes == 0:
        said.append(_("Cancel and move until the start."))
    elif rules.cancel_minutes is not None:
        said.append(_("Cancel and move until %(time)s before the start.") % {"time": long(rules.cancel_minutes)})
    if rules.max_units is not None:
        said.append(
            ngettext("At most %(num)s unit at a time.", "At most %(num)s units at a time.", rules.max_units)
            % {"num": rules.max_units}
        )
    if rules.max_attendees:
        brought = ngettext("Bring at most %(num)s person.", "Bring at most %(num)s people.", rules.max_attendees)
        said.append(brought % {"num": rules.max_attendees})
    else:
        said.append(_("Nobody can be brought along."))
    said += [_quota(one, locale) for one in rules.quotas]
    said += _attendance(rules, locale)
    return said


def differences(rules: Rules, other: Mapping[str, Any], locale: str) -> list[str]:
    """Say what is other than the rules where `other` is laid over them."""
    known = set(sentences(rules, locale))
    return [one for one in sentences(laid_over(rules, other), locale) if one not in known]


def _attendance(rules: Rules, locale: str) -> list[str]:
    _ = translator(locale).gettext
    said = []
    if rules.check_in_required:
        said.append(_("Check in on arrival; who does not is counted as missing."))
        if rules.release_after_minutes is not None:
            time = duration(rules.release_after_minutes, locale)
            said.append(_("Without check-in the rest of the time is free for others after %(time)s.") % {"time": time})
    if rules.suspend_at_strikes is not None:
        known = {
            "count": rules.suspend_at_strikes, "days": rules.strikes_within_days, "long": rules.suspended_for_days
        }  # fmt: skip
        said.append(
            _("Missed and late cancelled bookings count: %(count)s within %(days)s days suspend for %(long)s days.")
            % known
        )
    return said


def _quota(quota: Quota, locale: str) -> str:
    """`Each organization books at most 4 hours a week on this resource.`"""
    _, ngettext = translator(locale).gettext, translator(locale).ngettext
    who = _("Each organization") if quota.per == "organization" else _("Each member")
    if quota.bookings is not None:
        much = ngettext("%(num)s booking", "%(num)s bookings", quota.bookings) % {"num": quota.bookings}
    else:
        much = duration(quota.minutes or 0, locale)
    periods = {"day": _("a day"), "week": _("a week"), "month": _("a month"), None: _("at any one time")}
    where = _("on this resource") if quota.across == "resource" else _("on all resources of the owner")
    known = {"who": who, "much": much, "period": periods[quota.period], "where": where}
    said = _("%(who)s books at most %(much)s %(period)s %(where)s.") % known
    if quota.during:
        said += " " + _("Only bookings during %(hours)s count.") % {"hours": weekly(quota.during, locale)}
    return said


def _lengths(rules: Rules, locale: str) -> list[str]:
    _ = translator(locale).gettext
    said = []
    if rules.blocks:
        said.append(_("Book whole blocks: %(hours)s.") % {"hours": weekly(rules.blocks, locale)})
    else:
        said.append(_("Bookings start and end every %(time)s.") % {"time": duration(rules.step_minutes, locale)})
    shortest, longest = duration(rules.shortest, locale), rules.longest
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
    names = get_day_names("abbreviated", locale=LOCALES[locale])
    numbers = sorted(WEEK_DAYS.index(day) for day in span.days)
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{names[numbers[0]]}–{names[numbers[-1]]}"
    return " ".join(names[number] for number in numbers)
