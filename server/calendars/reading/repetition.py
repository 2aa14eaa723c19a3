"""Recurrence rules (RRULE, EXRULE) of strangers: what they mean, and what stands in for one that cannot be read. Pure.

A rule that cannot be read may mean any day: it blocks its hours every day. One in another calendar than the Gregorian
(RFC 7529) that comes once a year, such as 春节, comes within a month of the day that it names.
"""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta, tzinfo

import msgspec
from dateutil.rrule import rrulestr

from server.calendars.reading.moments import Unclear, Wall, wall

COUNTED = 1_000  # instances of one event
OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
_WEEKDAY = "(?:MO|TU|WE|TH|FR|SA|SU)"


def _list(one: str) -> re.Pattern[str]:
    return re.compile(f"{one}(?:,{one})*")


_PARTS = {
    "FREQ": re.compile("SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile(r"0*[1-9]\d{0,5}"),
    "COUNT": re.compile(r"0*[1-9]\d{0,8}"),
    "UNTIL": re.compile(r".+"),
    "BYSECOND": _list(r"(?:[0-5]?\d)"),
    "BYMINUTE": _list(r"(?:[0-5]?\d)"),
    "BYHOUR": _list(r"(?:[01]?\d|2[0-3])"),
    "BYDAY": _list(rf"(?:[+-]?(?:[1-9]|[1-4]\d|5[0-3]))?{_WEEKDAY}"),
    "BYMONTHDAY": _list(r"(?:[+-]?0*(?:[1-9]|[12]\d|3[01]))"),
    "BYYEARDAY": _list(r"(?:[+-]?0*(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6]))"),
    "BYWEEKNO": _list(r"(?:[+-]?0*(?:[1-9]|[1-4]\d|5[0-3]))"),
    "BYMONTH": _list(r"(?:0*(?:[1-9]|1[0-2]))"),
    "BYSETPOS": _list(r"(?:[+-]?0*(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6]))"),
    "WKST": re.compile(_WEEKDAY),
}


class Rule(msgspec.Struct, frozen=True):
    """A rule: `text` without its end, and its end. `clear`: it says so; else it stands in for what cannot be read."""

    text: str
    until: Wall | None = None
    clear: bool = True
    often: bool = False  # more often than can be counted: it takes all the time from its start

    def times(self, start: Wall, last: datetime, here: tzinfo) -> Iterator[datetime]:
        """The wall clock times that it gives to a start, up to `last`, whichever comes first."""
        until = self.ends(start, here)
        until = last if until is None else min(until, last)
        yield from rrulestr(f"{self.text};UNTIL={until:%Y%m%dT%H%M%S}" if "COUNT" not in self.text else self.text,
                            dtstart=start.at, ignoretz=True)  # fmt: skip

    def ends(self, start: Wall, here: tzinfo) -> datetime | None:
        """Its UNTIL on the clock of the start. A day counts whole (RFC 5545 wants it so only of whole days)."""
        if self.until is None:
            return None
        if self.until.day:
            return self.until.at + timedelta(days=1, seconds=-1)
        if self.until.zone is None:
            return datetime.combine(self.until.at, time.max) if start.day else self.until.at
        clock = here if start.day else start.zone
        there = self.until.at.replace(tzinfo=self.until.zone).astimezone(clock or self.until.zone).replace(tzinfo=None)
        return datetime.combine(there, time(23, 59, 59)) if start.day else there


def rule(value: str, start: Wall) -> Rule:
    """Read a rule for an event that starts then; whatever it says, something comes of it."""
    parts = [part.partition("=") for part in value.upper().strip().strip(";").split(";")]
    given = {name.strip(): told.strip() for name, _, told in parts}
    until = _until(given.pop("UNTIL")) if "UNTIL" in given else None
    gregorian = given.pop("RSCALE", "GREGORIAN") == "GREGORIAN"
    skips = given.pop("SKIP", "OMIT") != "OMIT"
    said = {name: told for name, told in given.items() if not name.startswith("X-")}
    freq = said.get("FREQ", "")
    clear = (
        gregorian and until is not False and bool(freq)
        and len({name for name, _, _ in parts}) == len(parts)
        and all(name in _PARTS and _PARTS[name].fullmatch(told) for name, told in said.items())
        and not (skips and freq in ("MONTHLY", "YEARLY"))
        and not ("COUNT" in said and until)
        and (freq in ("MONTHLY", "YEARLY") or not re.search(r"\d[A-Z]", said.get("BYDAY", "")))
    )  # fmt: skip
    ends = until if isinstance(until, Wall) else None
    if not clear:
        near = {(start.at.month + by - 1) % 12 + 1 for by in (-1, 0, 1)}
        once_a_year = not gregorian and freq == "YEARLY" and not {"BYMONTH", "BYMONTHDAY", "BYDAY"} & said.keys()
        months = f";BYMONTH={','.join(map(str, sorted(near)))}" if once_a_year else ""
        return Rule(f"FREQ=DAILY{months}", ends, clear=False)
    text = ";".join(f"{name}={told}" for name, told in said.items())
    return Rule(text, ends, often=_is_often(said))


def _until(value: str) -> Wall | bool | None:
    """None for no end, False for one that cannot be read."""
    if not value:
        return None
    try:
        return wall(value)
    except Unclear:
        return False


def _is_often(said: dict[str, str]) -> bool:
    if said["FREQ"] not in OFTEN:
        return False
    seldom = int(said.get("COUNT", COUNTED + 1)) <= COUNTED
    by = any(name.startswith("BY") for name in said)
    return not (seldom and (said["FREQ"] == "HOURLY" or not by))
