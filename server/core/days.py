"""Which day it is, and for whom: midnight is where a resource stands, or else where its reader is (decision 0221)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

HOME = "Asia/Shanghai"  # of those who have not said where they are


def now() -> datetime:
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """Tell the date on a calendar that hangs in this zone, to show or to offer it. What decides asks the database."""
    return now().astimezone(ZoneInfo(time_zone)).date()
