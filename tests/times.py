"""Times to book in tests: days ahead at a local time of the demo zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0, *, days: int = 7, zone: ZoneInfo = SHANGHAI) -> str:
    """RFC 3339 of a local time some days from today."""
    day = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    return (day + timedelta(hours=hour, minutes=minute)).isoformat()


def monday(weeks: int = 2) -> datetime:
    """Midnight in UTC of a Monday so many weeks ahead."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 * weeks - today.weekday())


def springs(zone: ZoneInfo, weeks: int = 3) -> date:
    """The day on which the clocks of a zone go forward next, at least so many weeks ahead: up to 55 weeks."""
    noon = datetime.now(zone).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(weeks=weeks)
    days = (noon + timedelta(days=number) for number in range(1, 380))
    before = timedelta(days=1)
    return next(day.date() for day in days if (day.utcoffset() or before) > ((day - before).utcoffset() or before))


def monday_weeks_ahead(weeks: int = 2) -> int:
    """How many days from today it is to a Monday."""
    today = datetime.now(SHANGHAI)
    return 7 * weeks - today.weekday()
