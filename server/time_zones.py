"""Which time zone database answers: of the machine's and the locked package's, the newer one (decision 0165)."""

import zoneinfo
from collections.abc import Sequence
from pathlib import Path

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
