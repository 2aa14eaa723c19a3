"""The mail of the day: what people want to hear of once a day, at seven in the morning of their time zone. A sweep."""

from typing import Any

import msgspec
from asyncpg import Record

from server.calendars.invitations import subject
from server.core import db
from server.core.db import transaction
from server.core.due import each_due
from server.core.translations import translator
from server.outbox.account_mail import owe
from server.outbox.facts import Facts

HOUR = 7
LINES = 100  # of one mail; of more it only says how many

# The last seven o'clock of account a. What was owed before is due, however long the worker was away.
_SINCE = f"""
(date_trunc('day', now() AT TIME ZONE a.time_zone - interval '{HOUR} h') + interval '{HOUR} h') AT TIME ZONE a.time_zone
"""
DUE = f"""
SELECT DISTINCT i.account_id FROM digest_item i JOIN account a ON a.id = i.account_id
WHERE i.owed_at < {_SINCE} LIMIT $1
"""
TAKE = f"""
WITH taken AS (
    DELETE FROM digest_item i USING account a
    WHERE i.account_id = $1 AND a.id = i.account_id AND i.owed_at < {_SINCE}
    RETURNING i.position, i.kind, i.facts, a.email, a.locale
)
SELECT position, kind, facts, email, locale FROM taken ORDER BY position
"""


async def send_digests() -> int:
    """Owe each person the mail of the day that is due. Another worker finds nothing left to tell."""
    return await each_due(DUE, _compose)


async def _compose(due: Record) -> bool:
    async with transaction():
        news: list[Any] = await db.fetch(TAKE, due["account_id"])
        if not news:
            return False
        email, locale = news[0]["email"], news[0]["locale"]
        told = [
            f"• {subject(one['kind'], locale, msgspec.json.decode(one['facts'], type=Facts))}" for one in news[:LINES]
        ]
        if len(news) > LINES:
            told.append(translator(locale).gettext("… and %(count)s more") % {"count": len(news) - LINES})
        await owe("digest", email, locale, count=str(len(news)), news="\n".join(told))
    return True
