"""Notices on their way through a real SMTP server; each defence also with the defence switched off."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.core import db
from server.outbox import account_mail, notices
from server.outbox.account_mail import Link
from tests.faults.letters import read, subject
from tests.faults.smtp import DROP, MailServer
from tests.worker import news
from worker import account_mail as letters
from worker import drain as draining
from worker import notices as telling
from worker.account_mail import LETTERS
from worker.mail import Mail
from worker.notices import LEASE, NOTICES
from worker.queue import ATTEMPTS, LEASE_SECONDS, PROBE_SECONDS

pytestmark = pytest.mark.usefixtures("rolled_back")


def sequences(server: MailServer) -> list[int]:
    return [read(letter).sequence for letter in server.letters]


class Meanwhile(Mail):
    """While its first message is on the way, another worker makes a round."""

    other: MailServer | None = None

    async def send(self, recipient: str, message: bytes) -> None:
        if Meanwhile.other is not None:
            server, Meanwhile.other = Meanwhile.other, None
            await news.round(server)
        await super().send(recipient, message)


class Killed(BaseException):
    """The worker dies."""


class DiesAfterwards(Mail):
    """Dies when the server has taken the message, before anyone knows."""

    async def send(self, recipient: str, message: bytes) -> None:
        await super().send(recipient, message)
        raise Killed


async def test_what_is_owed_is_sent_once(server: MailServer) -> None:
    await news.owed("a@example.com")
    assert await news.round(server) == 1
    assert await news.round(server) == 0
    assert [letter.recipient for letter in server.letters] == ["a@example.com"]


async def test_changes_of_a_booking_arrive_in_order_although_the_first_is_refused(server: MailServer) -> None:
    await news.three_changes("a@example.com")
    server.once = ["451 not now"]
    assert await news.round(server) == 0, "the later ones wait for the first"
    await news.pass_by(60)
    await news.round(server)
    assert sequences(server) == [0, 1, 2]
    assert [read(letter).method for letter in server.letters] == ["REQUEST", "REQUEST", "CANCEL"]


async def test_without_the_order_clause_they_overtake_each_other(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NOTICES, "lease_sql", LEASE.replace("earlier.position < n.position", "false"))
    await news.three_changes("a@example.com")
    server.once = ["451 not now"]
    await news.round(server)
    await news.pass_by(60)
    await news.round(server)
    assert sequences(server) == [1, 2, 0]


async def test_one_bad_recipient_holds_up_nobody_else(server: MailServer) -> None:
    for number in range(draining.IN_A_ROW + 2):
        await news.owed(f"bad{number}@example.com")
        server.refused[f"bad{number}@example.com"] = "450 full"
    await news.owed("good@example.com")
    await news.round(server)
    await news.round(server)
    assert [letter.recipient for letter in server.letters] == ["good@example.com"]


async def test_two_workers_do_not_send_the_same_notice(server: MailServer) -> None:
    await news.owed("a@example.com")
    Meanwhile.other = server
    await news.round(server, Meanwhile)
    assert len(server.letters) == 1


async def test_without_leases_they_do(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NOTICES, "lease_sql", LEASE.replace("n.leased_until <= now()", "true"))
    await news.owed("a@example.com")
    Meanwhile.other = server
    await news.round(server, Meanwhile)
    assert len(server.letters) == 2


async def test_a_worker_that_dies_leaves_its_notices_to_the_next_after_the_lease(server: MailServer) -> None:
    await news.owed("a@example.com")
    await NOTICES.lease(draining.BATCH)
    assert await news.round(server) == 0
    await news.pass_by(LEASE_SECONDS - 1)
    assert await news.round(server) == 0
    await news.pass_by(1)
    assert await news.round(server) == 1


async def test_a_second_copy_is_the_same_byte_for_byte(server: MailServer) -> None:
    await news.owed("a@example.com")
    with pytest.raises(Killed):
        await news.round(server, DiesAfterwards)
    await news.pass_by(3600)
    assert await news.round(server) == 1
    first, second = server.letters
    assert first.content == second.content


async def test_each_recipient_reads_their_language(server: MailServer) -> None:
    await news.owed("zh@example.com", locale="zh-CN")
    await news.owed("en@example.com", locale="en")
    await news.round(server)
    chinese, english = sorted((letter.recipient, subject(letter)) for letter in server.letters)[::-1]
    assert not chinese[1].isascii()
    assert "Scanning electron microscope" in english[1]


async def test_what_the_server_rejects_is_a_dead_letter_that_can_be_replayed(server: MailServer) -> None:
    await news.owed("a@example.com")
    server.refused["a@example.com"] = "550 no such user"
    await news.round(server)
    await news.pass_by(7 * 86400)
    assert await news.round(server) == 0
    (dead,) = await notices.listing("dead")
    assert (dead.recipient, dead.attempts, dead.last_error) == ("a@example.com", 1, "550 no such user")

    server.refused.clear()
    assert await notices.replay([dead.id]) == 1
    assert await notices.listing("dead") == []
    assert await news.round(server) == 1
    (sent,) = await notices.listing("sent")
    assert (sent.id, sent.last_error) == (dead.id, "")


async def test_a_dead_letter_does_not_hold_up_later_news_and_lapses_when_that_has_arrived(server: MailServer) -> None:
    await news.three_changes("a@example.com")
    server.once = ["554 no"]
    await news.round(server)
    assert sequences(server) == [1, 2]
    assert await notices.replay() == 0
    (lapsed,) = await notices.listing("lapsed")
    assert lapsed.kind == "confirmed"


async def test_dead_letters_of_one_booking_are_replayed_in_order(server: MailServer) -> None:
    await news.three_changes("a@example.com")
    server.at_data = "554 no"
    await news.round(server)
    server.at_data = ""
    assert await notices.replay() == 3
    await news.round(server)
    assert sequences(server) == [0, 1, 2]


async def test_a_recipient_that_defers_is_tried_ever_more_rarely_and_given_up_after_days(server: MailServer) -> None:
    await news.owed("a@example.com")
    server.refused["a@example.com"] = "450 mailbox busy"
    told = []
    while waiting := await _after_a_round(server):
        told += waiting
        await news.pass_by(waiting[0])
    assert told[:5] == [15, 30, 60, 120, 240]
    assert max(told) == 3600
    assert 4.5 < sum(told) / 86400 < 5.5
    (dead,) = await notices.listing("dead")
    assert dead.attempts == ATTEMPTS


async def _after_a_round(server: MailServer) -> list[float]:
    await news.round(server)
    return await news.waits()


@pytest.mark.parametrize("trouble", ["451 not now", "452 disk full", "421 closing", DROP, "away"])
async def test_a_server_in_trouble_is_probed_and_never_costs_a_notice_its_place(
    server: MailServer, trouble: str
) -> None:
    await news.owed("a@example.com")
    if trouble == "away":
        await server.stop()
    else:
        server.at_data = trouble
    for _ in range(10):
        assert await _after_a_round(server) == [PROBE_SECONDS]
        await news.pass_by(PROBE_SECONDS)
    (waiting,) = await notices.listing("waiting")
    assert waiting.attempts == 0
    assert waiting.last_error
    server.at_data = ""
    if trouble == "away":
        await server.start()
    assert await news.round(server) == 1


async def test_a_server_in_trouble_is_left_alone_after_a_few_failures(server: MailServer) -> None:
    for number in range(20):
        await news.owed(f"a{number}@example.com")
    server.at_rcpt = "451 not now"
    await news.round(server)
    assert (await news.waits()).count(PROBE_SECONDS) == draining.IN_A_ROW
    server.at_rcpt = ""
    assert await news.round(server) == 20 - draining.IN_A_ROW, "the others were not put off"


async def test_a_4xx_is_the_notices_own_when_the_server_takes_others(server: MailServer) -> None:
    await news.owed("a@example.com")
    await news.owed("b@example.com")
    server.refused["a@example.com"] = "452 mailbox full"
    await news.round(server)
    (waiting,) = await notices.listing("waiting")
    assert waiting.attempts == 1


async def test_what_is_over_is_not_told_any_more(server: MailServer) -> None:
    yesterday = news.TODAY - timedelta(days=1)
    await news.owed("a@example.com", starts_at=yesterday, ends_at=yesterday + timedelta(hours=1))
    assert await news.round(server) == 0
    assert len(await notices.listing("lapsed")) == 1


async def test_a_booking_moved_to_yesterday_is_told_while_a_calendar_shows_it_tomorrow(server: MailServer) -> None:
    first = await news.owed("a@example.com")
    await news.round(server)
    past: Any = {"starts_at": news.TODAY - timedelta(hours=2), "ends_at": news.TODAY - timedelta(hours=1)}
    await news.owed(
        "a@example.com", "moved", booking_id=first.booking_id, resource_id=first.resource_id, sequence=1, **past
    )
    assert await news.round(server) == 1


async def test_a_notice_that_cannot_be_written_holds_up_nobody(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await news.owed("a@example.com", time_zone="Nowhere/AtAll")
    await news.owed("b@example.com")
    await news.round(server)
    assert [letter.recipient for letter in server.letters] == ["b@example.com"]
    (waiting,) = await notices.listing("waiting")
    assert "cannot be written" in waiting.last_error


@pytest.mark.parametrize(("answer", "own"), [("452 4.3.1 the disk is full", 0), ("452 4.2.2 mailbox full", 1)])
async def test_a_full_disk_of_the_server_is_no_fault_of_a_notice(server: MailServer, answer: str, own: int) -> None:
    await news.owed("a@example.com")
    await news.owed("b@example.com")
    server.refused["a@example.com"] = answer
    await news.round(server)
    (waiting,) = await notices.listing("waiting")
    assert waiting.attempts == own


async def test_queues_take_turns(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password mail waits for a batch of notices, not for all of them."""
    monkeypatch.setattr(draining, "BATCH", 2)
    for number in range(7):
        await news.owed(f"a{number}@example.com")
    async with db.transaction():
        await account_mail.owe("reset", "reset@example.com", "en", name="Ada", link=Link("/reset/{token}", "reset"))
    async with Mail(server.url, news.SENDER, "rongtong.example") as mail:
        sending = (mail, news.SENDER, news.BASE_URL)
        queues = [(NOTICES, telling.sending(*sending)), (LETTERS, letters.sending(*sending))]
        assert await draining.drain(queues, asyncio.Event()) == 8
    assert [letter.recipient for letter in server.letters].index("reset@example.com") == 2
