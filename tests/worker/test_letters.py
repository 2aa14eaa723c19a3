"""Letters on their way through a real SMTP server."""

import asyncio
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest

from server.core import db, links
from server.core.ids import new_id
from server.outbox import notices
from server.outbox.account_mail import Link, owe
from tests.faults.smtp import MailServer
from tests.worker import news
from worker import account_mail
from worker.drain import drain
from worker.mail import Mail

pytestmark = pytest.mark.usefixtures("rolled_back")


async def owed(**but: Any) -> UUID:
    """Owe one letter with a link; return what the link leads to."""
    of = new_id()
    async with db.transaction():
        await owe("hello", "a@example.com", "en", link=Link("/open/{token}", "open", of), name="李雷", **but)
    return of


async def round(server: MailServer) -> int:
    async with Mail(server.url, news.SENDER, "rongtong.example") as mail:
        return await drain(
            [(account_mail.LETTERS, account_mail.sending(mail, news.SENDER, news.BASE_URL))], asyncio.Event()
        )


async def test_a_letter_is_sent_once_with_a_link_that_leads_to_its_row(server: MailServer) -> None:
    of = await owed()
    assert await round(server) == 1
    assert await round(server) == 0
    (letter,) = server.letters
    mail: Any = message_from_bytes(letter.content, policy=policy.default)
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == "a@example.com"
    assert "李雷" in text
    (address,) = (line for line in text.split() if line.startswith(news.BASE_URL + "/open/"))
    assert links.row_of("open", address.rpartition("/")[2]) == of


async def test_the_secret_of_a_link_stands_nowhere_in_the_database() -> None:
    of = await owed()
    dump = await db.fetchval("SELECT string_agg(l::text, '') FROM letter l")
    assert links.token("open", of) not in dump
    assert str(of) in dump


async def test_a_letter_that_came_too_late_is_not_sent(server: MailServer) -> None:
    now = await db.fetchval("SELECT now()")
    await owed(valid_until=now - timedelta(seconds=1))
    assert await round(server) == 0
    assert await db.fetchval("SELECT count(*) FROM letter WHERE lapsed_at IS NOT NULL") == 1


async def test_a_dead_letter_is_listed_and_can_be_replayed(server: MailServer) -> None:
    await owed()
    server.refused["a@example.com"] = "550 no such user"
    await round(server)
    (dead,) = await notices.listing("dead")
    assert (dead.kind, dead.booking_id, dead.last_error) == ("hello", None, "550 no such user")
    server.refused.clear()
    assert await notices.replay() == 1
    assert await round(server) == 1


async def test_a_second_copy_is_the_same_byte_for_byte(server: MailServer) -> None:
    await owed()
    await round(server)
    await db.execute("UPDATE letter SET sent_at = NULL")
    await round(server)
    first, second = server.letters
    assert first.content == second.content


@pytest.mark.usefixtures("_pool")
async def test_letters_are_owed_only_within_a_transaction() -> None:
    outside = db.DB.current_transaction.set(None)
    try:
        with pytest.raises(RuntimeError):
            await owe("hello", "a@example.com", "en", name="")
    finally:
        db.DB.current_transaction.reset(outside)


def test_a_token_is_good_for_its_purpose_only() -> None:
    of = new_id()
    token = links.token("verify", of)
    assert links.row_of("verify", token) == of
    assert links.row_of("reset", token) is None
    assert links.row_of("verify", token[:-2] + "AA") is None
    assert links.row_of("verify", "") is None
    assert links.row_of("verify", "é") is None
