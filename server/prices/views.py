"""What is read of prices. An owner reads its own; a guest asks for a quote."""

from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from server.access.rights import refuse_unless_manager
from server.core import db
from server.core.actor import Actor
from server.prices.choose import Kept
from server.prices.schemas import PriceRule

COLUMNS = """
p.id, p.resource_id, p.partner_id, p.circle, p.rule, lower(p.valid) AS valid_from, upper(p.valid) AS valid_to
"""

# Those of a resource that the actor runs ($3, null for all) and of the owner for all; the nearest to now first.
LIST = f"""
SELECT {COLUMNS} FROM price_rule p
WHERE p.owner_id = $1 AND NOT isempty(p.valid)
  AND (p.resource_id IS NOT DISTINCT FROM $2
       OR (p.resource_id IS NULL AND EXISTS (SELECT FROM resource r WHERE r.id = $2 AND r.owner_id = $1)))
  AND ($2::uuid IS NULL OR $3::uuid[] IS NULL OR $2 = ANY($3))
ORDER BY p.resource_id IS NULL, p.valid @> now() DESC, lower(p.valid) DESC, p.id
"""

# As one column of a resource r, for what asks what it costs: what holds now or is planned.
OF_RESOURCE = """
(SELECT jsonb_agg(jsonb_build_object('id', p.id, 'resource_id', p.resource_id, 'partner_id', p.partner_id,
                  'circle', p.circle, 'rule', p.rule, 'valid_from', lower(p.valid), 'valid_to', upper(p.valid)))
 FROM price_rule p
 WHERE p.owner_id = r.owner_id AND coalesce(p.resource_id, r.id) = r.id
   AND NOT isempty(p.valid) AND coalesce(upper(p.valid), 'infinity') > now())
"""

_rule = msgspec.json.Decoder(PriceRule)


async def prices(resource_id: UUID | None, by: Actor) -> list[Kept]:
    """Read all prices of a resource, or of all that have none of their own: past and planned too. Raises Forbidden."""
    refuse_unless_manager(by)
    return [kept_of(row) for row in await db.fetch(LIST, by.organization_id, resource_id, by.running)]


def kept_of(row: Record) -> Kept:
    """Read COLUMNS."""
    values = dict(row)
    ends: datetime | None = values.pop("valid_to")
    return Kept(**values | {"rule": _rule.decode(row["rule"])}, valid_to=ends)
