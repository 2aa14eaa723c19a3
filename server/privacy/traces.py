"""The traces of a person: all places where something says who they are, and how each is removed.

docs/personal-data.md says of every column what erasure does to it.
"""

import re
from uuid import UUID

import msgspec

from server.core import db
from server.outbox.notices import ERASED

# In id order, as everything locks resources: a verb that is changing such a booking ends first, later ones wait.
LOCK = """
SELECT r.id FROM resource r
WHERE r.id IN (SELECT b.resource_id FROM booking b
               WHERE EXISTS (SELECT FROM jsonb_array_elements(b.attendees) a WHERE lower(a ->> 'email') = $1))
ORDER BY r.id FOR NO KEY UPDATE
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

    @property
    def pattern(self) -> str:
        """The address as it stands in JSON, as a regular expression."""
        return f'"{re.escape(self.email)}"'


class Trace(msgspec.Struct, frozen=True):
    """A statement that removes one, and what of the person it is given."""

    sql: str
    given: tuple[str, ...] = ("account_id",)


_OWN = "(SELECT id FROM member WHERE account_id = $1)"
# Facts are read as PostgreSQL writes them. Who has booked may have had another name then.
_NAME = r"""
facts = regexp_replace(
    facts::text, '"booker_name": "([^"\\]|\\.)*"', '"booker_name": ' || to_json($2::text), 'g')::jsonb
WHERE lower(facts ->> 'booker_email') = $1
"""
_APPEAL = """
facts = jsonb_set(facts, '{reason}', '""') WHERE kind = 'owner_appealed' AND lower(facts ->> 'booker_email') = $1
"""
_ADDRESS = """
facts = regexp_replace(facts::text, $2, to_json($3::text)::text, 'gi')::jsonb WHERE facts::text ~* $2
"""
# Reminders are known by their notices, so those to others stay, with the pseudonym. What is on its way to the person
# reaches them; what was sent is deleted (server/privacy/retention.py).
_TO_OTHERS = "AND lower(recipient) <> $1"

# In this order: who has booked is known by their address.
TRACES = {
    # What is over keeps the number of those who came; to what is ahead the person does not come any more.
    "attendees": Trace(
        """
        UPDATE booking b SET version = b.version + 1, attendees = (
            SELECT coalesce(jsonb_agg(CASE WHEN lower(a ->> 'email') = $1
                                      THEN jsonb_build_object('email', $2::text, 'name', '') ELSE a END), '[]')
            FROM jsonb_array_elements(b.attendees) a WHERE lower(a ->> 'email') <> $1 OR b.ends_at <= now()
        )
        WHERE EXISTS (SELECT FROM jsonb_array_elements(b.attendees) a WHERE lower(a ->> 'email') = $1)
        """,
        ("email", "address"),
    ),
    "answers to invitations": Trace("DELETE FROM attendance_answer WHERE lower(email) = $1", ("email",)),
    "names in notices": Trace(f"UPDATE notice SET {_NAME} {_TO_OTHERS}", ("email", "pseudonym")),
    "appeals in notices": Trace(f"UPDATE notice SET {_APPEAL} {_TO_OTHERS}", ("email",)),
    "addresses in notices": Trace(f"UPDATE notice SET {_ADDRESS} {_TO_OTHERS}", ("email", "pattern", "address")),
    "notices": Trace("UPDATE notice SET erase = true WHERE lower(recipient) = $1", ("email",)),
    "letters": Trace("UPDATE letter SET erase = true WHERE lower(recipient) = $1", ("email",)),
    "letters about the person": Trace(
        """
        UPDATE letter SET facts = jsonb_set(facts, '{facts}', (facts -> 'facts') || (
            SELECT jsonb_object_agg(field, $2::text) FROM jsonb_array_elements_text(facts -> 'about' -> 'fields') field
        ))
        WHERE (facts -> 'about' ->> 'account_id')::uuid = $1
        """,
        ("account_id", "pseudonym"),
    ),
    "own mail of the day": Trace("DELETE FROM digest_item WHERE account_id = $1"),
    "names in the mail of the day": Trace(f"UPDATE digest_item SET {_NAME}", ("email", "pseudonym")),
    "appeals in the mail of the day": Trace(f"UPDATE digest_item SET {_APPEAL}", ("email",)),
    "addresses in the mail of the day": Trace(
        f"UPDATE digest_item SET {_ADDRESS} AND $1::text <> ''", ("email", "pattern", "address")
    ),
    "sessions": Trace("DELETE FROM session WHERE account_id = $1"),
    "password": Trace("DELETE FROM password WHERE account_id = $1"),
    "identities": Trace("DELETE FROM external_identity WHERE account_id = $1"),
    "links": Trace("DELETE FROM ticket WHERE account_id = $1"),
    "second factor": Trace("DELETE FROM second_factor WHERE account_id = $1"),
    "recovery codes": Trace("DELETE FROM recovery_code WHERE account_id = $1"),
    "tokens": Trace(f"DELETE FROM api_token WHERE member_id IN {_OWN}"),
    "app passwords": Trace(f"DELETE FROM app_password WHERE member_id IN {_OWN}"),
    "looks of calendars": Trace(f"DELETE FROM dav_look WHERE member_id IN {_OWN}"),
    "feeds": Trace(f"DELETE FROM feed WHERE member_id IN {_OWN}"),
    "requests to join": Trace("DELETE FROM join_request WHERE account_id = $1"),
    "applications": Trace("DELETE FROM application WHERE account_id = $1"),
    "lists": Trace(f"DELETE FROM list_import WHERE member_id IN {_OWN}"),
    "own tables": Trace(f"DELETE FROM export WHERE member_id IN {_OWN}"),
    # The worker writes those of others anew, with the pseudonym. One that is being written now is waited for.
    "tables of others": Trace(
        f"""
        UPDATE export e SET content = NULL, written_at = NULL, valid_until = NULL
        WHERE subject IN ('bookings', 'people') AND error = '' AND (written_at IS NULL OR content IS NOT NULL)
          AND EXISTS (SELECT FROM booking b JOIN resource r ON r.id = b.resource_id
                      WHERE r.owner_id = e.owner_id AND b.member_id IN {_OWN})
        """
    ),
    "named resources": Trace(f"DELETE FROM member_resource WHERE member_id IN {_OWN}"),
    "messages with proposals": Trace(f"UPDATE hold SET message = '' WHERE member_id IN {_OWN} AND message <> ''"),
    "appeals": Trace(f"UPDATE strike SET appeal = '' WHERE member_id IN {_OWN} AND appeal <> ''"),
    "own keys": Trace("DELETE FROM idempotency_key WHERE account_id = $1"),
    # That something was done stays known: a repeated request must not do it again.
    "answers to others": Trace(
        """
        UPDATE idempotency_key SET answer = NULL
        WHERE position($1 IN lower(answer)) > 0 OR position(to_json($2::text)::text IN answer) > 0
        """,
        ("email", "name"),
    ),
    "memberships": Trace("UPDATE member SET active = false WHERE account_id = $1"),
    "invitations": Trace(
        "UPDATE invitation SET email = $2, revoked_at = coalesce(revoked_at, now()) WHERE lower(email) = $1",
        ("email", "address"),
    ),
    "account": Trace(
        """
        UPDATE account SET email = $2, name = $3, notifications = '{}', time_zone = DEFAULT, is_operator = false,
            erased_at = now()
        WHERE id = $1
        """,
        ("account_id", "address", "pseudonym"),
    ),
}


async def remove(who: Person) -> None:
    """Remove all traces, in the current transaction."""
    await db.execute("SET LOCAL statement_timeout = '5min'")  # it looks through everything
    await db.fetch(LOCK, who.email)
    for trace in TRACES.values():
        await db.execute(trace.sql, *(getattr(who, name) for name in trace.given))
