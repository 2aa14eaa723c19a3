"""Invitations: the shape that mail programs understand, and the rules of iTIP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from server.calendars.texts import METHODS, OPENINGS, SUBJECTS
from tests.calendars.sample import FACTS, GUEST, SENDER, calendar_of, mail, read


def event_of(written: bytes) -> tuple[str, Any]:
    calendar: Any = Calendar.from_ical(calendar_of(written))
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def test_an_invitation_has_the_shape_that_all_programs_take() -> None:
    parsed = read(mail())
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    *_, inline, attached = parsed.walk()
    assert inline.get_param("method") == "REQUEST"
    assert inline.get_content_charset() == "utf-8"
    assert inline.get_content_disposition() is None
    assert attached.get_filename() == "invite.ics"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["To"] == GUEST
    assert parsed["From"].addresses[0].addr_spec == SENDER
    assert "扫描电子显微镜" in parsed["Subject"]
    assert "2026年11月24日 周二 08:00–09:00 (Asia/Shanghai, UTC+8)" in parsed["Subject"]


@pytest.mark.parametrize("kind", SUBJECTS)
def test_mails_are_the_same_bytes_whenever_written_and_seven_bit(kind: str) -> None:
    assert mail(kind) == mail(kind)
    assert mail(kind).isascii()
    assert OPENINGS.keys() == SUBJECTS.keys()


def test_a_confirmation_is_a_request_to_one_attendee() -> None:
    method, event = event_of(mail())
    assert method == "REQUEST"
    assert event["UID"] == FACTS.uid
    assert event["SEQUENCE"] == 0
    assert event["DTSTAMP"].dt == FACTS.stamp
    assert event["STATUS"] == "CONFIRMED"
    assert str(event["ORGANIZER"]) == f"mailto:{SENDER}"
    assert str(event["ATTENDEE"]) == f"mailto:{GUEST}"
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"
    assert event["X-MICROSOFT-DISALLOW-COUNTER"] == "TRUE"
    assert (event.start, event.end) == (FACTS.starts_at, FACTS.ends_at)


def test_a_move_keeps_the_uid_and_says_both_times() -> None:
    moved = replace(
        FACTS, sequence=1, version=2, stamp=FACTS.stamp + timedelta(seconds=1),
        previous_starts_at=FACTS.starts_at - timedelta(days=1), previous_ends_at=FACTS.ends_at - timedelta(days=1),
    )  # fmt: skip
    method, event = event_of(mail("moved", moved))
    assert (method, event["UID"], event["SEQUENCE"]) == ("REQUEST", FACTS.uid, 1)
    text = _text(mail("moved", moved, "en"))
    assert "Time: Tue 24 Nov 2026 08:00–09:00 (Asia/Shanghai, UTC+8)" in text
    assert "Until now: Mon 23 Nov 2026 08:00–09:00 (Asia/Shanghai, UTC+8)" in text


@pytest.mark.parametrize("status", ["cancelled", "declined", "confirmed"])
def test_a_cancellation_cancels(status: str) -> None:
    method, event = event_of(mail("cancelled", replace(FACTS, status=status, sequence=2)))
    assert method == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 2
    assert event["TRANSP"] == "TRANSPARENT"
    assert {"UID", "DTSTAMP", "DTSTART", "ORGANIZER", "ATTENDEE"} <= set(event)
    assert "RSVP" not in event["ATTENDEE"].params


@pytest.mark.parametrize("kind", sorted(SUBJECTS.keys() - METHODS.keys()))
def test_plain_mails_have_no_calendar(kind: str) -> None:
    assert [part.get_content_type() for part in read(mail(kind)).walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_only_owners_read_the_address_of_who_books() -> None:
    assert FACTS.booker_email in _text(mail("owner_confirmed"))
    assert FACTS.booker_email not in _text(mail("confirmed"))


def test_who_sends_is_never_invited() -> None:
    for own in (SENDER, SENDER.upper()):
        assert b"text/calendar" not in mail(recipient=own)


def test_message_ids_tell_revisions_and_recipients_apart_and_keep_the_thread() -> None:
    mails = [
        mail(),
        mail("moved", replace(FACTS, version=2)),
        mail("moved", replace(FACTS, version=3)),
        mail(recipient="other@example.com"),
    ]
    parsed = [read(written) for written in mails]
    assert len({one["Message-ID"] for one in parsed}) == 4
    assert len({one["References"] for one in parsed[:3]}) == 1
    assert parsed[3]["References"] != parsed[0]["References"]
    for one in parsed:
        assert GUEST.split("@")[0] not in one["Message-ID"]


def test_a_wall_clock_time_that_exists_twice_is_told_in_utc() -> None:
    second = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15 for the second time
    first = second - timedelta(hours=1)
    for start, in_utc in ((second, True), (first, True), (first - timedelta(hours=1), False)):
        facts = replace(FACTS, time_zone="Europe/Berlin", starts_at=start, ends_at=start + timedelta(minutes=30))
        _, event = event_of(mail(facts=facts))
        assert ("TZID" not in event["DTSTART"].params) is in_utc
        assert event.start.timestamp() == start.timestamp()  # `==` is never true of such times (PEP 495)
    across = replace(FACTS, time_zone="Europe/Berlin", starts_at=first, ends_at=second)
    assert "(Europe/Berlin, UTC+2 → UTC+1)" in _text(mail(facts=across))


@pytest.mark.parametrize(
    ("stamp", "opening", "news"),
    [
        (datetime(2026, 11, 23, 0, 5, tzinfo=UTC), "booking tomorrow.", "Tomorrow: "),
        (datetime(2026, 11, 23, 16, 5, tzinfo=UTC), "booking.", "Reminder: "),  # after midnight in Shanghai
        (datetime(2026, 11, 22, 15, 55, tzinfo=UTC), "booking.", "Reminder: "),
    ],
)
def test_tomorrow_is_the_day_after_at_the_resource(stamp: datetime, opening: str, news: str) -> None:
    written = mail("reminder_day", replace(FACTS, stamp=stamp), "en")
    assert f"This is to remind you of your {opening}" in _text(written)
    assert read(written)["Subject"].startswith(news)


def test_html_is_escaped() -> None:
    html = read(mail(facts=replace(FACTS, purpose="<script>alert(1)</script>"))).get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "&lt;script&gt;" in html.get_content()


def _text(written: bytes) -> str:
    body = read(written).get_body(("plain",))
    assert body is not None
    return str(body.get_content())
