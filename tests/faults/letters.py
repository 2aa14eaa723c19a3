"""Read what arrived."""

import email
import email.policy
from typing import Any

import icalendar
import msgspec

from tests.faults.smtp import Letter


class Told(msgspec.Struct, frozen=True):
    """What a message says about a booking."""

    message_id: str
    recipient: str
    uid: str
    method: str
    sequence: int


def read(letter: Letter) -> Told:
    """Read an invitation. Raises AssertionError for a message without one."""
    message: Any = email.message_from_bytes(letter.content, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            calendar: Any = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            event = calendar.walk("VEVENT")[0]
            return Told(
                message["Message-ID"],
                letter.recipient,
                str(event["UID"]),
                str(calendar["METHOD"]),
                int(event["SEQUENCE"]),
            )
    raise AssertionError(f"no invitation in {message['Subject']}")


def subject(letter: Letter) -> str:
    message: Any = email.message_from_bytes(letter.content, policy=email.policy.default)
    return str(message["Subject"])
