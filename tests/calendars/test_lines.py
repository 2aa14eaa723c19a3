"""Content lines: the icalendar library must agree, and nothing nasty may get out of its line."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Event

from server.calendars import lines
from tests.calendars.nasty import NASTY, Broken, check_calendar
from tests.calendars.sample import check_event, check_mail
from tests.patience import PATIENCE

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\\;,^\"'"), max_size=300)


@settings(max_examples=500, deadline=None)
@given(TEXTS.filter(lambda text: "\\N" not in text))  # which icalendar takes for an escaped newline
def test_text_is_byte_for_byte_what_icalendar_writes(text: str) -> None:
    text = lines.clean(text)
    event = Event()
    event.add("summary", text)
    expected = event.to_ical().removeprefix(b"BEGIN:VEVENT\r\n").removesuffix(b"END:VEVENT\r\n")
    assert lines.text("SUMMARY", text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_a_common_name_comes_back_from_icalendar(name: str) -> None:
    clean = lines.clean(name)
    written = b"BEGIN:VEVENT\r\n" + lines.mailbox("ATTENDEE", "a@example.com", name) + b"END:VEVENT\r\n"
    address = Event.from_ical(written)["ATTENDEE"]
    assert str(address) == "mailto:a@example.com"
    # Of its own accord icalendar unescapes backslashes in parameters too, and takes ' for ".
    if not set(clean) & set("\\%\"'"):
        assert address.params["CN"] == clean


@pytest.mark.parametrize("address", ["a@b.c>\r\nX: 1", "evil <a@b.c>", "a@b.c\x00", "a b@c.d", "a@b.c\u2028"])
def test_an_address_cannot_end_its_line(address: str) -> None:
    bare = lines.bare(address)
    assert bare.isascii()
    assert not set(bare) & set(' <>"\r\n\x00')


@pytest.mark.parametrize("text", NASTY)
def test_nothing_nasty_leaves_its_property_or_its_header(text: str) -> None:
    check_event(text)
    check_mail(text)


def test_the_same_holds_where_asserts_are_off() -> None:
    command = [sys.executable, "-O", "-W", "error", "-m", "tests.calendars.sample"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert "debug False" in done.stdout


def test_the_check_sees_what_unclean_text_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "clean", lambda text: text)
    monkeypatch.setattr(lines, "ESCAPED", {})
    with pytest.raises(Broken):
        check_event("a\r\nX-INJECTED:1")
    with pytest.raises(Broken):
        check_calendar(b"BEGIN:VCALENDAR\r\nX:\x07\r\n", b"BEGIN:VCALENDAR\r\nX:1\r\n")
