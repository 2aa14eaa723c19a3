"""Which time zone database answers: of the machine's and the locked package's, the newer one (decision 0165)."""

import zoneinfo
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import tzdata


def use_newest(paths: Sequence[str] = zoneinfo.TZPATH) -> str:
    """Let zoneinfo read the newer one; give its version, such as `2026f`."""
    machines = next((found for path in paths if (found := _version(Path(path)))), "")
    newest = max(machines, str(tzdata.IANA_VERSION))
    zoneinfo.reset_tzpath(paths if newest == machines else ())  # without paths it takes the package
    zoneinfo.ZoneInfo.clear_cache()
    return newest


def _version(path: Path) -> str | None:
    try:
        with (path / "tzdata.zi").open() as file:
            return file.readline().removeprefix("# version").strip()
    except OSError:
        return None


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime"})


def jump(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The moment between two instants at which the zone's offset changes, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
