"""Opening hours as owners write them in a cell: "Mon-Fri 08:00-18:00", "工作日 09:00-17:00", "24 h/day". Pure.

Only what is certain is read. "10 h/day available" or "09:00-17:00 blocks" say nothing about which hours on which days.
"""

import re
import unicodedata

from server.resources.opening.opening_hours import WEEK
from server.resources.opening.week import WEEK_DAYS, WeekDay, WeekSpan, week_minutes, week_spans

_ALWAYS = re.compile(
    r"24\s*/\s*7|7\s*[x×*]\s*24(小时)?|24\s*(h|hours|hrs|小时)(\s*/\s*(day|天))?(\s+available)?|全天(候)?(开放)?|always"
)
_NAMED: dict[str, tuple[WeekDay, ...]] = {
    **dict.fromkeys(("weekdays", "workdays", "working days", "business days", "工作日", "平日"), WEEK_DAYS[:5]),
    **dict.fromkeys(("weekend", "weekends", "周末"), WEEK_DAYS[5:]),
    **dict.fromkeys(("daily", "every day", "每天", "每日"), WEEK_DAYS),
}
_ENGLISH = ("mon(day)?", "tue(s(day)?)?", "wed(nesday)?", "thu(rs?(day)?)?", "fri(day)?", "sat(urday)?", "sun(day)?")
_CHINESE = ("一", "二", "三", "四", "五", "六", "[日天]")
_DAY = [re.compile(rf"{english}|(周|星期|礼拜){chinese}") for english, chinese in zip(_ENGLISH, _CHINESE, strict=True)]
_TO = r"\s*(?:-|–|—|~|to|至|到)\s*"
_CLOCK = r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9]"
_SPANS = re.compile(rf"{_CLOCK}{_TO}{_CLOCK}(?:\s*[,、]\s*{_CLOCK}{_TO}{_CLOCK})*")


def read_hours(text: str) -> tuple[WeekSpan, ...] | None:
    """Read weekly hours, or None when any part of the text is not certain."""
    text = unicodedata.normalize("NFKC", text).casefold().strip()
    if _ALWAYS.fullmatch(text):
        return week_spans(((0, WEEK),))
    spans: list[WeekSpan] = []
    for part in re.split(r"\s*[;\n]\s*", text):
        match = _SPANS.search(part)
        if match is None or match.end() != len(part):
            return None
        days = _days(part[: match.start()].strip(" :,"))
        clocks = [_two_digits(clock) for clock in re.findall(_CLOCK, match.group())]
        if not days or "" in clocks or "24:00" in clocks[::2]:
            return None
        spans += [WeekSpan(days, opens, closes) for opens, closes in zip(clocks[::2], clocks[1::2], strict=True)]
    return week_spans(week_minutes(spans))


def _days(text: str) -> tuple[WeekDay, ...]:
    """Read names of days and ranges of them; empty when there is anything else."""
    if text in _NAMED:
        return _NAMED[text]
    days: list[WeekDay] = []
    for part in re.split(r"\s*[,、]\s*", text):
        bounds = [_day(bound) for bound in re.split(_TO, part)]
        if None in bounds or len(bounds) > 2:
            return ()
        first, last = bounds[0] or 0, bounds[-1] or 0
        days += [WEEK_DAYS[day % 7] for day in range(first, (last if last >= first else last + 7) + 1)]
    return tuple(days)


def _day(text: str) -> int | None:
    return next((number for number, pattern in enumerate(_DAY) if pattern.fullmatch(text)), None)


def _two_digits(clock: str) -> str:
    """`9:00` as `09:00`; empty for a time after 24:00."""
    clock = clock.rjust(5, "0")
    return clock if clock <= "24:00" else ""
