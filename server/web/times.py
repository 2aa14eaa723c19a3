"""How people read a span of time: in the resource's zone, with the zone's name and offset."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

PATTERNS = {"zh-CN": ("zh_CN", "y年M月d日 EEE"), "en": ("en", "EEE d MMM y")}


def spell(starts_at: datetime, ends_at: datetime, time_zone: str, locale: str) -> str:
    """Write `2026年11月24日 周二 08:00–09:00 (Asia/Shanghai, UTC+8)`; the end's date or offset if another."""
    zone = ZoneInfo(time_zone)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    upto = f"{end:%H:%M}" if start.date() == end.date() else f"{_day(end, locale)} {end:%H:%M}"
    offsets = " → ".join(dict.fromkeys((_offset(start), _offset(end))))
    dash = "–" if start.date() == end.date() else " – "
    return f"{_day(start, locale)} {start:%H:%M}{dash}{upto} ({time_zone}, {offsets})"


def _day(moment: datetime, locale: str) -> str:
    babel_locale, pattern = PATTERNS.get(locale, PATTERNS["zh-CN"])
    return format_date(moment, pattern, locale=babel_locale)


def _offset(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
