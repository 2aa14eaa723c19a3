"""How people read a span of time: in the resource's zone, with the zone's name and offset."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

PATTERNS = {"zh-CN": ("zh_CN", "y年M月d日 EEE"), "en": ("en", "EEE d MMM y")}


def spell(starts_at: datetime, ends_at: datetime, time_zone: str, locale: str) -> str:
    """Write `2026年11月24日 周二 08:00–09:00 (Asia/Shanghai, UTC+8)`; the end's date or offset if another."""
    zone = ZoneInfo(time_zone)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    upto = f"{end:%H:%M}" if start.date() == end.date() else f"{day(end, locale)} {end:%H:%M}"
    offsets = " → ".join(dict.fromkeys((offset(start), offset(end))))
    dash = "–" if start.date() == end.date() else " – "
    return f"{day(start, locale)} {start:%H:%M}{dash}{upto} ({time_zone}, {offsets})"


def spell_moment(moment: datetime, time_zone: str, locale: str) -> str:
    """Write `2026年11月24日 周二 08:00 (Asia/Shanghai, UTC+8)`."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{day(local, locale)} {local:%H:%M} ({time_zone}, {offset(local)})"


def spell_local(moment: datetime, time_zone: str, locale: str) -> str:
    """Write `2026年11月24日 周二 08:00`, where the zone is said elsewhere."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{day(local, locale)} {local:%H:%M}"


def day(moment: datetime, locale: str) -> str:
    """Write the date of a moment in its own zone: `2026年11月24日 周二`."""
    babel_locale, pattern = PATTERNS.get(locale, PATTERNS["zh-CN"])
    return format_date(moment, pattern, locale=babel_locale)


def offset(moment: datetime) -> str:
    """Write the offset of a moment: `UTC+8`, `UTC+5:30`."""
    ahead = moment.utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(ahead) // timedelta(minutes=1), 60)
    sign = "-" if ahead < timedelta(0) else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
