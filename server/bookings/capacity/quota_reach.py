"""How far quotas reach: which bookings they count, and the lock under which they are counted over several resources.

That is the lock of the organization that books: for quotas that span the resources of an owner, and for what an
organization lets its bookers book in a month.
"""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.core import db

# Organizations are locked before resources. Most owners have no such quota: then this locks nothing.
_SPANNING = """
SELECT FROM organization g WHERE g.id = {organization} AND (EXISTS (
    SELECT FROM member m WHERE m.organization_id = g.id AND m.monthly_minutes IS NOT NULL
) OR EXISTS (
    SELECT FROM resource r JOIN organization o ON o.id = r.owner_id
    WHERE r.id {resources} AND (
        jsonb_path_exists(o.rules || r.rules, '$.**.across ? (@ == "owner")')
        OR EXISTS (SELECT FROM rule_override v WHERE v.resource_id = r.id
                   AND jsonb_path_exists(v.rules, '$.**.across ? (@ == "owner")'))
    )
)) FOR NO KEY UPDATE OF g
"""
LOCK_FOR_QUOTAS = _SPANNING.format(organization="$1", resources="= ANY($2)")
LOCK_FOR_QUOTAS_OF_BOOKING = _SPANNING.format(
    organization="(SELECT b.organization_id FROM booking b WHERE b.id = $1)",
    resources="= (SELECT b.resource_id FROM booking b WHERE b.id = $1)",
)


async def lock_organization(organization_id: UUID, resource_ids: Iterable[UUID]) -> None:
    """Lock the organization that books when a quota of these resources spans others. Resources are locked after it."""
    await db.execute(LOCK_FOR_QUOTAS, organization_id, list(resource_ids))


async def lock_organization_of(booking_id: UUID) -> None:
    """The same for the organization and the resource of a booking."""
    await db.execute(LOCK_FOR_QUOTAS_OF_BOOKING, booking_id)


def counts(resource: ResourceSnapshot) -> Literal["nothing", "here", "owner"]:
    """Tell what its quotas count on any day and for anybody: nothing, what is booked on it, or all with its owner."""
    said = [*(one.rules for one in resource.overrides), *resource.rules.for_audience.values()]
    said += [part for one in said for part in one.get("for_audience", {}).values()]
    across = {quota.across for quota in resource.rules.quotas}
    across |= {quota.get("across", "resource") for one in said for quota in one.get("quotas", ())}
    return "owner" if "owner" in across else "here" if across else "nothing"
