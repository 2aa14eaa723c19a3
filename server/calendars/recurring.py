"""A series as one calendar object: the rule, the times that are not, and the occurrences that are otherwise.

All its events share one UID; what is otherwise names the time it replaces (RFC 5545 3.8.4.4).
"""

from collections.abc import Iterable
from datetime import UTC
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from server.calendars import lines
from server.calendars.events import booking
from server.outbox.facts import Facts, Run


def events(facts: Facts, run: Run, locale: str, people: Iterable[bytes]) -> list[bytes]:
    """Write the event of the rule, then those of the occurrences that are otherwise."""
    people = tuple(people)
    rule = [lines.line(f"RRULE:{run.rule}")]
    rule += [lines.line(f"EXDATE;TZID={facts.time_zone}:{time}") for time in run.missing]
    whole = replace(facts, run=None)
    first = booking(whole, "member", locale, (*rule, *people), times=_times(run, facts.time_zone))
    return [first, *(booking(one, "member", locale, people) for one in run.changed)]


def _times(run: Run, time_zone: str) -> tuple[bytes, bytes]:
    """Write start and length on the wall clock, which the rule needs also where the end comes twice.

    Where the first occurrence crosses a change of clocks, the end on the wall and the length say different things of
    all others: then the length is said, and the first is one of those that are written out.
    """
    zone = ZoneInfo(time_zone)
    start = lines.local("DTSTART", run.starts_at, time_zone, zone)
    end, length = run.ends_at.astimezone(zone), run.ends_at.astimezone(UTC) - run.starts_at.astimezone(UTC)
    on_the_wall = end.replace(tzinfo=None) - run.starts_at.astimezone(zone).replace(tzinfo=None)
    if end.fold or on_the_wall != length:
        return start, f"DURATION:PT{round(length.total_seconds())}S\r\n".encode()
    return start, lines.local("DTEND", run.ends_at, time_zone, zone)
