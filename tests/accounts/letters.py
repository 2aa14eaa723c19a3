"""What the letters that are owed would say."""

from email import message_from_bytes, policy
from typing import Any

import msgspec

from server.account_mail.write import address, write
from server.core import db
from server.core.settings import settings
from server.outbox.account_mail import Told

LETTERS = """
SELECT id, kind, recipient, locale, owed_at, facts::text AS told, valid_until > now() AS is_sent
FROM letter ORDER BY position
"""


async def letters(kind: str = "") -> list[Any]:
    """Read the letters of one kind that will be sent, oldest first: `recipient`, `link`, `mail` and its `text`."""
    return [_read(row) for row in await db.fetch(LETTERS) if row["is_sent"] and kind in ("", row["kind"])]


async def secret(kind: str) -> str:
    """The secret of the link in the newest letter of a kind."""
    return str((await letters(kind))[-1]["link"].rpartition("/")[2])


def _read(row: Any) -> dict[str, Any]:
    told = msgspec.json.decode(row["told"], type=Told)
    given = settings()
    mail = write(
        id=row["id"],
        kind=row["kind"],
        recipient=row["recipient"],
        locale=row["locale"],
        owed_at=row["owed_at"],
        facts=told.facts,
        link=told.link,
        sender=given.mail_from,
        base_url=given.base_url,
    )
    message: Any = message_from_bytes(mail, policy=policy.default)
    return {
        "kind": row["kind"],
        "recipient": row["recipient"],
        "link": address(told.link, given.base_url) if told.link else "",
        "mail": message,
        "text": "".join(message.get_body((kind,)).get_content() for kind in ("plain", "html")),
    }
