"""Reminders on their way."""

from datetime import timedelta

from server.core import db
from tests.bookings.lifecycle.test_remind import booked
from tests.faults.smtp import MailServer
from tests.worker import news
from worker.periodic import sweep


async def test_a_reminder_that_waited_too_long_is_not_sent(rolled_back: None, server: MailServer) -> None:
    await booked(timedelta(minutes=59))
    await sweep()
    await db.execute("""
        UPDATE notice SET facts = jsonb_set(facts, '{valid_until}', to_jsonb(now() - interval '1 minute'))
    """)
    await news.round(server)
    assert server.letters == []
    assert await db.fetchval("SELECT count(*) FROM notice WHERE lapsed_at IS NOT NULL") == 2


async def test_a_reminder_is_a_plain_mail_of_today(rolled_back: None, server: MailServer) -> None:
    await booked(timedelta(minutes=59))
    await sweep()
    await news.round(server)
    assert len(server.letters) == 2
    assert all(b"text/calendar" not in letter.content for letter in server.letters)
