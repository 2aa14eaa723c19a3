"""Facts to write calendars and mails of. `python -O -m tests.calendars.sample` sends the nasty set through them."""

import email
import email.policy
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from server.calendars import events, lines
from server.calendars.invitations import message
from server.calendars.texts import METHODS
from server.outbox.facts import Facts
from tests.calendars.nasty import NASTY, Broken, check_calendar, values

SENDER = "bookings@rongtong.example"
GUEST = "guest@example.com"
FACTS = Facts(
    booking_id=UUID("0193a3a0-0000-7000-8000-000000000001"),
    uid="0193a3a0-0000-7000-8000-000000000001@rongtong.example",
    sequence=0,
    version=1,
    stamp=datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC),
    created=datetime(2026, 11, 23, 4, 5, 6, 789, tzinfo=UTC),
    status="confirmed",
    starts_at=datetime(2026, 11, 24, 0, tzinfo=UTC),
    ends_at=datetime(2026, 11, 24, 1, tzinfo=UTC),
    units=1,
    purpose="金相",
    reason="r",
    resource_id=UUID("0193a3a0-0000-7000-8000-000000000002"),
    resource_name="扫描电子显微镜",
    resource_name_en="Scanning electron microscope",
    place="苏州",
    time_zone="Asia/Shanghai",
    owner_name="苏州大学",
    organization_name="甲公司",
    booker_name="张三",
    booker_email="zhang@example.com",
    recipient_name="李四",
)
TEXTS = (
    "purpose", "reason", "resource_name", "resource_name_en", "place", "owner_name", "organization_name", "booker_name",
    "recipient_name",
)  # fmt: skip
KINDS = ("confirmed", "cancelled", "declined", "owner_requested")


def mail(kind: str = "confirmed", facts: Facts = FACTS, locale: str = "zh-CN", recipient: str = GUEST) -> bytes:
    return message(
        kind=kind, recipient=recipient, locale=locale, facts=facts, sender=SENDER, base_url="https://rongtong.example"
    )


def read(written: bytes) -> email.message.EmailMessage:
    parsed = email.message_from_bytes(written, policy=email.policy.default)
    if not isinstance(parsed, email.message.EmailMessage):
        raise TypeError
    return parsed


def calendar_of(written: bytes) -> bytes:
    """The calendar in a mail, after a look that it is the same in both places."""
    first, second = (
        part.get_payload(decode=True)
        for part in read(written).walk()
        if part.get_content_type() in ("text/calendar", "application/ics")
    )
    if first != second or not isinstance(first, bytes):
        raise Broken("two different calendars")
    return first


def check_event(text: str) -> None:
    for field in TEXTS:
        for reader in ("member", "owner"):
            facts = replace(FACTS, **{field: text or " "})
            written = events.calendar([], ["Asia/Shanghai"], 2027, [events.booking(facts, reader, "zh-CN")])
            check_calendar(written, events.calendar([], ["Asia/Shanghai"], 2027, [events.booking(FACTS, reader, "en")]))
            if field == "purpose" and lines.clean(text) not in values(written, "DESCRIPTION")[0]:
                raise Broken("the text came back as another")


def check_mail(text: str) -> None:
    for kind in KINDS:
        harmless = mail(kind)
        for locale in ("zh-CN", "en"):
            written = mail(kind, replace(FACTS, **dict.fromkeys(TEXTS, text or " ")), locale)
            written.decode("ascii")
            if any(len(line) > 998 for line in written.split(b"\r\n")) or b"\n" in written.replace(b"\r\n", b""):
                raise Broken("lines of the mail")
            told, like = read(written), read(harmless)
            if told.keys() != like.keys() or [p.get_content_type() for p in told.walk()] != [
                p.get_content_type() for p in like.walk()
            ]:
                raise Broken("another shape of mail")
            if any(part.defects for part in told.walk()):
                raise Broken("defects")
            if kind in METHODS:
                check_calendar(calendar_of(written), calendar_of(harmless))


def check_everything() -> None:
    for text in NASTY:
        check_event(text)
        check_mail(text)


if __name__ == "__main__":
    check_everything()
    print(f"{len(NASTY)} strings, debug {__debug__}")
