"""Set a price: a new rule from some moment on, which ends the one that held for the same guests until then."""

from uuid import UUID

import msgspec
from asyncpg import ExclusionViolationError

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import new_id
from server.core.instants import Instant
from server.prices.choose import Kept
from server.prices.schemas import PriceRule
from server.prices.views import COLUMNS, kept_of
from server.resources.lock_own import lock_own
from server.resources.rules.schemas import Circle

PARTNER = "SELECT EXISTS (SELECT FROM organization WHERE id = $1 AND id <> $2)"

# What holds for the same guests when the new one begins ends then. What is planned for later stays, and the constraint
# refuses to overlap it.
END = """
UPDATE price_rule SET valid = tstzrange(lower(valid), coalesce($6, now()))
WHERE owner_id = $1 AND resource_id IS NOT DISTINCT FROM $2 AND partner_id IS NOT DISTINCT FROM $3 AND circle = $4
  AND mode = $5 AND valid @> coalesce($6, now())
"""
INSERT = f"""
INSERT INTO price_rule AS p (id, owner_id, resource_id, partner_id, circle, mode, rule, valid, made_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, tstzrange(coalesce($8, now()), NULL), $9)
RETURNING {COLUMNS}
"""

# Each resource shows what it costs, so it is another version of it; in id order, as everything locks them.
REVISE = """
WITH own AS (
    SELECT id FROM resource WHERE owner_id = $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY id FOR NO KEY UPDATE
)
UPDATE resource r SET version = r.version + 1, updated_at = now() FROM own WHERE r.id = own.id
"""

LATER = "another price is planned for the same guests; end that one first, or let this one begin after it"


class NewPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule and for whom it is: a partner by name, or a circle and all within it."""

    rule: PriceRule
    circle: Circle = "everyone"
    partner_id: UUID | None = None
    valid_from: Instant | None = None  # now

    def __post_init__(self) -> None:
        if self.partner_id is not None and self.circle != "everyone":
            raise ValueError("a price is for a partner or for a circle, not both")


@rerunning
async def set_price(resource_id: UUID | None, given: NewPrice, by: Actor) -> Kept:
    """Set what a resource costs, or all of the owner's that have no price of their own.

    What was booked keeps its price. Raises Forbidden, NotFound, Invalid, Conflict.
    """
    async with acting(by):
        if resource_id is None:
            refuse_unless_runs_all(by)
        else:
            await lock_own(resource_id, by, None)
        await _refuse_what_cannot_be(given, by)
        key = (by.organization_id, resource_id, given.partner_id, given.circle, given.rule.mode)
        await db.execute(END, *key, given.valid_from)
        rule = msgspec.json.encode(given.rule).decode()
        try:
            row = await db.fetchrow(INSERT, new_id(), *key, rule, given.valid_from, by.member_id)
        except ExclusionViolationError:
            raise Conflict(LATER) from None
        await db.execute(REVISE, by.organization_id, resource_id)
        became = msgspec.to_builtins(given)
        assert row is not None  # noqa: S101 - INSERT … RETURNING
        await audit.record("set", "price", row["id"], by, of=by.organization_id, became=became)
    return kept_of(row)


async def _refuse_what_cannot_be(given: NewPrice, by: Actor) -> None:
    if given.valid_from is not None and await db.fetchval("SELECT $1 < now()", given.valid_from):
        raise Invalid("a price begins now or later: what was booked keeps its own", field="valid_from")
    if given.partner_id and not await db.fetchval(PARTNER, given.partner_id, by.organization_id):
        raise NotFound("there is no such other organization")
