"""Times to book in tests: days ahead at a local time of the demo zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(hour: int, minute: int = 0, *, days: int = 7, zone: ZoneInfo = SHANGHAI) -> str:
    """RFC 3339 of a local time some days from today."""
    day = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    return (day + timedelta(hours=hour, minutes=minute)).isoformat()


def monday_weeks_ahead(weeks: int = 2) -> int:
    """How many days from today it is to a Monday."""
    today = datetime.now(SHANGHAI)
    return 7 * weeks - today.weekday()
