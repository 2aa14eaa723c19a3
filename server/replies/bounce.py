"""Note on a notice or a letter that it came back (`rongtong outbox list`)."""

import msgspec

from server.calendars.invitations import message_id
from server.core import db
from server.core.settings import settings
from server.outbox.facts import Facts
from server.replies.read_mail import Bounce

SENT = """
SELECT resource_id, id, kind, recipient, facts FROM notice
WHERE lower(recipient) = $1 AND sent_at > now() - interval '14 days' ORDER BY position DESC LIMIT 500
"""
NOTICE = "UPDATE notice SET last_error = $3 WHERE resource_id = $1 AND id = $2"
LETTER = """
UPDATE letter SET last_error = $3 WHERE lower(recipient) = $1 AND sent_at IS NOT NULL
    AND replace(id::text, '-', '') = $2 RETURNING id
"""


async def bounced(report: Bounce) -> bool:
    """Note it where the returned mail is one that we sent to that recipient. Return whether it is."""
    said = f"bounced {report.status}: {report.told}".strip(": ")
    if await db.fetchval(LETTER, report.recipient, report.message_id.strip("<>").partition("@")[0], said):
        return True
    for row in await db.fetch(SENT, report.recipient):
        facts = msgspec.json.decode(row["facts"], type=Facts)
        if message_id(row["kind"], row["recipient"], facts, settings().mail_from) == report.message_id:
            await db.execute(NOTICE, row["resource_id"], row["id"], said)
            return True
    return False
