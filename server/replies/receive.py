"""Receive a mail: once, whoever delivers it how often, and in one transaction with all that follows from it."""

import structlog

from server.calendars.reading.content import Unreadable
from server.core import db
from server.core.db import rerunning, transaction
from server.core.doorbell import ring
from server.core.settings import settings
from server.replies import itip
from server.replies.answer import answer
from server.replies.bounce import bounced
from server.replies.read_mail import SIZE, Read, digest, read

ONCE = "INSERT INTO inbound_mail (digest) VALUES ($1) ON CONFLICT DO NOTHING RETURNING digest"
NOTED = "INSERT INTO inbound_mail (digest, outcome) VALUES ($1, $2) ON CONFLICT DO NOTHING"
OUTCOME = "UPDATE inbound_mail SET outcome = $2 WHERE digest = $1"

# Of these a mail that a program sent is no answer of a calendar, but one of many that start no talk.
PROVES_NOTHING = ("no-calendar", "other-method", "no-proof", "unknown-booking")

log = structlog.get_logger()


@rerunning
async def receive(raw: bytes) -> str:
    """Do what a mail asks for, and say what became of it in a word or two. A second copy changes nothing.

    Raises BusyTryAgain when the database cannot be reached or is busy: then nothing was done.
    """
    if len(raw) > SIZE:
        return await refuse_large(raw, len(raw))
    key = digest(raw)
    async with transaction():
        if await db.fetchval(ONCE, key) is None:
            return "duplicate"
        outcome = await _outcome(raw)
        await db.execute(OUTCOME, key, outcome)
    log.info("mail", outcome=outcome, digest=key.hex()[:12])
    ring()
    return outcome


async def refuse_large(head: bytes, size: int) -> str:
    """Note that a mail was too large to be read; what is known of it tells it from others."""
    outcome = "too-large"
    async with transaction():
        await db.execute(NOTED, digest(head), outcome)
    log.info("mail", outcome=outcome, size=size)
    return outcome


async def _outcome(raw: bytes) -> str:
    try:
        found = read(raw, settings().mail_authserv)
    except Unreadable as reason:
        return f"unreadable: {reason}"
    except Exception as error:  # whatever strangers' mails bring about in the libraries
        return f"unreadable: {type(error).__name__}"
    if found.bounces:
        noted = [await bounced(report) for report in found.bounces]
        return "bounced" if any(noted) else "unknown-bounce"
    outcome = await _of_calendar(found)
    return "automatic" if found.automatic and outcome in PROVES_NOTHING else outcome


async def _of_calendar(found: Read) -> str:
    if found.said is None:
        return "no-calendar"
    if found.said.method not in itip.METHODS:
        return "other-method"
    counter = found.said.method == "COUNTER"
    outcomes = [await answer(one, found.tokens, found.sender, counter=counter) for one in found.said.answers]
    return " ".join(dict.fromkeys(outcomes))
