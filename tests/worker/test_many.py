"""What one act changes for a person at many bookings is told in one mail, and the calendar of each stays right."""

import email
import email.policy
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from server.core import db
from server.outbox import notices
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.faults.smtp import Letter, MailServer
from tests.times import at
from tests.worker import news
from tests.worker.test_drain import DiesAfterwards, Killed
from worker.notices import LEASE, NOTICES

ADA = "ada@example.com"
MANY = 12


class Hall:
    """A resource with many bookings of one SME, and a second manager who is told."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, days: int = MANY) -> "Hall":
        self.owner = await factories.person(kind="university", locale="en")
        self.second = await factories.person(self.owner.actor.organization_id, locale="en")
        self.sme = await factories.person(locale="zh-CN")
        self.resource = await factories.resource(self.owner)
        guests: dict[str, Any] = {"attendees": [{"email": ADA}]}
        self.bookings = [
            (
                await book(
                    self.client, self.sme, self.resource, starts_at=at(9, days=day), ends_at=at(11, days=day), **guests
                )
            ).json()
            for day in range(7, 7 + days)
        ]
        await db.execute("DELETE FROM notice")
        return self

    async def close(self) -> None:
        shut = {
            "starts_at": at(0, days=6), "ends_at": at(0, days=40), "reason": "设备检修", "over_bookings": "cancel",
        }  # fmt: skip
        path = f"/api/v1/resources/{self.resource}/closures"
        answer = await self.client.post(path, json=shut, headers=self.owner.bearer)
        assert answer.status_code == 201, answer.text


@pytest.fixture
async def hall(client: httpx.AsyncClient) -> Hall:
    return await Hall(client).begin()


def to(server: MailServer, who: str) -> list[Any]:
    return [mail(letter) for letter in server.letters if letter.recipient == who]


def mail(letter: Letter) -> Any:
    return email.message_from_bytes(letter.content, policy=email.policy.default)


def objects(message: Any) -> list[Any]:
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return [Calendar.from_ical(part.get_payload(decode=True)) for part in parts]


def words(message: Any) -> str:
    [text] = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return str(text.get_content())


async def test_who_loses_many_bookings_at_once_gets_one_mail_that_lists_and_cancels_all(
    hall: Hall, server: MailServer
) -> None:
    await hall.close()
    assert await news.round(server) == 3
    for who in (hall.sme.actor.email, ADA):
        [one] = to(server, who)
        cancelled = objects(one)
        assert len(cancelled) == MANY
        for calendar in cancelled:
            [event] = calendar.walk("VEVENT")  # RFC 5546 3.2.5: one UID in an object
            assert (str(calendar["METHOD"]), str(event["STATUS"]), int(event["SEQUENCE"])) == ("CANCEL", "CANCELLED", 1)
            assert str(event["ATTENDEE"]) == f"mailto:{who}"
        uids = [str(calendar.walk("VEVENT")[0]["UID"]) for calendar in cancelled]
        assert uids == [booking["uid"] for booking in hall.bookings]
        assert words(one).count("•") == MANY
        assert words(one).count("设备检修") == 1
    assert str(to(server, hall.sme.actor.email)[0]["Subject"]).startswith(f"已取消 {MANY} 项预约")
    [plain] = to(server, hall.second.actor.email)
    assert str(plain["Subject"]).startswith(f"{MANY} bookings cancelled")
    assert objects(plain) == []
    assert await db.fetchval("SELECT count(*) FROM notice WHERE sent_at IS NULL") == 0
    assert await news.round(server) == 0


async def test_a_few_are_told_one_by_one_in_the_shape_that_every_program_knows(
    client: httpx.AsyncClient, server: MailServer
) -> None:
    hall = await Hall(client).begin(days=notices.FEW)
    await hall.close()
    await news.round(server)
    assert len(to(server, ADA)) == notices.FEW


async def test_a_second_copy_is_the_same_mail(hall: Hall, server: MailServer) -> None:
    await hall.close()
    with pytest.raises(Killed):
        await news.round(server, DiesAfterwards)
    await news.pass_by(60)
    await news.round(server)
    assert len(server.letters) == 4
    first, again = [one.content for one in server.letters if one.recipient == server.letters[0].recipient]
    assert first == again


async def test_it_waits_for_what_was_owed_before_about_each_of_the_bookings(hall: Hall, server: MailServer) -> None:
    last: Any = await db.fetchrow("SELECT id, resource_id FROM booking ORDER BY starts_at DESC LIMIT 1")
    await news.owed(ADA, booking_id=last["id"], resource_id=last["resource_id"])
    await db.execute("UPDATE notice SET act = -1")
    server.once = ["451 not now"]
    assert await news.round(server) == 0
    await hall.close()
    await news.round(server)
    assert to(server, ADA) == [], "the first invitation is not there yet"
    await news.pass_by(60)
    await news.round(server)
    assert [len(objects(one)) for one in to(server, ADA)] == [1, MANY]


async def test_if_it_did_not_wait_a_calendar_would_get_the_old_after_the_new(
    hall: Hall, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(NOTICES, "lease_sql", LEASE.replace("before.position < f.position", "false"))
    last: Any = await db.fetchrow("SELECT id, resource_id FROM booking ORDER BY starts_at DESC LIMIT 1")
    await news.owed(ADA, booking_id=last["id"], resource_id=last["resource_id"])
    await db.execute("UPDATE notice SET act = -1, attempt_at = now() + interval '1 minute'")
    await hall.close()
    await news.round(server)
    assert [len(objects(one)) for one in to(server, ADA)] == [MANY]


async def test_without_telling_together_it_is_a_flood(
    hall: Hall, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(NOTICES, "lease_sql", LEASE.replace(f"> {notices.FEW}", "> 1000"))
    await hall.close()
    await news.round(server)
    assert len(to(server, ADA)) == MANY


async def test_all_die_together_and_are_owed_again_together(hall: Hall, server: MailServer) -> None:
    await hall.close()
    server.once = ["550 no such mailbox"]
    await news.round(server)
    dead = await db.fetchval("SELECT count(*) FROM notice WHERE dead_at IS NOT NULL")
    assert dead == MANY
    assert await notices.replay() == MANY
    await news.round(server)
    assert len(server.letters) == 3


async def test_what_is_over_is_left_out_and_nothing_is_sent_when_all_is(hall: Hall, server: MailServer) -> None:
    await hall.close()
    over = "UPDATE notice SET facts = facts || jsonb_build_object('ends_at', now() - interval '1 hour')"
    await db.execute(f"{over} WHERE recipient = $1", hall.sme.actor.email)
    await db.execute(f"{over} WHERE position = (SELECT min(position) FROM notice WHERE recipient = $1)", ADA)
    await news.round(server)
    assert to(server, hall.sme.actor.email) == []
    assert [len(objects(one)) for one in to(server, ADA)] == [MANY - 1]
    assert await db.fetchval("SELECT count(*) FROM notice WHERE lapsed_at IS NOT NULL") == MANY


async def test_occurrences_of_a_series_go_in_one_object(client: httpx.AsyncClient, server: MailServer) -> None:
    hall = await Hall(client).begin(days=0)
    wanted = {
        "resource_id": str(hall.resource), "rule": f"FREQ=DAILY;COUNT={MANY}", "attendees": [{"email": ADA}],
        "starts_at": at(9), "ends_at": at(10),
    }  # fmt: skip
    made = await client.post("/api/v1/series", json=wanted, headers=hall.sme.bearer)
    assert made.status_code == 201, made.text
    await db.execute("DELETE FROM notice")
    await hall.close()
    await news.round(server)
    [one] = to(server, ADA)
    [calendar] = objects(one)
    events = calendar.walk("VEVENT")
    assert len({str(event["RECURRENCE-ID"].dt) for event in events}) == MANY
    assert {str(event["UID"]) for event in events} == {str(events[0]["UID"])}
    assert one.get_content_type() == "multipart/mixed"
