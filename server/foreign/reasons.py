"""Why a foreign calendar, or a line of it, could not be read, as its owner reads it. Records are for programs."""

import re
from collections.abc import Sequence

import msgspec

from server.calendars.reading.findings import Finding, Kind
from server.core.translations import N_, translator

GONE = N_("The file is not there any more (its server answers %(status)s). Copy the address anew from the calendar.")
CLOSED = N_("Its server wants a sign-in (it answers %(status)s). Use the secret or public address of the calendar.")

# What a record begins with → what is said. `%(status)s` is the number in it.
SAID: tuple[tuple[str, str], ...] = (
    (r"it answered (?P<status>404|410)", GONE),
    (r"it answered (?P<status>401|403)", CLOSED),
    (r"it answered (?P<status>\d+)", N_("Its server answers %(status)s instead of the calendar. It is tried again.")),
    (r"it is empty, and was not before", N_("It is empty now and was not before. What was read before stands.")),
    (r"it is not a calendar", N_("What is at this address is no calendar file, perhaps a web page.")),
    (
        r"it is larger than|it has more than|it takes too much",
        N_("It is too large; 10 MB is the limit."),
    ),
    (r"it breaks off", N_("The file breaks off in the middle. What was read before stands.")),
    (r"one of its", N_("It contains an event that repeats too often or cannot be read. What was read before stands.")),
    (r"its address was sealed", N_("Its address cannot be read any more on our side. Take it away and add it anew.")),
    (r"its host is not known", N_("Its host is not known, or is not on the public internet.")),
    (r"something went wrong on our side", N_("Something went wrong on our side. It is tried again.")),
    (r"", N_("It could not be reached or read. It is tried again; what was read before stands.")),
)


# What was not understood → what it blocks.
FOUND: dict[Kind, str] = {
    "start": N_("The start of this event cannot be read. It blocks the day before its end, or nothing."),
    "no-start": N_("This event has no start. It blocks the day before its end, or nothing."),
    "end": N_("The end of this event cannot be read. It blocks a whole day from its start."),
    "rule": N_("How this event repeats cannot be read. It blocks its hours every day on which it may take place."),
    "no-rule": N_("This event repeats, but does not say how. Only its first time blocks."),
    "often": N_("This event takes place too often to be counted. It blocks all the time until it ends."),
    "many": N_("This event takes place too often to be counted. It blocks all the time after the first 1,000 times."),
    "long": N_("How this event repeats takes too long to work out. It blocks its hours every day."),
    "dates": N_("Further dates of this event cannot be read. They block nothing."),
    "left-out": N_("The dates that this event leaves out cannot be read. They are blocked."),
    "exception": N_("Which time this exception replaces cannot be read. Both times are blocked."),
    "zone": N_("Nobody knows this time zone. All hours that the event may mean are blocked."),
    "twice": N_("This event has several starts. Each is blocked."),
    "unknown": N_("This line names a time, but nobody knows what it says. It blocks nothing."),
    "stray": N_("This line stands outside of any event. It blocks nothing."),
    "period": N_("This busy time cannot be read. It blocks nothing."),
}
IN_MAIL = 10  # lines


class Said(msgspec.Struct, frozen=True):
    """A text for the catalogues and the values in it."""

    text: str
    values: dict[str, str]


def said(error: str) -> Said:
    """Say a recorded error."""
    for beginning, text in SAID:
        if found := re.match(beginning, error):
            return Said(text, found.groupdict())
    raise AssertionError("the last one fits all")


def listed(found: Sequence[Finding], locale: str) -> str:
    """The first lines that were not understood, as a letter tells them."""
    _ = translator(locale).gettext
    told = []
    for one in found[:IN_MAIL]:
        line = _("Line %(line)s") % {"line": one.line}
        told.append(f"{line}: {_(FOUND[one.kind])} {one.text}".rstrip())
    return "\n".join(told)
