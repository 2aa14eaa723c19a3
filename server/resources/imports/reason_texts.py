"""Why a list or a row of it is refused or to be looked at, as its owner reads it. Reports themselves are in English."""

import re
from functools import lru_cache

from server.core.translations import N_, translator
from server.resources.field_names import FIELD_NAMES
from server.web.kinds import NAMES

# What the code says, with places for what differs. The curved quotation marks stand for those of Python's `repr`.
TEXTS = (
    # of a row
    N_("missing"),
    N_("a line break or another control character; write it on one line"),
    N_("“%(cell)s” was not understood; it has one unit"),
    N_("%(column)s: “%(cell)s” was not understood; it is kept in the description"),
    N_("not one of %(names)s"),
    N_("not a number of units such as 8 or 8台"),
    N_("not a number such as 350 or 42.50; the currency has its own column"),
    N_("not written as expected, such as CN, CNY or 320500"),
    N_("longer than %(count)s characters"),
    N_("must be at least %(count)s"),
    N_("must be at most %(count)s"),
    N_("%(cells)s cells under %(headings)s headings: a quotation mark or separator is out of place"),
    N_("the same owner, name and model as in line %(line)s"),
    N_("not an IANA name such as Asia/Shanghai or Europe/Berlin"),
    N_("not a GB/T 2260 code such as 320500"),
    N_("from 0 to %(most)s, with at most 4 decimals"),
    N_("a price needs its ISO 4217 code such as CNY"),
    N_("it closes on public holidays, and its country has none that are known; name one, or open it on holidays"),
    # of a file
    N_("a list may have %(most)s MB"),
    N_("the file breaks off in line %(line)s; nothing was imported"),
    N_("no line of headings in the first %(count)s lines; needed are %(columns)s"),
    N_("line %(line)s has the headings, but there is no column for %(columns)s"),
    N_("a list may have %(most)s rows; split it"),
    N_("the file is empty"),
    N_("this is an Excel workbook, not a text file"),
    N_("this is a PDF file, not a text file; save the list as CSV"),
    N_("line %(line)s has a NUL byte: the file is broken or not a text file"),
    N_("line %(line)s is not UTF-8 as the rest is: the file is broken"),
    N_("line %(line)s is neither UTF-8 nor GBK; save the list as UTF-8"),
    N_("a quoted cell in the row of line %(line)s is never closed; nothing was imported"),
    N_("line %(line)s cannot be read: %(why)s"),
    N_("the Excel workbook takes too long to read; save the list as CSV"),
    N_("the Excel workbook is broken or too large to read; save the list as CSV"),
    N_("the Excel workbook has more than %(count)s parts"),
    N_("the Excel workbook unfolds to more than %(count)s MB"),
    N_("this looks like an Excel workbook and cannot be opened; save the list as CSV"),
    N_("this looks like an Excel workbook and cannot be read; save the list as CSV"),
    N_("the sheet goes beyond row %(row)s; delete empty rows at its end, or split it"),
    N_("the sheet has more than %(count)s columns; delete empty ones at its right"),
    N_("whoever confirmed it has left the organization"),
)
NAMED = FIELD_NAMES | NAMES  # words of ours that stand in a list of names


def told(reason: str, locale: str) -> str:
    """Say a reason in the reader's language. One that is not known here is a text of the catalogues itself."""
    _ = translator(locale).gettext
    for text in TEXTS:
        if found := _pattern(text).fullmatch(reason):
            values = found.groupdict()
            if "names" in values:
                names = values["names"].split(", ")
                values["names"] = _(", ").join(_(NAMED[one]) if one in NAMED else one for one in names)
            return _(text) % values if values else _(text)
    return _(reason)


@lru_cache(maxsize=len(TEXTS))
def _pattern(text: str) -> re.Pattern[str]:
    whole = re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(text))
    return re.compile(re.sub("[“”]", "['\"]", whole), re.DOTALL)
