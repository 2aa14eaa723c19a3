"""Why a foreign calendar could not be read, as its owner reads it. The record itself is in English, for programs."""

import re

import msgspec

from server.core.translations import N_

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
