"""How people read a span of time: in the resource's zone, with the zone's name and offset."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from server.core.translations import translator

# As objects: given as text, the locale is looked up again for every date of a page, which took half of its time.
LOCALES = {"zh-CN": Locale.parse("zh_CN"), "en": Locale.parse("en")}
CHINESE = LOCALES["zh-CN"]
PATTERNS = {"zh-CN": "y年M月d日 EEE", "en": "EEE d MMM y"}
SHORT = {"zh-CN": "M月d日 EEE", "en": "EEE d MMM"}
BRIEF = {"zh-CN": "MM-dd EEE", "en": "MM-dd EEE"}
DAY = 1440  # minutes


def spell(starts_at: datetime, ends_at: datetime, time_zone: str, locale: str) -> str:
    """Write `2026年11月24日 周二 08:00–09:00 (Asia/Shanghai, UTC+8)`; the end's date or offset if another."""
    zone = ZoneInfo(time_zone)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    upto = f"{end:%H:%M}" if start.date() == end.date() else f"{day(end, locale)} {end:%H:%M}"
    offsets = " → ".join(dict.fromkeys((offset(start), offset(end))))
    dash = "–" if start.date() == end.date() else " – "
    return f"{day(start, locale)} {start:%H:%M}{dash}{upto} ({time_zone}, {offsets})"


def spell_text(starts_at: str, ends_at: str | None, time_zone: str, locale: str) -> str:
    """The same of times in text. Where the clocks skip it there is no end, and only the wall clock to tell."""
    start = datetime.fromisoformat(starts_at)
    if ends_at is None or start.tzinfo is None:
        return f"{day(start, locale)} {start:%H:%M} ({time_zone})"
    return spell(start, datetime.fromisoformat(ends_at), time_zone, locale)


def spell_moment(moment: datetime, time_zone: str, locale: str) -> str:
    """Write `2026年11月24日 周二 08:00 (Asia/Shanghai, UTC+8)`."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{day(local, locale)} {local:%H:%M} ({time_zone}, {offset(local)})"


def spell_local(moment: datetime, time_zone: str, locale: str) -> str:
    """Write `2026年11月24日 周二 08:00`, where the zone is said elsewhere."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{day(local, locale)} {local:%H:%M}"


def day(moment: date, locale: str) -> str:
    """Write the date of a moment in its own zone: `2026年11月24日 周二`."""
    return format_date(moment, PATTERNS.get(locale, PATTERNS["zh-CN"]), locale=LOCALES.get(locale, CHINESE))


def offset(moment: datetime) -> str:
    """Write the offset of a moment: `UTC+8`, `UTC+5:30`."""
    ahead = moment.utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(ahead) // timedelta(minutes=1), 60)
    sign = "-" if ahead < timedelta(0) else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def short(moment: date, locale: str) -> str:
    """Write a date where the year is clear: `11月24日 周二`."""
    return format_date(moment, SHORT.get(locale, SHORT["zh-CN"]), locale=LOCALES.get(locale, CHINESE))


def month_day(moment: date, locale: str) -> str:
    """Write a date beside its weekday: `11月24日`, `24 Nov`."""
    return format_date(moment, "d MMM" if locale == "en" else "M月d日", locale=LOCALES.get(locale, CHINESE))


def weekday(moment: date, locale: str) -> str:
    """Write a day of the week: `周二`."""
    return format_date(moment, "EEE", locale=LOCALES.get(locale, CHINESE))


def month_name(moment: date, locale: str) -> str:
    """Write a month: `2026年11月`."""
    return format_date(moment, "MMMM y" if locale == "en" else "y年M月", locale=LOCALES.get(locale, CHINESE))


def duration(minutes: int, locale: str) -> str:
    """Write so many minutes as people say them: `90 minutes`, `4 hours`, `2 days`."""
    ngettext = translator(locale).ngettext
    if minutes % DAY == 0 and minutes:
        return ngettext("%(num)s day", "%(num)s days", minutes // DAY) % {"num": minutes // DAY}
    if minutes % 60 == 0 and minutes:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60) % {"num": minutes // 60}
    if minutes > 120:
        known = {"hours": minutes // 60, "minutes": minutes % 60}
        return translator(locale).gettext("%(hours)s h %(minutes)s min") % known
    return ngettext("%(num)s minute", "%(num)s minutes", minutes) % {"num": minutes}


def brief(moment: date, locale: str) -> str:
    """Write a date where there is little room: `11-24 周二`."""
    return format_date(moment, BRIEF.get(locale, BRIEF["zh-CN"]), locale=LOCALES.get(locale, CHINESE))


def span_of_days(first: date, last: date, locale: str) -> str:
    """Write days from one to another: `2026年11月23日 周一 – 11月29日 周日`."""
    upto = short(last, locale) if first.year == last.year else day(last, locale)
    return f"{day(first, locale)} – {upto}"
