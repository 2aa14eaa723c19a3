"""A guest's calendar program: it takes invitations as RFC 5546 says, and shows what is in it.

Written for the tests alone, with icalendar and python-dateutil as readers, so that nothing of ours reads what we wrote.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from dateutil.rrule import rrulestr
from icalendar import Calendar

from server.calendars.invitations import message
from server.core import db
from server.outbox.facts import Facts
from tests.calendars.sample import SENDER, calendar_of, read

Shown = tuple[datetime, datetime, str]


class GuestCalendar:
    """What one person's program holds: by UID a rule, and by UID and replaced start what is otherwise."""

    def __init__(self, email: str) -> None:
        self.email = email
        self.position = 0
        self.mails = 0
        self.rules: dict[str, Any] = {}
        self.others: dict[str, dict[datetime, Any]] = {}

    async def fetch(self) -> "GuestCalendar":
        """Read all mail that has come since, in the order in which it is sent."""
        sql = """
        SELECT position, kind, locale, facts FROM notice
        WHERE lower(recipient) = lower($1) AND position > $2 ORDER BY position
        """
        for row in await db.fetch(sql, self.email, self.position):
            self.position = row["position"]
            self.mails += 1
            facts = msgspec.json.decode(row["facts"], type=Facts)
            written = message(
                kind=row["kind"], recipient=self.email, locale=row["locale"], facts=facts, sender=SENDER,
                base_url="https://rongtong.example",
            )  # fmt: skip
            if any(part.get_content_type() == "text/calendar" for part in read(written).walk()):
                self.take(calendar_of(written))
        return self

    def take(self, written: bytes) -> None:
        calendar: Any = Calendar.from_ical(written)
        events = calendar.walk("VEVENT")
        assert len({str(event["UID"]) for event in events}) == 1, "RFC 5546 3.2.2: one UID in a message"
        assert len([event for event in events if "RECURRENCE-ID" not in event]) <= 1
        for event in sorted(events, key=lambda event: "RECURRENCE-ID" in event):
            uid, sequence = str(event["UID"]), int(event["SEQUENCE"])
            others = self.others.setdefault(uid, {})
            replaced = _instant(event["RECURRENCE-ID"]) if "RECURRENCE-ID" in event else None
            known = self.rules.get(uid) if replaced is None else others.get(replaced, self.rules.get(uid))
            assert known is None or sequence >= int(known["SEQUENCE"]), "stale: programs would ignore it"
            if replaced is not None:
                others[replaced] = event
            elif calendar["METHOD"] == "CANCEL":
                self.rules.pop(uid, None)
                others.clear()
            else:
                self.rules[uid] = event
                others.clear()  # what is otherwise comes with the rule

    def shown(self) -> list[Shown]:
        """All that stands in it."""
        found: list[Shown] = []
        for uid, others in self.others.items():
            found += [(event.start, event.end, str(event["STATUS"])) for event in others.values()]
            if uid in self.rules:
                event = self.rules[uid]
                found += [one for one in _expanded(event) if one[0] not in others]
        return sorted((s.astimezone(UTC), e.astimezone(UTC), status) for s, e, status in found if status != "CANCELLED")


def _expanded(event: Any) -> list[Shown]:
    start = event.start
    if "RRULE" not in event:
        return [(_utc(start), _utc(event.end), str(event["STATUS"]))]
    zone = ZoneInfo(str(event["DTSTART"].params["TZID"]))
    length: timedelta = _utc(event.end) - _utc(start)
    rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=start.replace(tzinfo=None))
    given = event.get("EXDATE", [])
    lines = given if isinstance(given, list) else [given]
    excluded = {moment.dt.replace(tzinfo=None) for line in lines for moment in line.dts}
    starts = [_utc(wall.replace(tzinfo=zone)) for wall in rule if wall not in excluded]
    return [(one, one + length, str(event["STATUS"])) for one in starts]


def _instant(value: Any) -> datetime:
    assert "TZID" in value.params, "as the start of the rule, on the wall clock"
    return _utc(value.dt)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


async def standing(email: str) -> list[Shown]:
    """What the database says that a person's calendar is to show."""
    sql = """
    SELECT b.starts_at, b.ends_at, CASE b.status WHEN 'requested' THEN 'TENTATIVE' ELSE 'CONFIRMED' END AS status
    FROM booking b JOIN member m ON m.id = b.member_id JOIN account a ON a.id = m.account_id
    WHERE b.status NOT IN ('declined', 'cancelled', 'expired') AND (a.email = $1 OR b.confirmed_at IS NOT NULL
        AND b.attendees @> jsonb_build_array(jsonb_build_object('email', $1::text)))
    """
    return sorted((row["starts_at"], row["ends_at"], row["status"]) for row in await db.fetch(sql, email))
