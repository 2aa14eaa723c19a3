"""Choose which notifications come at once, in one mail a day, or not."""

from typing import Any
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.audit.recording import Acting
from server.core import db
from server.core.errors import Invalid
from server.notifications.schemas import Setting, SettingsPatch
from server.outbox.preferences import EVENTS

READ = "SELECT notifications FROM account WHERE id = $1"
LOCK = f"{READ} FOR NO KEY UPDATE"
WRITE = "UPDATE account SET notifications = $2 WHERE id = $1"


async def settings_of(account_id: UUID) -> list[Setting]:
    """Read how a person is told of each event."""
    return _settings(msgspec.json.decode(await db.fetchval(READ, account_id)))


async def choose(change: SettingsPatch, by: Acting) -> list[Setting]:
    """Let news reach the person as they say. Raises Invalid for what cannot be chosen.

    What waits for the mail of the day still comes with it.
    """
    given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
    for name, delivery in given.items():
        if delivery not in EVENTS[name].choices:  # type: ignore[index] # the patch has exactly these fields
            raise Invalid(f"{name}: only {', '.join(EVENTS[name].choices)} can be chosen", field=name)  # type: ignore[index]
    async with acting(by):
        was: dict[str, Any] = msgspec.json.decode(await db.fetchval(LOCK, by.account_id))
        became = was | given
        await db.execute(WRITE, by.account_id, msgspec.json.encode(became).decode())
        await audit.record("chose notifications", "account", by.account_id, by, of=None, was=was, became=became)
    return _settings(became)


def _settings(chosen: dict[str, Any]) -> list[Setting]:
    return [Setting(name, chosen.get(name, event.choices[0]), list(event.choices)) for name, event in EVENTS.items()]
