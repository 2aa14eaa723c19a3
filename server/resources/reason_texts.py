"""Why a row of a list is refused or to be looked at, as its owner reads it. The report itself is in English. Pure."""

import re

from server.web.translations import N_

NOT_READ = N_("%(column)s: “%(cell)s” was not understood; it is kept in the description")
CELL = r"(['\"])(?P<cell>.+)\1"

# The whole reason → what is said; a group is a value of the text.
SAID: tuple[tuple[str, str], ...] = (
    (r"missing", N_("missing")),
    (r"a line break or another control character; write it on one line",
     N_("a line break or another control character; write it on one line")),
    (rf"{CELL} was not understood; it has one unit", N_("“%(cell)s” was not understood; it has one unit")),
    (r"(?P<column>.+?): (['\"])(?P<cell>.+)\2 was not understood; it is kept in the description", NOT_READ),
    (r"not one of (?P<kinds>[a-z_, ]+)", N_("not one of %(kinds)s")),
    (r"not a number of units such as 8 or 8台", N_("not a number of units such as 8 or 8台")),
    (r"not a number such as 350 or 42\.50; the currency has its own column",
     N_("not a number such as 350 or 42.50; the currency has its own column")),
    (r"not written as expected, such as CN, CNY or 320500", N_("not written as expected, such as CN, CNY or 320500")),
    (r"longer than (?P<count>[0-9]+) characters", N_("longer than %(count)s characters")),
    (r"must be at least (?P<count>[0-9]+)", N_("must be at least %(count)s")),
    (r"must be at most (?P<count>[0-9]+)", N_("must be at most %(count)s")),
    (r"(?P<cells>[0-9]+) cells under (?P<headings>[0-9]+) headings: a quotation mark or separator is out of place",
     N_("%(cells)s cells under %(headings)s headings: a quotation mark or separator is out of place")),
    (r"the same owner, name and model as in line (?P<line>[0-9]+)",
     N_("the same owner, name and model as in line %(line)s")),
    (r"not an IANA name such as Asia/Shanghai or Europe/Berlin",
     N_("not an IANA name such as Asia/Shanghai or Europe/Berlin")),
    (r"not a GB/T 2260 code such as 320500", N_("not a GB/T 2260 code such as 320500")),
    (r"from 0 to (?P<most>[0-9,]+), with at most 4 decimals", N_("from 0 to %(most)s, with at most 4 decimals")),
    (r"a price needs its ISO 4217 code such as CNY", N_("a price needs its ISO 4217 code such as CNY")),
)  # fmt: skip


def said(reason: str) -> tuple[str, dict[str, str]]:
    """A text for the catalogues, and the values in it. One that is not known here is a text itself."""
    for pattern, text in SAID:
        if found := re.fullmatch(pattern, reason, re.DOTALL):
            return text, found.groupdict()
    return reason, {}
