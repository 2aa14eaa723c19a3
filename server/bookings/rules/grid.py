"""The grid on which bookings start and end: every `step` minutes of the wall clock, counted from local midnight."""

from datetime import datetime, timedelta, tzinfo

DAY = 1440 * 60  # seconds


def on_grid(moment: datetime, zone: tzinfo, step: int) -> bool:
    return _past(moment, zone, step) == 0


def next_on_grid(moment: datetime, zone: tzinfo, step: int) -> datetime:
    """The first instant of the grid at or after `moment`. `step` in minutes."""
    while past := _past(moment, zone, step):
        to_step = step * 60 - past
        local = moment.astimezone(zone)
        to_midnight = DAY - (local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6)
        moment += timedelta(seconds=min(to_step, to_midnight))
    return moment


def last_on_grid(moment: datetime, zone: tzinfo, step: int) -> datetime:
    """The last instant of the grid at or before `moment`."""
    while past := _past(moment, zone, step):
        moment -= timedelta(seconds=past)
    return moment


def _past(moment: datetime, zone: tzinfo, step: int) -> float:
    """Seconds since the grid was last met on the wall clock."""
    local = moment.astimezone(zone)
    past = (local.hour * 60 + local.minute) % step * 60 + local.second
    return past + local.microsecond / 1e6 if local.microsecond else past
