"""Read how the one who books stands with the owners of resources, and what they have booked already."""

from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from server import db
from server.bookings.standing import Booker, Counted, Standing
from server.resources.rules import Circle

LONGEST_PERIOD = timedelta(days=32)  # a month of a quota, whatever the zone

# For some resources at once. $2 organization, $3 member, $4 from when on bookings may count, $5 a booking left out.
STANDING = """
SELECT r.id, r.owner_id = $2 AS own,
       EXISTS (SELECT FROM partner p WHERE p.owner_id = r.owner_id AND p.organization_id = $2) AS partner,
       EXISTS (SELECT FROM organization g WHERE g.id = $2 AND g.kind = 'sme' AND g.verified_at IS NOT NULL) AS verified,
       EXISTS (SELECT FROM booking b
               WHERE b.resource_id = r.id AND b.member_id = $3 AND b.confirmed_at IS NOT NULL) AS known,
       (SELECT max(a.version) FROM terms_acceptance a
        WHERE a.resource_id = r.id AND a.member_id = $3) AS accepted,
       counted.starts, counted.ends, counted.units, counted.here, counted.mine
FROM resource r, LATERAL (
    SELECT array_agg(b.starts_at) AS starts, array_agg(b.ends_at) AS ends, array_agg(b.units) AS units,
           array_agg(b.resource_id = r.id) AS here, array_agg(b.member_id = $3) AS mine
    FROM booking b JOIN resource other ON other.id = b.resource_id
    WHERE b.organization_id = $2 AND other.owner_id = r.owner_id AND b.ends_at > $4
      AND b.status IN ('requested', 'confirmed', 'in_use', 'completed', 'no_show')
      AND ($5::uuid IS NULL OR b.id <> $5)
) counted
WHERE r.id = ANY($1)
"""


async def standings(
    resource_ids: list[UUID], who: Booker, since: datetime, *, apart_from: UUID | None = None
) -> dict[UUID, Standing]:
    """Read how someone stands with each resource. `since`: the earliest local day that is asked about."""
    rows = await db.fetch(
        STANDING, resource_ids, who.organization_id, who.member_id, since - LONGEST_PERIOD, apart_from
    )  # fmt: skip
    return {row["id"]: _standing(row) for row in rows}


def _standing(row: Record) -> Standing:
    """Read the columns of STANDING."""
    circles: tuple[tuple[Circle, bool], ...] = (
        ("own", row["own"]), ("partners", row["partner"]), ("verified_smes", row["verified"]), ("everyone", True),
    )  # fmt: skip
    columns = [row[name] or () for name in ("starts", "ends", "units", "here", "mine")]
    return Standing(
        circle=next(circle for circle, stands in circles if stands),
        known=row["known"],
        accepted=row["accepted"] or 0,
        booked=tuple(Counted(*values) for values in zip(*columns, strict=True)),
    )
