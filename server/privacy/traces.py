"""The traces of a person: all places where their name or mail address stands, and how each is removed."""

from uuid import UUID

import msgspec

from server.core import db
from server.outbox.notices import ERASED

_OWN = "(SELECT id FROM member WHERE account_id = $1)"

# In id order, as everything locks resources: a verb that is changing such a booking ends first, later ones wait.
LOCK = """
SELECT r.id FROM resource r
WHERE r.id IN (SELECT b.resource_id FROM booking b
               WHERE EXISTS (SELECT FROM jsonb_array_elements(b.attendees) a WHERE lower(a ->> 'email') = $1))
ORDER BY r.id FOR NO KEY UPDATE
"""
# What is over keeps the number of those who came; to what is ahead the person does not come any more.
ATTENDEES = """
UPDATE booking b SET version = b.version + 1, attendees = (
    SELECT coalesce(jsonb_agg(CASE WHEN lower(a ->> 'email') = $1
                              THEN jsonb_build_object('email', $2::text, 'name', '') ELSE a END), '[]')
    FROM jsonb_array_elements(b.attendees) a WHERE lower(a ->> 'email') <> $1 OR b.ends_at <= now()
)
WHERE EXISTS (SELECT FROM jsonb_array_elements(b.attendees) a WHERE lower(a ->> 'email') = $1)
"""

FORGET_ATTENDANCE = "DELETE FROM attendance_answer WHERE email = $1"

# Facts as PostgreSQL writes them, with the address and the name wherever they stand.
_COVERED = """
replace(replace(replace(facts::text, to_json($1::text)::text, to_json($2::text)::text),
    '"booker_name": ' || to_json($3::text), '"booker_name": ' || to_json($4::text)),
    '"recipient_name": ' || to_json($3::text), '"recipient_name": ' || to_json($4::text))::jsonb
"""
# Reminders are known by their notices, so those to others stay, with the pseudonym.
COVER_NOTICES = f"""
UPDATE notice SET facts = {_COVERED}
WHERE lower(recipient) <> $1 AND position(to_json($1::text)::text IN facts::text) > 0
"""
# What is on its way to the person reaches them; what was sent is deleted (server/privacy/retention.py).
LAST_NOTICES = "UPDATE notice SET erase = true WHERE lower(recipient) = $1"
LAST_LETTERS = "UPDATE letter SET erase = true WHERE lower(recipient) = $1"
COVER_DIGESTS = f"UPDATE digest_item SET facts = {_COVERED} WHERE position(to_json($1::text)::text IN facts::text) > 0"
FORGET_ANSWERS = "DELETE FROM idempotency_key WHERE account_id = $1 OR position($2 IN lower(answer)) > 0"

OWN = [
    sql.replace("{own}", _OWN)
    for sql in (
        "DELETE FROM digest_item WHERE account_id = $1",
        "DELETE FROM session WHERE account_id = $1",
        "DELETE FROM password WHERE account_id = $1",
        "DELETE FROM external_identity WHERE account_id = $1",
        "DELETE FROM ticket WHERE account_id = $1",
        "DELETE FROM second_factor WHERE account_id = $1",
        "DELETE FROM recovery_code WHERE account_id = $1",
        "DELETE FROM api_token WHERE member_id IN {own}",
        "DELETE FROM app_password WHERE member_id IN {own}",
        "DELETE FROM dav_look WHERE member_id IN {own}",
        "DELETE FROM feed WHERE member_id IN {own}",
        "DELETE FROM join_request WHERE account_id = $1",
        "DELETE FROM application WHERE account_id = $1",
        "DELETE FROM member_resource WHERE member_id IN {own}",
        "UPDATE hold SET message = '' WHERE member_id IN {own} AND message <> ''",
        "UPDATE strike SET appeal = '' WHERE member_id IN {own} AND appeal <> ''",
        "UPDATE member SET active = false WHERE account_id = $1",
    )
]
INVITATIONS = "UPDATE invitation SET email = $2, revoked_at = coalesce(revoked_at, now()) WHERE email = $1"
ACCOUNT = """
UPDATE account SET email = $2, name = $3, notifications = '{}', time_zone = DEFAULT, is_operator = false,
    erased_at = now()
WHERE id = $1
"""


class Person(msgspec.Struct, frozen=True):
    """Who is to be erased."""

    account_id: UUID
    email: str
    name: str

    @property
    def pseudonym(self) -> str:
        """What stands in place of the name: the same wherever the person was, and nothing that says who."""
        return f"#{self.account_id.hex[-8:]}"

    @property
    def address(self) -> str:
        """What stands in place of the mail address; nothing is ever delivered to it (RFC 2606)."""
        return f"{self.account_id.hex}@{ERASED}"


async def remove(who: Person) -> None:
    """Remove all traces, in the current transaction."""
    await db.execute("SET LOCAL statement_timeout = '5min'")  # it looks through everything
    await db.fetch(LOCK, who.email)
    await db.execute(ATTENDEES, who.email, who.address)
    await db.execute(FORGET_ATTENDANCE, who.email)
    cover = (who.email, who.address, who.name, who.pseudonym)
    await db.execute(COVER_NOTICES, *cover)
    await db.execute(LAST_NOTICES, who.email)
    await db.execute(LAST_LETTERS, who.email)
    for sql in OWN:
        await db.execute(sql, who.account_id)
    await db.execute(COVER_DIGESTS, *cover)
    await db.execute(FORGET_ANSWERS, who.account_id, who.email)
    await db.execute(INVITATIONS, who.email, who.address)
    await db.execute(ACCOUNT, who.account_id, who.address, who.pseudonym)
