"""Answers in the shapes in which calendar programs send them, made from the invitation that they answer."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from itertools import count
from typing import Any

import icalendar

_numbers = count(1)


class Invited:
    """An invitation as it arrived."""

    def __init__(self, raw: bytes) -> None:
        mail: Any = email.message_from_bytes(raw, policy=email.policy.default)
        self.sender = parseaddr(str(mail["From"]))[1]
        [part] = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
        calendar: Any = icalendar.Calendar.from_ical(part.get_payload(decode=True))
        self.method = str(calendar["METHOD"])
        self.event = calendar.walk("VEVENT")[0]
        self.me = str(self.event["ATTENDEE"]).removeprefix("mailto:")

    @property
    def organizer(self) -> str:
        return str(self.event["ORGANIZER"])


def answer(
    to: Invited,
    said: str = "ACCEPTED",
    *,
    shape: str = "thunderbird",
    method: str = "REPLY",
    me: str = "",
    to_address: str = "",
    later: int = 1,
    recurrence_id: str = "",
    sequence: int | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    """Answer an invitation as a program does; `later` are seconds of DTSTAMP from now."""
    me = me or to.me
    stamp = datetime.now(UTC) + timedelta(seconds=later)
    organizer = f"ORGANIZER;CN=Rongtong:{to.organizer}\r\n"
    attendee = {
        "thunderbird": f"ATTENDEE;PARTSTAT={said};ROLE=REQ-PARTICIPANT:mailto:{me}",
        "outlook": f'ATTENDEE;PARTSTAT={said};RSVP=TRUE;CN="Li, Si":MAILTO:{me.upper()}',
        "gmail": f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={said};CN={me};X-NUM-GUESTS=0:mailto:{me}",
        "apple": f"ATTENDEE;CN=李四;CUTYPE=INDIVIDUAL;EMAIL={me};PARTSTAT={said}:/aMjA/principal/",
    }[shape]
    if shape == "outlook":
        organizer = ""  # outlook.com leaves it out
    count_ = to.event["SEQUENCE"] if sequence is None else sequence
    text = (
        f"BEGIN:VCALENDAR\r\nPRODID:-//{shape}\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n"
        f"UID:{to.event['UID']}\r\nDTSTAMP:{stamp:%Y%m%dT%H%M%SZ}\r\nSEQUENCE:{count_}\r\n{organizer}"
        f"{attendee}\r\n{recurrence_id}DTSTART:{to.event.start.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n"
        "SUMMARY:Accepted: 扫描电子显微镜\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    mail = EmailMessage(policy=email.policy.SMTP.clone(cte_type="7bit"))
    mail["From"] = me
    mail["To"] = to_address or to.sender
    mail["Subject"] = f"{said}: 扫描电子显微镜"
    mail["Message-ID"] = f"<{shape}-{next(_numbers)}-{stamp.timestamp():.0f}@example.com>"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(f"{me} has {said.lower()}.")
    charset = {"apple": {}, "outlook": {"method": method}}.get(shape, {"method": method})
    mail.add_alternative(text.encode(), maintype="text", subtype="calendar", params={"charset": "UTF-8", **charset})
    if shape in ("thunderbird", "gmail"):  # the same object twice
        mail.add_attachment(text.encode(), maintype="application", subtype="ics", filename="invite.ics")
    return mail.as_bytes()


def bounce(original: bytes, recipient: str) -> bytes:
    """What a mail server says of a mail that it cannot deliver (RFC 3464), as Postfix writes it."""
    head = original.partition(b"\r\n\r\n")[0].decode()
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.com\r\nTo: bookings@rongtong.example\r\n"
        "Auto-Submitted: auto-replied\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <bounce-{next(_numbers)}@mx.example.com>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n--b--\r\n"
    ).encode()
