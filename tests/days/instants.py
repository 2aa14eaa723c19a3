"""Instants at which days, months and years differ from zone to zone, or are odd themselves."""

from datetime import datetime


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


INSTANTS = {
    "month-ends-utc": _at("2026-11-30T23:20:00+00:00"),  # it is December in Shanghai since seven hours
    "month-begins-utc": _at("2026-12-01T00:10:00+00:00"),  # and November in New York for five more
    "month-ends-shanghai": _at("2026-11-30T23:20:00+08:00"),
    "month-begins-shanghai": _at("2026-12-01T00:10:00+08:00"),
    "year-ends-utc": _at("2026-12-31T23:20:00+00:00"),
    "year-begins-utc": _at("2027-01-01T00:10:00+00:00"),
    "year-ends-shanghai": _at("2026-12-31T23:20:00+08:00"),
    "year-begins-shanghai": _at("2027-01-01T00:10:00+08:00"),
    "leap-day": _at("2028-02-29T12:00:00+08:00"),
    "berlin-springs": _at("2027-03-28T01:50:00+01:00"),  # the clocks change within the run, like the three below
    "berlin-falls": _at("2027-10-31T02:50:00+02:00"),
    "new-york-springs": _at("2027-03-14T01:50:00-05:00"),
    "new-york-falls": _at("2027-11-07T01:50:00-04:00"),
    "before-midnight": _at("2027-06-15T23:50:00+08:00"),
    "worked-saturday": _at("2026-10-10T10:00:00+08:00"),  # in China, instead of a day of the National Day's week
}
