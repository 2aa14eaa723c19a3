"""Correct what is kept of a person: their name, language and time zone."""

from typing import Any
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, UnsetType

from server import audit
from server.access.acting import acting
from server.audit.recording import Acting
from server.core import db
from server.core.errors import Invalid
from server.core.text import Name
from server.core.translations import CATALOGUES

READ = "SELECT email, name, locale, time_zone FROM account WHERE id = $1 FOR NO KEY UPDATE"
WRITE = "UPDATE account SET name = $2, locale = $3, time_zone = $4 WHERE id = $1"


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to correct; what is left out stays."""

    __schema_name__ = "MePatch"
    name: Name | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET


class Profile(msgspec.Struct, frozen=True):
    """A person, as they are called and written to."""

    __schema_name__ = "PersonProfile"
    email: str
    name: str
    locale: str
    time_zone: str


async def correct(change: Correction, by: Acting) -> Profile:
    """Write what is given. Mails owed before keep what they say. Raises Invalid for an unknown language or zone."""
    given: dict[str, Any] = {
        name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET
    }
    if given.get("locale", "en") not in CATALOGUES:
        raise Invalid(f"locale: one of {', '.join(CATALOGUES)}", field="locale")
    if given.get("time_zone", "UTC") not in available_timezones():
        raise Invalid("time_zone: a name of the IANA database such as Asia/Shanghai", field="time_zone")
    async with acting(by):
        was: Any = dict(await db.fetchrow(READ, by.account_id) or {})
        now = Profile(**(was | given))
        await db.execute(WRITE, by.account_id, now.name, now.locale, now.time_zone)
        became = msgspec.structs.asdict(now)
        await audit.record("corrected", "account", by.account_id, by, of=None, was=was, became=became)
    return now
