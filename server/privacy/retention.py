"""Delete what is no longer needed. A sweep; docs/personal-data.md tells people of these periods."""

import time
from datetime import timedelta

from server.core import db

NOTICE = timedelta(days=90)  # after the booking is over and the notice was sent: to answer "was I told?"
LETTER = timedelta(days=90)  # after it was sent
ANSWER = timedelta(days=7)  # to a request with an Idempotency-Key: programs repeat within hours
TOKEN = timedelta(days=90)  # after it expired or was revoked: to find out what a leaked one was
FEED = timedelta(days=90)  # after it was revoked
INVITATION = timedelta(days=90)  # after it expired, was accepted or revoked
JOIN_REQUEST = timedelta(days=90)  # after it was decided
APPLICATION = timedelta(days=90)  # after it was decided or withdrawn: what was granted stays, and who granted it
LIST = timedelta(days=90)  # after it was sent or asked for: a list that was imported, a table that was exported
INBOUND = timedelta(days=30)  # that a mail was read: it may be delivered again within days

BATCH = 1000  # rows in one statement
EVERY_SECONDS = 3600  # from one look through everything to the next

_ENDED = "coalesce(sent_at, lapsed_at, dead_at)"
# $1 is the period, $2 how many at most.
NOTICES = f"""
DELETE FROM notice WHERE (resource_id, id) IN (
    SELECT resource_id, id FROM notice
    WHERE {_ENDED} < now() - $1::interval AND (facts ->> 'ends_at')::timestamptz < now() - $1 LIMIT $2)
"""
LETTERS = f"""
DELETE FROM letter WHERE id IN (SELECT id FROM letter WHERE {_ENDED} < now() - $1::interval LIMIT $2)
"""
ANSWERS = """
DELETE FROM idempotency_key WHERE (by_id, key) IN (
    SELECT by_id, key FROM idempotency_key WHERE created_at < now() - $1::interval LIMIT $2)
"""
TOKENS = """
DELETE FROM api_token WHERE id IN (
    SELECT id FROM api_token WHERE least(expires_at, revoked_at) < now() - $1::interval LIMIT $2)
"""
APP_PASSWORDS = """
DELETE FROM app_password WHERE id IN (
    SELECT id FROM app_password WHERE revoked_at < now() - $1::interval LIMIT $2)
"""
FEEDS = """
DELETE FROM feed WHERE id IN (SELECT id FROM feed WHERE revoked_at < now() - $1::interval LIMIT $2)
"""
INVITATIONS = """
DELETE FROM invitation WHERE id IN (
    SELECT id FROM invitation WHERE least(expires_at, accepted_at, revoked_at) < now() - $1::interval LIMIT $2)
"""
JOIN_REQUESTS = """
DELETE FROM join_request WHERE id IN (
    SELECT id FROM join_request WHERE decided_at < now() - $1::interval LIMIT $2)
"""
APPLICATIONS = """
DELETE FROM application WHERE id IN (
    SELECT id FROM application WHERE least(decided_at, withdrawn_at) < now() - $1::interval LIMIT $2)
"""
INBOUND_MAILS = """
DELETE FROM inbound_mail WHERE digest IN (
    SELECT digest FROM inbound_mail WHERE received_at < now() - $1::interval LIMIT $2)
"""
LISTS = """
DELETE FROM list_import WHERE id IN (
    SELECT id FROM list_import WHERE created_at < now() - $1::interval LIMIT $2)
"""
EXPORTS = """
DELETE FROM export WHERE id IN (SELECT id FROM export WHERE created_at < now() - $1::interval LIMIT $2)
"""
EXPIRED = {
    NOTICES: NOTICE, LETTERS: LETTER, ANSWERS: ANSWER, TOKENS: TOKEN, APP_PASSWORDS: TOKEN, FEEDS: FEED,
    INVITATIONS: INVITATION, JOIN_REQUESTS: JOIN_REQUEST, INBOUND_MAILS: INBOUND,
    LISTS: LIST, EXPORTS: LIST, APPLICATIONS: APPLICATION,
}  # fmt: skip
# To people who were erased.
DELIVERED = [f"DELETE FROM {table} WHERE erase AND {_ENDED} IS NOT NULL" for table in ("notice", "letter")]

_looked = -float(EVERY_SECONDS)  # when this process last looked through everything; monotonic


async def forget() -> int:
    """Delete what was the last to people who were erased, and every hour what is older than its period."""
    global _looked
    done = 0
    for sql in DELIVERED:
        done += _count(await db.execute(sql))
    if time.monotonic() - _looked >= EVERY_SECONDS:
        done += await forget_expired()
        _looked = time.monotonic()
    return done


async def forget_expired() -> int:
    """Delete what is older than its period."""
    done = 0
    for sql, period in EXPIRED.items():
        while gone := _count(await db.execute(sql, period, BATCH)):
            done += gone
            if gone < BATCH:
                break
    return done


def _count(said: str) -> int:
    return int(said.rpartition(" ")[2])
