"""Answers to invitations: what they record, what they start, and what changes nothing."""

import email
from collections.abc import Callable
from datetime import UTC
from email.encoders import encode_base64
from typing import Any
from uuid import UUID

import pytest

from server.calendars import reply_address
from server.core import db
from server.core.settings import settings
from server.replies import answer as answering
from server.replies.receive import receive
from tests import factories
from tests.replies.conftest import GUEST, Scene
from tests.replies.shapes import Invited, answer, bounce

ME = GUEST.lower()
SHAPES = ("thunderbird", "outlook", "gmail", "apple")


async def test_an_invitation_comes_from_the_address_that_it_asks_to_answer_to(scene: Scene) -> None:
    await scene.book()
    invited, booker = await scene.invited(), await scene.invited(scene.booker.actor.email)
    assert invited.organizer == f"mailto:{invited.sender}"
    assert invited.sender != booker.sender
    await scene.do("PATCH", f"/bookings/{(await scene.book(days=4))}", {"purpose": "金相"})
    assert (await scene.mails(GUEST))[0] == (await scene.mails(GUEST))[0]
    for mail in (*await scene.mails(GUEST), *await scene.mails(GUEST, "changed")):
        one = Invited(mail)
        assert one.sender == reply_address.address("bookings@rongtong.example", str(one.event["UID"]), GUEST)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("said", ["ACCEPTED", "TENTATIVE", "DECLINED"])
async def test_an_answer_is_recorded_and_both_sides_see_it(scene: Scene, shape: str, said: str) -> None:
    id = await scene.book()
    assert await receive(answer(await scene.invited(), said, shape=shape)) == said.lower()
    assert await scene.answers(id) == {ME: said.lower()}
    assert await scene.answers(id, scene.owner) == {ME: said.lower()}
    assert await scene.status(id) == "confirmed"
    told = await scene.mails(scene.booker.actor.email, "guest_declined")
    assert len(told) == (said == "DECLINED")
    for mail in told:
        assert b"text/calendar" not in mail
    entry = await db.fetchrow("SELECT became FROM audit_entry WHERE verb = 'answered' AND object_id = $1", UUID(id))
    assert entry is not None
    assert "@" not in entry["became"]


async def test_a_second_copy_changes_nothing(scene: Scene) -> None:
    id, invited = await scene.book(), await scene.invited()
    first = answer(invited, "ACCEPTED")
    assert await receive(first) == "accepted"
    assert await receive(answer(invited, "DECLINED", later=5)) == "declined"
    assert await receive(b"Received: by another way\r\n" + first) == "duplicate"
    assert await scene.answers(id) == {ME: "declined"}


async def test_an_older_answer_does_not_take_the_place_of_a_newer(scene: Scene) -> None:
    id, invited = await scene.book(), await scene.invited()
    assert await receive(answer(invited, "ACCEPTED", later=60)) == "accepted"
    assert await receive(answer(invited, "DECLINED", later=1)) == "stale"
    assert await scene.answers(id) == {ME: "accepted"}


async def test_after_a_move_it_is_asked_anew(scene: Scene) -> None:
    id, invited = await scene.book(), await scene.invited()
    await receive(answer(invited, "ACCEPTED"))
    await _move(scene, id)
    assert await scene.answers(id) == {}
    assert await receive(answer(invited, "ACCEPTED", later=9)) == "stale"
    assert await receive(answer(await scene.invited(kind="moved"), "ACCEPTED", later=10)) == "accepted"
    assert await scene.answers(id) == {ME: "accepted"}


async def test_the_booker_who_declines_cancels(scene: Scene) -> None:
    id = await scene.book()
    assert await receive(answer(await scene.invited(scene.booker.actor.email), "DECLINED")) == "cancelled"
    assert await scene.status(id) == "cancelled"
    assert await db.fetchval("SELECT count(*) FROM claim WHERE booking_id = $1 AND released_at IS NULL", UUID(id)) == 0
    assert len(await scene.mails(GUEST, "cancelled")) == 1


async def test_the_booker_who_declines_too_late_is_told_why(scene: Scene) -> None:
    await scene.begin(cancel_minutes=10_000)
    id, me = await scene.book(), scene.booker.actor.email
    for later in (1, 2, 3):
        assert await receive(answer(await scene.invited(me), "DECLINED", later=later)) == "decline-refused"
    assert await scene.status(id) == "confirmed"
    assert await scene.answers(id) == {me: "declined"}
    [told] = await scene.mails(me, "decline_refused")
    text = next(part for part in email.message_from_bytes(told).walk() if part.get_content_type() == "text/plain")
    payload: Any = text.get_payload(decode=True)
    assert "Ask the owner" in payload.decode()


async def test_why_it_is_not_cancelled_is_said_in_the_readers_language(scene: Scene) -> None:
    scene.owner = await factories.person(kind="university")
    scene.booker = await factories.person(locale="zh-CN")
    scene.resource = await factories.resource(scene.owner, cancel_minutes=10_000)
    await scene.book()
    me = scene.booker.actor.email
    assert await receive(answer(await scene.invited(me), "DECLINED")) == "decline-refused"
    [told] = await scene.mails(me, "decline_refused")
    part = next(one for one in email.message_from_bytes(told).walk() if one.get_content_type() == "text/plain")
    payload: Any = part.get_payload(decode=True)
    text = payload.decode()
    assert "取消" in text
    assert "Ask the owner" not in text


async def test_a_counter_proposal_is_declined_once(scene: Scene) -> None:
    id, invited = await scene.book(), await scene.invited()
    for later in (1, 2):
        assert await receive(answer(invited, "TENTATIVE", method="COUNTER", later=later)) == "counter-declined"
    [told] = await scene.mails(GUEST, "counter_declined")
    assert Invited(told).method == "DECLINECOUNTER"
    assert await scene.answers(id) == {}


async def test_a_series_is_answered_as_a_whole_or_in_part(scene: Scene) -> None:
    made = await scene.series()
    ids = [one["id"] for one in made["bookings"]]
    invited = await scene.invited()
    assert await receive(answer(invited, "ACCEPTED")) == "accepted"
    assert [await scene.answers(id) for id in ids] == [{ME: "accepted"}] * 3
    second = invited.event.start.astimezone(UTC)
    local = invited.event.start.replace(day=invited.event.start.day)
    assert second
    known = f"RECURRENCE-ID;TZID=China Standard Time:{local:%Y%m%dT%H%M%S}\r\n"  # as Outlook calls the zone
    assert await receive(answer(invited, "DECLINED", recurrence_id=known, later=9)) == "declined"
    assert [(await scene.answers(id))[ME] for id in ids] == ["declined", "accepted", "accepted"]
    booker = await scene.invited(scene.booker.actor.email)
    known = f"RECURRENCE-ID:{second:%Y%m%dT%H%M%SZ}\r\n"
    assert await receive(answer(booker, "DECLINED", recurrence_id=known)) == "cancelled"
    assert [await scene.status(id) for id in ids] == ["cancelled", "confirmed", "confirmed"]
    assert await receive(answer(booker, "DECLINED", later=9)) == "cancelled"
    assert [await scene.status(id) for id in ids] == ["cancelled"] * 3


async def test_what_is_forged_or_unknown_changes_nothing(scene: Scene) -> None:
    id, invited = await scene.book(), await scene.invited()
    booker = scene.booker.actor.email
    base = "bookings@rongtong.example"
    other = Invited((await scene.mails(GUEST))[0])
    other.event["ORGANIZER"] = f"mailto:{base}"
    for raw, outcome in (
        (answer(other, "DECLINED", me=booker, to_address=base), "no-proof"),
        (answer(invited, "DECLINED", me=booker), "no-proof"),  # a guest for the booker, with the guest's own token
        (answer(invited, "ACCEPTED", me="crasher@example.com"), "no-proof"),
        (answer(invited, "DELEGATED"), "no-answer"),
        (answer(invited, "ACCEPTED", method="REFRESH"), "other-method"),
    ):
        assert await receive(raw) == outcome
    crasher = reply_address.address(base, str(invited.event["UID"]), "crasher@example.com")
    assert await receive(answer(invited, me="crasher@example.com", to_address=crasher)) == "not-invited"
    invited.event["UID"] = "0193a3a0-0000-7000-8000-000000000001@elsewhere.example"
    assert await receive(answer(invited)) == "unknown-booking"
    assert await scene.answers(id) == {}
    assert await scene.status(id) == "confirmed"


async def test_without_the_proof_a_forged_answer_would_cancel(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr(reply_address, "proves", lambda *given: True)
    id, invited = await scene.book(), await scene.invited()
    assert await receive(answer(invited, "DECLINED", me=scene.booker.actor.email)) == "cancelled"
    assert await scene.status(id) == "cancelled"


async def test_without_the_look_at_sequence_an_old_no_would_cancel_what_was_moved(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    id = await scene.book()
    invited = await scene.invited(scene.booker.actor.email)
    await _move(scene, id)
    assert await receive(answer(invited, "DECLINED")) == "stale"
    monkeypatch.setattr(answering, "is_stale", lambda *given: False)
    assert await receive(answer(invited, "DECLINED", later=2)) == "cancelled"


BY_PROGRAMS = [
    ("Auto-Submitted", "auto-replied"), ("Auto-Submitted", "auto-generated"), ("Precedence", "bulk"),
    ("List-Id", "<all.example.com>"), ("List-Unsubscribe", "<mailto:x@example.com>"), ("Return-Path", "<>"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "value"), BY_PROGRAMS)
async def test_what_is_proven_counts_whatever_its_header_says(scene: Scene, header: str, value: str) -> None:
    id = await scene.book()
    raw = answer(await scene.invited(scene.booker.actor.email), "DECLINED", headers={header: value})
    assert await receive(raw) == "cancelled"
    assert await scene.status(id) == "cancelled"


@pytest.mark.parametrize(("header", "value"), BY_PROGRAMS)
async def test_what_programs_send_without_proof_is_ignored(
    scene: Scene, header: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, invited = await scene.book(), await scene.invited(scene.booker.actor.email)
    monkeypatch.setenv("RONGTONG_MAIL_AUTHSERV", "mx.example.com")
    settings.cache_clear()
    vouched = {"Authentication-Results": f"mx.example.com; dmarc=pass header.from={invited.me.partition('@')[2]}"}
    unproven: dict[str, Any] = {"to_address": "bookings@rongtong.example", "headers": vouched | {header: value}}
    raw = answer(invited, "DECLINED", **unproven).replace(invited.organizer.encode(), b"mailto:bookings@x.example")
    assert await receive(_without_tokens(raw)) == "automatic"
    assert await scene.status(id) == "confirmed"
    raw = answer(invited, "DECLINED", **unproven | {"headers": vouched}, later=2)
    assert await receive(_without_tokens(raw)) == "cancelled"  # the own server's word counts for what people send
    settings.cache_clear()


def _without_tokens(raw: bytes) -> bytes:
    """The same mail by a program that leaves out the organizer."""
    mail = email.message_from_bytes(raw)
    for part in mail.walk():
        if part.get_content_type() in ("text/calendar", "application/ics"):
            lines = bytes(part.get_payload(decode=True)).split(b"\r\n")
            part.set_payload(b"\r\n".join(one for one in lines if not one.startswith(b"ORGANIZER")))
            del part["Content-Transfer-Encoding"]
            encode_base64(part)
    return mail.as_bytes()


def _as_written(raw: bytes, charset: str, edit: Callable[[str], str]) -> bytes:
    """The same mail with another object in another charset, in one part."""
    mail = email.message_from_bytes(raw)
    [part] = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    text = edit(bytes(part.get_payload(decode=True)).decode())
    head = f"To: {mail['To']}\r\nFrom: {mail['From']}\r\nMessage-ID: {mail['Message-ID']}\r\n"
    kind = f"Content-Type: text/calendar; method=REPLY; charset={charset}\r\n\r\n"
    return (head + kind).encode() + text.encode(charset, "replace")


SHAPED = {
    "gb18030": ("gb18030", lambda text: text),
    "iso-8859-1": ("iso-8859-1", lambda text: text.replace("SUMMARY:", "SUMMARY:Prüfstand Müller ")),
    "METHOD only in the MIME type": ("utf-8", lambda text: text.replace("METHOD:REPLY\r\n", "")),
    "a comment that quotes a calendar": (
        "utf-8", lambda text: text.replace("SUMMARY:", "COMMENT:BEGIN:VCALENDAR\\nMETHOD:CANCEL\r\nSUMMARY:"),
    ),
    "raw lines of a comment": (
        "utf-8", lambda text: text.replace("SUMMARY:", "COMMENT:Sorry\r\nEnd: of the day\r\nSUMMARY:"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("charset", "edit"), SHAPED.values(), ids=SHAPED)
async def test_an_answer_is_read_as_programs_write_it(scene: Scene, charset: str, edit: Callable[[str], str]) -> None:
    id = await scene.book()
    raw = answer(await scene.invited(), "ACCEPTED", shape="outlook")
    assert await receive(_as_written(raw, charset, edit)) == "accepted"
    assert await scene.answers(id) == {ME: "accepted"}


async def test_our_own_mails_are_ignored(scene: Scene) -> None:
    await scene.book()
    for mail in await scene.mails(GUEST):
        assert await receive(mail) == "automatic"


async def test_a_bounce_is_noted_on_its_notice(scene: Scene) -> None:
    await scene.book()
    [mail] = await scene.mails(GUEST)
    await db.execute("UPDATE notice SET sent_at = now() WHERE recipient = $1", GUEST)
    assert await receive(bounce(mail, GUEST)) == "bounced"
    errors = await db.fetch("SELECT last_error FROM notice WHERE recipient = $1", GUEST)
    assert [row["last_error"] for row in errors] == ["bounced 5.1.1: 550 5.1.1 no such user"]
    assert await receive(bounce(mail, "other@example.com")) == "unknown-bounce"


@pytest.mark.parametrize(
    "calendar",
    [
        "", "<html>", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n", "BEGIN:VCALENDAR\r\n;:=\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTAMP:99999999T999999Z\r\nEND:VEVENT\r\n"
        "END:VCALENDAR", "BEGIN:VCALENDAR\r\n" * 2000, "BEGIN:VCALENDAR\r\nX:\x00\udcff\r\nEND:VCALENDAR",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("rolled_back")
async def test_what_cannot_be_read_is_said_to_be_so(calendar: str) -> None:
    head = b"Message-ID: <a@b>\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n"
    outcome = await receive(head + calendar.encode("utf-8", "surrogateescape"))
    assert outcome.startswith("unreadable")


@pytest.mark.usefixtures("rolled_back")
async def test_a_mail_that_is_too_large_is_not_even_parsed() -> None:
    for _ in range(2):
        assert await receive(b"Content-Type: text/calendar\r\n\r\n" + b"x" * 300_000) == "too-large"
    assert [row["outcome"] for row in await db.fetch("SELECT outcome FROM inbound_mail")] == ["too-large"]
    assert await receive(b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n\r\n" * 200) != ""


async def _move(scene: Scene, id: str) -> None:
    booking = await scene.do("GET", f"/bookings/{id}")
    hour = {
        "starts_at": booking["starts_at"].replace("T12", "T15"),
        "ends_at": booking["ends_at"].replace("T13", "T16"),
    }
    await scene.do("PATCH", f"/bookings/{id}", hour)
