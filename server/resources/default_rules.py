"""The rules that hold for all resources of an organization, where nothing else is said of a resource."""

from typing import Any

import msgspec

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import CountryNeeded, Invalid
from server.resources.rules.schemas import DEFAULTS, Rules, closes_without_country, laid_over, restated, wrong_with

READ = "SELECT rules FROM organization WHERE id = $1"
LOCK = "SELECT rules FROM organization WHERE id = $1 FOR NO KEY UPDATE"
COUNTRIES = "SELECT name, country, rules FROM resource WHERE owner_id = $1 ORDER BY name"
WRITE = "UPDATE organization SET rules = $2 WHERE id = $1"

# Each resource shows the rules that hold for it, so it is another version of it. Wholes first, then in id
# order, as everything locks them.
REVISE = """
WITH own AS (
    SELECT id FROM resource r WHERE owner_id = $1
    ORDER BY EXISTS (SELECT FROM part p WHERE p.whole_id = r.id) DESC, id FOR NO KEY UPDATE
)
UPDATE resource r SET version = r.version + 1, updated_at = now() FROM own WHERE r.id = own.id
"""


class DefaultRules(msgspec.Struct, frozen=True):
    """What holds where a resource says nothing else, and what of it the organization said."""

    rules: Rules
    own_rules: dict[str, Any]


async def read(by: Actor) -> DefaultRules:
    """Read the rules of the actor's organization. Raises Forbidden."""
    refuse_unless_runs_all(by)
    return _shown(await db.fetchval(READ, by.organization_id))


@rerunning
async def restate(given: dict[str, Any], by: Actor) -> DefaultRules:
    """Lay some rules over those said before; "inherit" takes one back. Raises Forbidden, Invalid."""
    refuse_unless_runs_all(by)
    async with acting(by):
        was = msgspec.json.decode(await db.fetchval(LOCK, by.organization_id))
        said = restated(was, given)
        refuse_wrong(said)
        text = msgspec.json.encode(said).decode()
        await _refuse_without_country(said, by)
        await db.execute(WRITE, by.organization_id, text)
        await db.execute(REVISE, by.organization_id)
        await audit.record(
            "restated rules", "organization", by.organization_id, by, of=by.organization_id, was=was, became=said
        )
    return _shown(text)


async def _refuse_without_country(said: dict[str, Any], by: Actor) -> None:
    """Refuse to close resources on the holidays of no country: they would be open on them unsaid."""
    rows = await db.fetch(COUNTRIES, by.organization_id)
    lacking = [
        row["name"] for row in rows if closes_without_country(row["country"], said, msgspec.json.decode(row["rules"]))
    ]
    if lacking:
        detail = f"no holidays are known of the country of {', '.join(lacking[:3])}; name one there first"
        raise CountryNeeded(detail, field="rules", resources=len(lacking))


def refuse_wrong(said: dict[str, Any], *, of_days: bool = False) -> None:
    if wrong := wrong_with(said, of_days=of_days):
        raise Invalid(f"rules: {wrong}", field="rules")


def _shown(text: str) -> DefaultRules:
    said = msgspec.json.decode(text, type=dict[str, Any])
    return DefaultRules(laid_over(DEFAULTS, said), said)
