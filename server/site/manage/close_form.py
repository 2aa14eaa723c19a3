"""The form that closes a resource: a time, how many units, why, and whether it comes again."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.closures.schemas import NewClosure
from server.core.recurrence import WEEKDAYS
from server.core.spans import Span
from server.core.text import Line
from server.core.translations import N_
from server.web import time_form
from server.web.forms import Form

# How a closure comes again, and the rule that says so (RFC 5545) but for its end.
REPEATS = {
    "": N_("Once"),
    "daily": N_("Every day"),
    "workdays": N_("From Monday to Friday"),
    "weekly": N_("Every week"),
    "fortnightly": N_("Every two weeks"),
    "monthly": N_("Every month on this date"),
}
RULES = {
    "daily": "FREQ=DAILY",
    "workdays": "FREQ=WEEKLY;BYDAY=" + ",".join(WEEKDAYS[:5]),
    "weekly": "FREQ=WEEKLY",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
}
FIELDS = ("reason", "repeat", "repeat_until")


def read(given: Mapping[str, str], zone: ZoneInfo, most: int) -> Form[NewClosure]:
    """Read what is to be closed. Without a number of units it is all of them."""
    form = time_form.read(given, zone, most)
    entered = form.entered | {name: given.get(name, "").strip() for name in (*FIELDS, "units")}
    errors = dict(form.errors)
    try:
        msgspec.convert(entered["reason"], Line)
    except msgspec.ValidationError:
        errors["reason"] = N_("Give the reason on one line, in at most 200 characters.")
    rule = ""
    if entered["repeat"] in RULES:
        try:
            until = date.fromisoformat(entered["repeat_until"])
        except ValueError:
            errors["repeat_until"] = N_("Choose the last day on which it comes again.")
        else:
            rule = f"{RULES[entered['repeat']]};UNTIL={until:%Y%m%d}"
    if errors or form.value is None:
        return Form(entered, errors)
    start, end = (moment.astimezone(zone) for moment in form.value.span)
    wanted = NewClosure(
        starts_at=start, ends_at=end, units=form.value.units if entered["units"] else None, reason=entered["reason"],
        rule=rule, over_bookings="list",
    )  # fmt: skip
    return Form(entered, {}, wanted)


def shown(span: Span | None, zone: ZoneInfo) -> Form[NewClosure]:
    """The form before it is sent, with the time that was chosen in the calendar."""
    return Form(time_form.shown(span, zone) if span else {}, {})
