"""Calendars as strangers write them."""

from datetime import UTC, datetime, timedelta

CUSTOM = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
END:STANDARD
END:VTIMEZONE
"""


def calendar(*events: str, head: str = "") -> bytes:
    """A calendar of events (their lines), with more lines at its head."""
    written = [f"BEGIN:VEVENT\nUID:{number}@elsewhere\n{event}\nEND:VEVENT\n" for number, event in enumerate(events)]
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//\n{head}{''.join(written)}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def event(start: datetime, minutes: int = 60, *lines: str) -> str:
    end = start + timedelta(minutes=minutes)
    return "\n".join([f"DTSTART:{stamp(start)}", f"DTEND:{stamp(end)}", *lines])


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
